//! The commands that read photos.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use paper::{Form, RawPage};

use super::debug;
use super::outcome::{Outcome, open};

/// Which photos to read, and how to say what they came to.
#[derive(Args)]
pub(crate) struct Read {
    /// JPEG or PNG pictures.
    #[arg(required = true)]
    photos: Vec<PathBuf>,
    /// Print a line of JSON for each photo, in place of a few words.
    #[arg(long)]
    json: bool,
    /// Where pictures of the stages and all scores of each photo go.
    #[arg(long)]
    debug: Option<PathBuf>,
}

impl Read {
    pub(crate) fn run(&self, forms: &[Form]) -> Result<(), Box<dyn Error>> {
        if let Some(folder) = &self.debug {
            fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        for photo in &self.photos {
            let outcome = Outcome::of(photo, forms)?;
            if let Some(folder) = &self.debug {
                let stem = photo.file_stem().unwrap_or_default();
                debug::save(&folder.join(stem), open(photo)?.luma(), &outcome, forms)?;
            }
            if self.json {
                println!("{}", serde_json::to_string(&outcome)?);
            } else {
                println!("{}", in_words(&outcome));
            }
        }
        Ok(())
    }
}

fn in_words(outcome: &Outcome) -> String {
    let name = &outcome.photo;
    let Some(reading) = &outcome.reading else {
        let reason = outcome.reason.as_deref().unwrap_or_default();
        return format!("{name}: {reason}");
    };
    let put = |fields: &BTreeMap<String, u8>| {
        let ids = fields.iter().filter(|(_, put)| **put == 1);
        ids.map(|(id, _)| id.as_str()).collect::<Vec<_>>().join(" ")
    };
    format!(
        "{name}: {} page {}, marked: {}; signed: {}; unsure: {}",
        reading.form_key,
        reading.page,
        put(&outcome.marks),
        put(&outcome.signed),
        outcome.unsure.join(" "),
    )
}

/// Prints the text of each photo's code, an empty line where there is none.
pub(crate) fn print_codes(photos: &[PathBuf], forms: &[Form]) -> Result<(), Box<dyn Error>> {
    for photo in photos {
        let picture = open(photo)?;
        let on_page = RawPage::from(&picture)
            .locate()
            .and_then(|located| located.identify(forms))
            .ok()
            .and_then(|identified| identified.code_text());
        let text = on_page.or_else(|| paper::find_code(picture.luma()));
        println!("{}", text.unwrap_or_default());
    }
    Ok(())
}
