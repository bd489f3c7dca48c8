//! The commands that list and print forms.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use clap::Args;
use paper::{FillIn, Form, PRINT_DPI, Typeface};
use serde::Deserialize;

/// What to print, and where to.
#[derive(Args)]
pub(crate) struct Print {
    /// The form's key, such as dibao_application, or the path of a definition.
    name: String,
    /// Where the page goes as a picture, at 300 dpi.
    #[arg(long)]
    png: Option<PathBuf>,
    /// Where the form goes as a PDF: all pages, or the one of --page.
    #[arg(long)]
    pdf: Option<PathBuf>,
    /// Where the places of the page's fields go, as JSON.
    #[arg(long)]
    boxes: Option<PathBuf>,
    /// The page, from 1; picture and places are of the first one unless told otherwise.
    #[arg(long)]
    page: Option<u8>,
    /// What to print in, as JSON: {"case_ref": "140428-003-000017-C", "fields": {"applicant_name": "王建国", "sex_male": true}}.
    #[arg(long)]
    fill: Option<PathBuf>,
}

impl Print {
    pub(crate) fn run(&self, forms: &[Form], typeface: Typeface) -> Result<(), Box<dyn Error>> {
        let own;
        let form = if self.name.ends_with(".toml") {
            own = Form::parse(&std::fs::read_to_string(&self.name)?, typeface).map_err(chain)?;
            &own
        } else {
            forms
                .iter()
                .find(|form| form.key() == self.name)
                .ok_or_else(|| format!("no form {}; `paper forms` lists them", self.name))?
        };
        let fill = match &self.fill {
            Some(path) => read_fill(path)?,
            None => FillIn::blank(),
        };
        let page = self.page.unwrap_or(1);
        if let Some(path) = &self.png {
            form.render_page(page, PRINT_DPI, &fill)?.save(path)?;
        }
        if let Some(path) = &self.pdf {
            let pages = match self.page {
                Some(page) => page..=page,
                None => 1..=form.pages(),
            };
            std::fs::write(path, form.pdf(pages, &fill)?)?;
        }
        if let Some(path) = &self.boxes {
            let boxes = form.boxes_json(page).ok_or_else(|| {
                format!("form has {} pages, page {page} was asked for", form.pages())
            })?;
            std::fs::write(path, boxes)?;
        }
        Ok(())
    }
}

/// An error with what lies behind it: where a definition cannot be read, the parser's message names the line.
fn chain(error: paper::FormError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// A line for each form: key, code, edition, pages, title.
pub(crate) fn list(forms: &[Form]) {
    for form in forms {
        println!(
            "{:<26} {} {} {} {}",
            form.key(),
            form.code(),
            form.edition(),
            form.pages(),
            form.title()
        );
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FillFile {
    case_ref: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, Entry>,
}

/// Text to write, or whether to tick.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Tick(bool),
    Text(String),
}

fn read_fill(path: &Path) -> Result<FillIn, Box<dyn Error>> {
    let file: FillFile = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let mut fill = FillIn::blank();
    fill.case_ref = file.case_ref;
    for (id, entry) in file.fields {
        fill = match entry {
            Entry::Tick(true) => fill.mark(id),
            Entry::Tick(false) => fill,
            Entry::Text(text) => fill.write(id, text),
        };
    }
    Ok(fill)
}
