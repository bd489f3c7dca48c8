//! How well a folder of photos with truth is read, and what other thresholds would make of it.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use clap::Args;
use paper::{FieldKind, FieldReading, FieldState, Form, PhotoQuality, Thresholds};
use serde::Deserialize;

use super::outcome::Outcome;

/// Which photos to report on.
#[derive(Args)]
pub(crate) struct Report {
    /// A folder of photos and truth.jsonl.
    folder: PathBuf,
}

/// A line of truth.jsonl: one photo and what stands on it.
#[derive(Deserialize)]
struct Truth {
    photo: String,
    level: u8,
    corners: [[f64; 2]; 4],
    qr: Option<String>,
    marks: BTreeMap<String, Mark>,
    signed: BTreeMap<String, u8>,
    /// Fields that cannot be seen; they do not count.
    hidden: Vec<String>,
}

#[derive(Deserialize)]
struct Mark {
    kind: String,
    mark: u8,
}

/// A corner may be off by this share of the page's diagonal.
const FOUND_WITHIN: f64 = 0.02;

/// What photos of one severity came to.
#[derive(Default)]
struct Row {
    photos: u32,
    found: u32,
    codes: u32,
    wrong_codes: u32,
    boxes: Tally,
    light: Tally,
    signed: Tally,
    pages: u32,
    ms: Vec<f64>,
}

/// Fields by what was said of them.
#[derive(Default, Clone, Copy)]
struct Tally {
    all: u32,
    right: u32,
    wrong: u32,
    unsure: u32,
}

impl Tally {
    fn count(&mut self, said: Option<FieldState>, truth: u8) {
        self.all += 1;
        match said {
            Some(FieldState::Unsure) => self.unsure += 1,
            Some(state) if (state == FieldState::Marked) == (truth == 1) => self.right += 1,
            Some(_) => self.wrong += 1,
            None => {}
        }
    }
}

/// A tick box that was read, to be judged again.
struct Judged {
    field: FieldReading,
    quality: PhotoQuality,
    truth: u8,
}

impl Report {
    pub(crate) fn run(&self, forms: &[Form]) -> Result<(), Box<dyn Error>> {
        let truth = std::fs::read_to_string(self.folder.join("truth.jsonl"))?;
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        let mut judged = Vec::new();
        for line in truth.lines() {
            let truth: Truth = serde_json::from_str(line)?;
            let outcome = Outcome::of(&self.folder.join(Path::new(&truth.photo)), forms)?;
            for key in [truth.level.to_string(), "all".to_owned()] {
                rows.entry(key).or_default().count(&truth, &outcome);
            }
            judged.extend(judge_again(&truth, &outcome));
        }
        print_rows(rows);
        print_thresholds(&judged);
        Ok(())
    }
}

impl Row {
    fn count(&mut self, truth: &Truth, outcome: &Outcome) {
        self.photos += 1;
        self.ms.push(outcome.ms);
        self.found += u32::from(is_found(truth, outcome));
        self.codes += u32::from(outcome.qr == truth.qr);
        self.wrong_codes += u32::from(outcome.qr.is_some() && outcome.qr != truth.qr);
        let said = |id: &str| {
            let fields = &outcome.reading.as_ref()?.fields;
            fields
                .iter()
                .find(|field| field.id == id)
                .map(|field| field.state)
        };
        let seen = |id: &str| !truth.hidden.iter().any(|hidden| hidden == id);
        let mut page = Tally::default();
        for (id, mark) in truth.marks.iter().filter(|(id, _)| seen(id)) {
            self.boxes.count(said(id), mark.mark);
            page.count(said(id), mark.mark);
            if mark.kind == "light" {
                self.light.count(said(id), mark.mark);
            }
        }
        for (id, signed) in truth.signed.iter().filter(|(id, _)| seen(id)) {
            self.signed.count(said(id), *signed);
            page.count(said(id), *signed);
        }
        self.pages += u32::from(outcome.reading.is_some() && page.right == page.all);
    }
}

fn is_found(truth: &Truth, outcome: &Outcome) -> bool {
    let distance = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    let limit = FOUND_WITHIN * distance(truth.corners[0], truth.corners[2]);
    outcome.corners.is_some_and(|corners| {
        let mut pairs = corners.into_iter().zip(truth.corners);
        pairs.all(|(seen, real)| distance(seen, real) < limit)
    })
}

fn judge_again(truth: &Truth, outcome: &Outcome) -> Vec<Judged> {
    let Some(reading) = &outcome.reading else {
        return Vec::new();
    };
    let ticks = reading
        .fields
        .iter()
        .filter(|field| field.kind == FieldKind::Tick && !truth.hidden.contains(&field.id));
    ticks
        .filter_map(|field| {
            Some(Judged {
                field: field.clone(),
                quality: reading.quality,
                truth: truth.marks.get(&field.id)?.mark,
            })
        })
        .collect()
}

fn percent(part: u32, all: u32) -> String {
    match all {
        0 => "-".to_owned(),
        all => format!("{:.2}", 100.0 * f64::from(part) / f64::from(all)),
    }
}

fn print_rows(rows: BTreeMap<String, Row>) {
    println!(
        "| severity | photos | page found % | code % (wrong) | boxes right % | wrong | unsure % | light ticks % | signatures % (wrong) | pages right % | CPU ms median / p95 / max |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for (severity, mut row) in rows {
        row.ms.sort_by(f64::total_cmp);
        let last = row.ms.len() - 1;
        let ms = |share: f64| row.ms[(row.ms.len() as f64 * share) as usize];
        println!(
            "| {severity} | {} | {} | {} ({}) | {} | {} of {} | {} | {} | {} ({}) | {} | {:.0} / {:.0} / {:.0} |",
            row.photos,
            percent(row.found, row.photos),
            percent(row.codes, row.photos),
            row.wrong_codes,
            percent(row.boxes.right, row.boxes.all),
            row.boxes.wrong,
            row.boxes.all,
            percent(row.boxes.unsure, row.boxes.all),
            percent(row.light.right, row.light.all),
            percent(row.signed.right, row.signed.all),
            row.signed.wrong,
            percent(row.pages, row.photos),
            ms(0.5),
            ms(0.95),
            row.ms[last],
        );
    }
}

/// How many tick boxes would be wrong and unsure with both thresholds moved.
fn print_thresholds(judged: &[Judged]) {
    let usual = Thresholds::default();
    println!("\n| clear below | marked from | wrong | unsure % |");
    println!("|---|---|---|---|");
    for clear in [0.6, 0.8, 1.0, 1.2, 1.4] {
        for marked in [0.6, 0.8, 1.0, 1.2, 1.4] {
            let thresholds = Thresholds {
                clear_below: usual.clear_below * clear,
                marked_from: usual.marked_from * marked,
                ..usual
            };
            let mut tally = Tally::default();
            for Judged {
                field,
                quality,
                truth,
            } in judged
            {
                let widened = thresholds.widened_for(quality);
                let state = widened.decide(field.kind, field.score, field.sight);
                tally.count(Some(state), *truth);
            }
            println!(
                "| {:.2} | {:.2} | {} of {} | {} |",
                thresholds.clear_below,
                thresholds.marked_from,
                tally.wrong,
                tally.all,
                percent(tally.unsure, tally.all),
            );
        }
    }
}
