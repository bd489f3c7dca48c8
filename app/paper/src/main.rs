//! Prints forms and reads photos of them, from the command line.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use paper::{DEFINITIONS, FieldKind, FieldState, Form, NOTO_SANS_SC, PageReading, Typeface};
use serde_json::{Map, Value, json};

mod program {
    pub(crate) mod print;
}

/// Prints forms and reads photos of them.
#[derive(Parser)]
enum Command {
    /// Prints a form: pages as pictures, the whole as a PDF.
    Form(program::print::Print),
    /// Lists the forms: key, code, edition, pages, title.
    Forms,
    /// Reads photos; one line of JSON for each.
    Read {
        /// JPEG or PNG pictures.
        photos: Vec<PathBuf>,
        /// Where the flat page and the ink of each photo go, as PNG.
        #[arg(long)]
        debug: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("paper: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Box<dyn Error>> {
    let typeface = Typeface::parse(NOTO_SANS_SC)?;
    let forms = DEFINITIONS
        .iter()
        .map(|definition| Form::parse(definition, typeface))
        .collect::<Result<Vec<_>, _>>()?;
    match command {
        Command::Form(print) => print.run(&forms, typeface)?,
        Command::Forms => program::print::list(&forms),
        Command::Read { photos, debug } => {
            for photo in photos {
                let line = read(&photo, &forms, debug.as_deref())
                    .map_err(|error| format!("{}: {error}", photo.display()))?;
                println!("{line}");
            }
        }
    }
    Ok(())
}

fn read(photo: &Path, forms: &[Form], debug: Option<&Path>) -> Result<Value, Box<dyn Error>> {
    let name = photo.file_name().unwrap_or_default().to_string_lossy();
    let picture = image::open(photo)?.to_luma8();
    let start = Instant::now();
    let outcome = paper::read(&picture, forms);
    let ms = start.elapsed().as_secs_f64() * 1e3;
    let reading = match outcome {
        Ok(reading) => reading,
        Err(problem) => {
            let reason = problem.to_string();
            return Ok(json!({"photo": name, "found": false, "reason": reason, "ms": ms}));
        }
    };
    if let Some(folder) = debug {
        let stem = photo.file_stem().unwrap_or_default().to_string_lossy();
        reading
            .rectified
            .save(folder.join(format!("{stem}_flat.png")))?;
        reading.ink.save(folder.join(format!("{stem}_ink.png")))?;
    }
    Ok(describe(&name, &reading, forms, ms))
}

fn describe(name: &str, reading: &PageReading, forms: &[Form], ms: f64) -> Value {
    let (mut marks, mut signed, mut scores) = (Map::new(), Map::new(), Map::new());
    let mut unsure = Vec::new();
    for field in &reading.fields {
        let place = match field.kind {
            FieldKind::Tick => &mut marks,
            FieldKind::Signature | FieldKind::Fingerprint | FieldKind::Seal => &mut signed,
            FieldKind::Text | FieldKind::Digits { .. } => continue,
        };
        scores.insert(
            field.id.clone(),
            json!([field.score, field.sight.fit, field.sight.contrast]),
        );
        match field.state {
            FieldState::Clear => place.insert(field.id.clone(), json!(0)),
            FieldState::Marked => place.insert(field.id.clone(), json!(1)),
            FieldState::Unsure => {
                unsure.push(field.id.clone());
                None
            }
        };
    }
    let code = forms
        .iter()
        .find(|form| form.key() == reading.form_key)
        .and_then(|form| form.code_text(reading.page, reading.case_ref.as_deref()));
    let quality = reading.quality;
    json!({
        "photo": name,
        "found": true,
        "ms": ms,
        "corners": reading.corners.map(|p| [p.x, p.y]),
        "qr": code,
        "marks": marks,
        "signed": signed,
        "unsure": unsure,
        "scores": scores,
        "quality": {
            "px_per_mm": quality.px_per_mm,
            "edge_mm": quality.edge_mm,
            "toner": quality.toner,
            "paper_level": quality.paper_level,
            "print_fit": quality.print_fit,
        },
    })
}
