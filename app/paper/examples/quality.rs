//! How often the findings on photos agree with the truth about them, and how each measure spreads.
//!
//! ```text
//! cargo run -p paper --example quality -- FOLDER [--pictures FOLDER]
//! ```
//!
//! FOLDER holds photos and `truth.jsonl`, a line of JSON for each: `photo`, `level`, `corners`, `hidden` (ids of fields under
//! glare, a thumb or outside of the photo) and `params` with `glare`, `thumb`, `cut`, `motion`, `curl_mm`, `px_mm`.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use paper::quality::{Defect, MOVED_EDGE_MM, Quality, Severity, overlay};
use paper::{FieldKind, FieldState, Form, PageProblem, PageReading, Typeface};
use serde::Deserialize;

const TYPEFACE: &[u8] = paper::NOTO_SANS_SC;
const FORM: &str = include_str!("../../../assets/forms/dibao_application.toml");

#[derive(Deserialize)]
struct Truth {
    photo: String,
    level: u8,
    size: [f64; 2],
    corners: [[f64; 2]; 4],
    hidden: Vec<String>,
    params: Params,
}

#[derive(Deserialize)]
struct Params {
    glare: bool,
    thumb: bool,
    motion: f64,
    curl_mm: f64,
    px_mm: f64,
}

/// Photos by what is true of them and what was found.
#[derive(Default)]
struct Row {
    found: u32,
    missed: Vec<String>,
    false_alarm: Vec<String>,
    quiet: u32,
    /// Between true and false: not counted.
    between: u32,
}

impl Row {
    fn count(&mut self, photo: &str, truth: Option<bool>, found: bool) {
        match (truth, found) {
            (None, _) => self.between += 1,
            (Some(true), true) => self.found += 1,
            (Some(true), false) => self.missed.push(photo.to_owned()),
            (Some(false), true) => self.false_alarm.push(photo.to_owned()),
            (Some(false), false) => self.quiet += 1,
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder?")?);
    let pictures = match arguments.next().as_deref() {
        Some("--pictures") => Some(PathBuf::from(arguments.next().ok_or("pictures where?")?)),
        Some(other) => return Err(format!("what is {other}?").into()),
        None => None,
    };
    let forms = [Form::parse(FORM, Typeface::parse(TYPEFACE)?)?];
    let mut rows: BTreeMap<&'static str, Row> = BTreeMap::new();
    let mut severities: BTreeMap<u8, [u32; 4]> = BTreeMap::new();
    let mut time = Duration::ZERO;
    let mut photos = 0_u32;
    for line in std::fs::read_to_string(folder.join("truth.jsonl"))?.lines() {
        let truth: Truth = serde_json::from_str(line)?;
        let photo = image::open(folder.join(&truth.photo))?.to_luma8();
        let outcome = paper::read(&photo, &forms);
        let start = Instant::now();
        let quality = Quality::judge(&photo, outcome.as_ref(), &forms);
        time += start.elapsed();
        photos += 1;
        if let Some(pictures) = &pictures
            && quality.severity() != Severity::Fine
        {
            let name = Path::new(&truth.photo).with_extension("png");
            overlay(&photo, &quality, 640).save(pictures.join(name))?;
        }
        print_line(&truth, outcome.as_ref(), &quality);
        for (name, real) in truths(&truth, outcome.as_ref()) {
            let found = quality
                .findings
                .iter()
                .any(|finding| is(name, finding.defect));
            rows.entry(name)
                .or_default()
                .count(&truth.photo, real, found);
        }
        let counts = severities.entry(truth.level).or_default();
        counts[quality.severity() as usize] += 1;
        if outcome.is_err() && quality.findings.is_empty() {
            counts[3] += 1;
        }
    }
    println!(
        "\n| level | fine | check | cannot read | unread without a finding |\n|---|---|---|---|---|"
    );
    for (level, [fine, check, cannot, silent]) in severities {
        let fine = fine - silent;
        println!("| {level} | {fine} | {check} | {cannot} | {silent} |");
    }
    println!(
        "\n| what | is and found | is and missed | is not and found | is not and quiet | in between |"
    );
    println!("|---|---|---|---|---|---|");
    for (name, row) in &rows {
        let (missed, false_alarm) = (row.missed.len(), row.false_alarm.len());
        println!(
            "| {name} | {} | {missed} | {false_alarm} | {} | {} |",
            row.found, row.quiet, row.between
        );
    }
    for (name, row) in &rows {
        println!(
            "{name}: missed {:?}, false {:?}",
            row.missed, row.false_alarm
        );
    }
    println!(
        "\njudged in {:.1} ms a photo",
        time.as_secs_f64() * 1e3 / f64::from(photos.max(1))
    );
    Ok(())
}

/// What is true of a photo; `None` where the truth lies between yes and no.
fn truths(
    truth: &Truth,
    outcome: Result<&PageReading, &PageProblem>,
) -> Vec<(&'static str, Option<bool>)> {
    let outside_mm = truth
        .corners
        .iter()
        .map(|&[x, y]| {
            let beyond = [-x, -y, x - truth.size[0], y - truth.size[1]];
            beyond.into_iter().fold(f64::MIN, f64::max) / truth.params.px_mm
        })
        .fold(f64::MIN, f64::max);
    let steps = |value: f64, none: f64, some: f64| match value {
        value if value >= some => Some(true),
        value if value <= none => Some(false),
        _ => None,
    };
    let moved_mm = truth.params.motion / truth.params.px_mm;
    // Only hidden fields tell whether a lamp's image lies over something that matters.
    let hides = !truth.hidden.is_empty();
    let params = &truth.params;
    let blurred = outcome.is_ok_and(|reading| {
        reading
            .quality
            .edge_mm
            .iter()
            .any(|&edge| edge > MOVED_EDGE_MM)
    });
    let alone = !params.thumb && outside_mm < 0.0;
    let mut out = vec![
        ("cut off", steps(outside_mm, -1.0, 2.0)),
        ("thumb", Some(params.thumb)),
    ];
    if outcome.is_ok() {
        out.extend([
            (
                "glare on a field",
                match (params.glare, hides, alone) {
                    (false, ..) => Some(false),
                    (true, true, true) => Some(true),
                    (true, ..) => None,
                },
            ),
            // Only movement that makes the photo worse is of interest.
            (
                "moved",
                steps(moved_mm, 0.15, 0.6).filter(|moved| !moved || blurred),
            ),
            ("curled", steps(params.curl_mm, 3.0, 9.0)),
            ("far", steps(-params.px_mm, -3.3, -2.7)),
        ]);
    }
    out
}

fn is(name: &str, defect: Defect) -> bool {
    match defect {
        Defect::CutOff { .. } => name == "cut off",
        Defect::Covered { .. } | Defect::CodeCovered { .. } => name == "thumb",
        Defect::CornerHidden { .. } => false,
        Defect::Glare { .. } => name == "glare on a field",
        Defect::Moved { .. } => name == "moved",
        Defect::Curled { .. } => name == "curled",
        Defect::Far { .. } => name == "far",
        Defect::Blurred { .. } | Defect::Dark { .. } | Defect::Faint { .. } => false,
    }
}

/// One photo: its truth, its measures, the share of its fields that nobody is sure of, and what was found.
fn print_line(truth: &Truth, outcome: Result<&PageReading, &PageProblem>, quality: &Quality) {
    let params = &truth.params;
    let unsure = outcome.map_or(-1.0, |reading| {
        let asked = reading
            .fields
            .iter()
            .filter(|field| !matches!(field.kind, FieldKind::Text | FieldKind::Digits { .. }));
        let unsure = asked
            .clone()
            .filter(|field| field.state == FieldState::Unsure);
        unsure.count() as f64 / asked.count().max(1) as f64
    });
    let kinds: Vec<String> = quality
        .findings
        .iter()
        .map(|finding| format!("{:?} {:?}", finding.defect, finding.fields.len()))
        .collect();
    println!(
        "{} moved_mm={:.2} curl_mm={} px_mm={} glare={} thumb={} unsure={unsure:.3} {} {} {kinds:?}",
        truth.photo,
        params.motion / params.px_mm,
        params.curl_mm,
        params.px_mm,
        u8::from(params.glare),
        u8::from(params.thumb),
        quality.measures.map_or_else(String::new, |m| format!(
            "edge={:.2} smear={:.2} level={:.0} scale={:.1} bend={:.1} toner={:.2}",
            m.edge_mm, m.smear, m.paper_level, m.px_per_mm, m.bend_mm, m.toner
        )),
        outcome.map_or_else(ToString::to_string, |_| String::new()),
    );
}
