//! A small photo of every page of every form, kept as files with what is truly on them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, Rgb, RgbImage};
use paper::{FieldKind, FieldReading, FieldState, Form, PageReading, READ_DPI};
use serde::{Deserialize, Serialize};

use crate::hand::Put;
use crate::performance::{on_all_processors, pages};
use crate::photo::{self, Photo};
use crate::sheet::Order;
use crate::world::{Effect, World};

/// Enough for modules of three pixels.
const MEGAPIXELS: f32 = 0.9;

/// Of the JPEG, of 100.
const QUALITY: u8 = 45;

/// The file with the truth, a line for each photo.
pub const TRUTH: &str = "truth.jsonl";

/// What is truly on a photo of the album.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The file.
    pub photo: String,
    /// The form's key.
    pub form: String,
    /// The page, from 1.
    pub page: u8,
    /// What people call the effect that it shows.
    pub world: String,
    /// What the fields hold, where it is not nothing.
    pub held: BTreeMap<String, Put>,
    /// Fields that are not seen whole.
    pub hidden: Vec<String>,
}

/// What was made of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Right,
    Unsure,
    Wrong,
}

impl Entry {
    fn put(&self, id: &str) -> Put {
        self.held.get(id).copied().unwrap_or(Put::Nothing)
    }

    /// `None` for writing, which is for people.
    fn judge(&self, field: &FieldReading) -> Option<Verdict> {
        if matches!(field.kind, FieldKind::Text | FieldKind::Digits { .. }) {
            return None;
        }
        Some(match field.state {
            FieldState::Unsure => Verdict::Unsure,
            state if (state == FieldState::Marked) == self.put(&field.id).is_filled() => {
                Verdict::Right
            }
            FieldState::Marked | FieldState::Clear => Verdict::Wrong,
        })
    }
}

/// Careful photos, each with the next effect; every fifth a usual one.
fn worlds() -> impl Iterator<Item = (String, World)> {
    let careful = (World::severity(1), "careful".to_owned());
    let effects = Effect::ALL.map(|(effect, name)| {
        let world = World {
            severity: 1,
            effect: Some(effect),
        };
        (world, name.to_owned())
    });
    let usual = (World::severity(2), "usual".to_owned());
    let all: Vec<_> = std::iter::once(careful)
        .chain(effects)
        .chain([usual])
        .collect();
    all.into_iter().cycle().map(|(world, name)| (name, world))
}

/// Writes the album of `forms` into the folder `out`; the same files each time. Returns the photos.
///
/// # Errors
///
/// If the folder cannot be written.
pub fn write(forms: &[Form], out: &Path) -> io::Result<Vec<Photo>> {
    let pages: Vec<_> = pages(forms).into_iter().zip(worlds()).collect();
    let photos = on_all_processors(pages.len(), |i| {
        let ((form, page), (_, world)) = pages[i];
        let order = Order {
            form,
            page,
            case_ref: None,
            blank: false,
        };
        photo::take(order, world, MEGAPIXELS, 7000 + i as u64)
    });
    fs::create_dir_all(out)?;
    let mut truth = String::new();
    for (((form, page), (name, _)), photo) in pages.iter().zip(&photos) {
        let file = format!("{}_{page}.jpg", form.key());
        let mut bytes = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        // Colour would make the files larger by half; other photos have it.
        image::imageops::grayscale(&photo.picture)
            .write_with_encoder(encoder)
            .map_err(io::Error::other)?;
        fs::write(out.join(&file), bytes)?;
        let entry = Entry {
            photo: file,
            form: form.key().to_owned(),
            page: *page,
            world: name.clone(),
            held: photo
                .fields
                .iter()
                .filter(|field| field.held.put != Put::Nothing)
                .map(|field| (field.held.id.clone(), field.held.put))
                .collect(),
            hidden: photo
                .fields
                .iter()
                .filter(|field| field.hidden)
                .map(|field| field.held.id.clone())
                .collect(),
        };
        truth += &serde_json::to_string(&entry)?;
        truth.push('\n');
    }
    fs::write(out.join(TRUTH), truth)?;
    Ok(photos)
}

/// The entries of the album in `folder`.
///
/// # Errors
///
/// If there is none.
pub fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let truth = fs::read_to_string(folder.join(TRUTH))?;
    truth
        .lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

/// What is read of the photos of the album in `folder`, beside the truth: a table for people.
///
/// # Errors
///
/// If a file is missing or holds no picture.
pub fn report(forms: &[Form], folder: &Path) -> Result<String, image::ImageError> {
    let entries = entries(folder)?;
    let rows = on_all_processors(entries.len(), |i| row(forms, folder, &entries[i]));
    rows.into_iter()
        .try_fold(HEAD.to_owned(), |report, row| Ok(report + &row?))
}

const HEAD: &str = "# What is read of the album

Boxes, signatures, fingerprints and seals that were decided as they are, then those left to a person, and those that were
decided otherwise than they are, with what they hold.

| photo | shows | right | unsure | wrong |
|---|---|---|---|---|
";

fn row(forms: &[Form], folder: &Path, entry: &Entry) -> Result<String, image::ImageError> {
    let Entry {
        photo,
        world,
        form,
        page,
        ..
    } = entry;
    let picture = paper::Photo::from(image::open(folder.join(photo))?);
    let reading = match paper::read(&picture, forms) {
        Ok(reading) if (&reading.form_key, reading.page) == (form, *page) => reading,
        Ok(other) => {
            return Ok(format!(
                "| {photo} | {world} | | | taken for {} {} |\n",
                other.form_key, other.page
            ));
        }
        Err(problem) => return Ok(format!("| {photo} | {world} | refused: {problem} | | |\n")),
    };
    let (mut right, mut unsure, mut wrong) = (0, Vec::new(), Vec::new());
    for field in &reading.fields {
        let said = || format!("{} ({:?})", field.id, entry.put(&field.id));
        match entry.judge(field) {
            Some(Verdict::Right) => right += 1,
            Some(Verdict::Unsure) => unsure.push(said()),
            Some(Verdict::Wrong) => wrong.push(said()),
            None => {}
        }
    }
    let (unsure, wrong) = (unsure.join(", "), wrong.join(", "));
    Ok(format!(
        "| {photo} | {world} | {right} | {unsure} | {wrong} |\n"
    ))
}

/// The flat pages that the reader makes of the photos in `folder`, with what it decided rightly in green if filled and in blue
/// if not, in orange what it left to a person, and in red what is wrong. A refused photo is left out.
///
/// # Errors
///
/// If a file is missing or holds no picture.
pub fn flat_pages(forms: &[Form], folder: &Path) -> Result<Vec<RgbImage>, image::ImageError> {
    let entries = entries(folder)?;
    let pages = on_all_processors(entries.len(), |i| {
        let picture = paper::Photo::from(image::open(folder.join(&entries[i].photo))?);
        Ok(paper::read(&picture, forms)
            .ok()
            .map(|reading| flat_page(forms, &reading, &entries[i])))
    });
    let pages: Result<Vec<_>, image::ImageError> = pages.into_iter().collect();
    Ok(pages?.into_iter().flatten().collect())
}

fn flat_page(forms: &[Form], reading: &PageReading, entry: &Entry) -> RgbImage {
    let mut page = DynamicImage::ImageLuma8(reading.rectified.clone()).to_rgb8();
    let form = forms.iter().find(|form| form.key() == reading.form_key);
    for field in &reading.fields {
        let colour: [u8; 3] = match entry.judge(field) {
            Some(Verdict::Right) if entry.put(&field.id).is_filled() => [60, 190, 60],
            Some(Verdict::Right) => [150, 210, 255],
            Some(Verdict::Unsure) => [255, 170, 40],
            Some(Verdict::Wrong) => [255, 40, 40],
            None => continue,
        };
        let Some(place) = form.and_then(|form| form.field(&field.id)) else {
            continue;
        };
        let px = |mm: f64| (mm * f64::from(READ_DPI) / 25.4) as u32;
        for y in px(place.rect.y)..px(place.rect.y + place.rect.h) {
            for x in px(place.rect.x)..px(place.rect.x + place.rect.w) {
                let through = page.get_pixel(x, y).0.map(u16::from);
                let tinted = [0, 1, 2].map(|c| (through[c] * u16::from(colour[c]) / 255) as u8);
                page.put_pixel(x, y, Rgb(tinted));
            }
        }
    }
    page
}
