//! Every form as a PDF, opened by poppler: same pictures as ours, and its text is text.
//!
//! `cargo run --release -p paper --example pdf_peer -- FOLDER` leaves the files in FOLDER and prints a line for each form.
//! It needs `pdftoppm` and `pdftotext` (Debian's `poppler-utils`).

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use paper::{DEFINITIONS, FillIn, Form, GrayImage, PRINT_DPI, Typeface};

const TYPEFACE: &[u8] = paper::NOTO_SANS_SC;

/// A rasteriser may set a glyph half a pixel off, which changes a pixel by up to half of its levels; a glyph missing or
/// further off its place changes whole pixels. A pixel differs when no pixel of the other picture within one step is as
/// dark, or as light, up to this many levels. No pixel of a page may differ.
const LEVELS: u8 = 130;

fn main() -> ExitCode {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(|| "target/forms".into(), PathBuf::from);
    match run(&folder) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("pdf_peer: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: &Path) -> Result<bool, Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let typeface = Typeface::parse(TYPEFACE)?;
    let mut all_good = true;
    for definition in DEFINITIONS {
        let form = Form::parse(definition, typeface)?;
        let fill = FillIn::blank().for_case("140428-003-000017-C");
        let bytes = form.pdf(1..=form.pages(), &fill)?;
        let file = folder.join(format!("{}.pdf", form.key()));
        std::fs::write(&file, &bytes)?;
        let mut worst = 0;
        for page in 1..=form.pages() {
            let theirs = picture(&file, page)?;
            let ours = form.render_page(page, PRINT_DPI, &fill)?;
            worst = worst
                .max(differing(&ours, &theirs))
                .max(differing(&theirs, &ours));
        }
        let missing = missing_texts(definition, &file)?;
        let good = worst == 0 && missing.is_empty();
        all_good &= good;
        println!(
            "{} {}: {} pages, {} bytes, {worst} pixels differ{}",
            if good { "good" } else { "BAD " },
            form.key(),
            form.pages(),
            bytes.len(),
            missing
                .iter()
                .map(|text| format!(", no {text:?}"))
                .collect::<String>(),
        );
    }
    Ok(all_good)
}

/// What poppler draws.
fn picture(file: &Path, page: u8) -> Result<GrayImage, Box<dyn Error>> {
    let page = page.to_string();
    let dpi = PRINT_DPI.to_string();
    let output = Command::new("pdftoppm")
        .args(["-gray", "-singlefile", "-r", &dpi, "-f", &page, "-l", &page])
        .arg(file)
        .output()?;
    if !output.status.success() || !output.stderr.is_empty() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    // Binary PGM: three words of text, each ended by white space, then the pixels.
    let mut rest = &output.stdout[..];
    let mut words = Vec::new();
    while words.len() < 4 {
        let end = rest
            .iter()
            .position(u8::is_ascii_whitespace)
            .ok_or("no picture")?;
        words.push(String::from_utf8_lossy(&rest[..end]).into_owned());
        rest = &rest[end + 1..];
    }
    let (w, h) = (words[1].parse()?, words[2].parse()?);
    GrayImage::from_raw(w, h, rest.to_vec()).ok_or_else(|| "picture is cut off".into())
}

/// How many pixels of `a` have no like in `b` next to their place.
fn differing(a: &GrayImage, b: &GrayImage) -> usize {
    let (w, h) = (a.width().min(b.width()), a.height().min(b.height()));
    if a.width().abs_diff(b.width()) > 1 || a.height().abs_diff(b.height()) > 1 {
        return usize::MAX;
    }
    let like = |x: u32, y: u32| {
        let level = a.get_pixel(x, y).0[0];
        (y - 1..=y + 1)
            .any(|y| (x - 1..=x + 1).any(|x| b.get_pixel(x, y).0[0].abs_diff(level) <= LEVELS))
    };
    (1..h - 1)
        .flat_map(|y| (1..w - 1).map(move |x| (x, y)))
        .filter(|&(x, y)| !like(x, y))
        .count()
}

/// Printed texts of the definition that the PDF does not give back.
fn missing_texts(definition: &str, file: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let output = Command::new("pdftotext")
        .arg("-raw")
        .arg(file)
        .arg("-")
        .output()?;
    let bare = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    let found = bare(&String::from_utf8_lossy(&output.stdout));
    let mut printed = Vec::new();
    texts(
        &toml::from_str::<toml::Value>(definition)?,
        "",
        &mut printed,
    );
    printed.retain(|text| !text.contains('{') && !found.contains(&bare(text)));
    Ok(printed)
}

fn texts(value: &toml::Value, key: &str, into: &mut Vec<String>) {
    match value {
        toml::Value::String(text) if ["title", "text", "label", "tick", "notes"].contains(&key) => {
            into.push(text.clone());
        }
        toml::Value::Array(values) => values.iter().for_each(|value| texts(value, key, into)),
        toml::Value::Table(table) => {
            table
                .iter()
                .for_each(|(key, value)| texts(value, key, into));
        }
        _ => {}
    }
}
