//! What travels of a page, measured on photos with truth: bytes, ink lost, ink that is none.
//!
//! `cargo run --release -p paper --example page_bytes -- DIR [OUT]`
//!
//! DIR holds `truth.jsonl`, one object a line with `photo`, `level` and `hidden`, and beside each photo `NAME_ink.png`, the
//! true ink of the flat page (white is ink). OUT gets pictures to look at: ink, crops and the rebuilt page.
//!
//! Ink is lost when nothing within 0.25 mm of it was sent; ink is false when no true ink is within 0.5 mm. Fields that
//! the photo hides (thumb, glare, rim) do not count. `beside print` is the ink that lies on print or within 0.25 mm of
//! it; `unseen` is ink that neither the sent ink nor the print of the blank shows in the rebuilt page.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use fax::encoder::Encoder;
use fax::{Color, VecWriter};
use paper::{FillIn, Form, GrayImage, NOTO_SANS_SC, READ_DPI, RectMm, Typeface, bilevel, travel};
use serde::Deserialize;

const DEFINITION: &str = include_str!("../../../assets/forms/dibao_application.toml");

const PX_PER_MM: f64 = READ_DPI as f64 / 25.4;
/// 0.25 and 0.5 mm.
const NEAR_PX: i32 = 2;
const FAR_PX: i32 = 4;

#[derive(Deserialize)]
struct Truth {
    photo: String,
    level: u32,
    #[serde(default)]
    hidden: Vec<String>,
}

#[derive(Default)]
struct Group {
    unread: usize,
    ink_bytes: Vec<usize>,
    crops_bytes: Vec<usize>,
    all_bytes: Vec<usize>,
    page_bytes: Vec<usize>,
    g4_bytes: Vec<usize>,
    true_px: usize,
    lost_px: usize,
    lost_far_px: usize,
    beside_px: usize,
    beside_lost_px: usize,
    unseen_px: usize,
    sent_px: usize,
    false_px: usize,
    layer_ms: Vec<f64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let dir = arguments.next().ok_or("needs a folder of photos")?;
    let out = arguments.next();
    let typeface = Typeface::parse(NOTO_SANS_SC)?;
    let forms = [Form::parse(DEFINITION, typeface)?];
    let print = forms[0].render(READ_DPI, &FillIn::blank())?;
    let print: Vec<bool> = print.as_raw().iter().map(|&v| v < 200).collect();
    let mut groups: BTreeMap<u32, Group> = BTreeMap::new();
    for line in fs::read_to_string(dir.join("truth.jsonl"))?.lines() {
        let truth: Truth = serde_json::from_str(line)?;
        let group = groups.entry(truth.level).or_default();
        measure(
            &dir,
            out.as_deref(),
            &truth,
            &forms,
            &typeface,
            &print,
            group,
        )?;
    }
    println!(
        "| severity | pages | ink, bytes | crops | ink and crops | whole page, ours | whole page, G4 | ratio | lost % | lost at 0.5 mm % | beside print, share % | beside print, lost % | unseen % | false % | pack ms |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for (level, group) in &groups {
        group.row(*level);
    }
    Ok(())
}

fn measure(
    dir: &Path,
    out: Option<&Path>,
    truth: &Truth,
    forms: &[Form],
    typeface: &Typeface,
    print: &[bool],
    group: &mut Group,
) -> Result<(), Box<dyn Error>> {
    let photo = image::open(dir.join(&truth.photo))?.to_luma8();
    let stem = truth.photo.trim_end_matches(".jpg");
    let Ok(reading) = paper::read(&photo, forms) else {
        group.unread += 1;
        return Ok(());
    };
    let form = &forms[0];
    let start = Instant::now();
    let bytes = travel::pack(&reading, form);
    group.layer_ms.push(start.elapsed().as_secs_f64() * 1e3);
    let ink_bytes = bilevel::encode(reading.ink(), READ_DPI as u16)?.len();
    group.ink_bytes.push(ink_bytes);
    group.crops_bytes.push(bytes.len() - ink_bytes);
    group.all_bytes.push(bytes.len());
    let page = travel::pack_page(&reading)?;
    group.page_bytes.push(page.len());
    group.g4_bytes.push(g4(&bilevel::decode(&page)?.picture));
    let parts = travel::unpack(&bytes)?;
    assert_eq!(&parts.ink, reading.ink(), "the ink comes back without loss");
    if let Some(out) = out {
        fs::create_dir_all(out)?;
        fs::write(out.join(format!("{stem}.parts")), &bytes)?;
        reading.ink().save(out.join(format!("{stem}_ink.png")))?;
        reading
            .rectified
            .save(out.join(format!("{stem}_flat.png")))?;
        travel::rebuild(&parts, forms, typeface).save(out.join(format!("{stem}_rebuilt.png")))?;
        for (i, crop) in parts.crops.iter().enumerate() {
            let (w, h) = crop.picture.dimensions();
            let seen = image::imageops::crop_imm(&reading.rectified, crop.x, crop.y, w, h);
            seen.to_image()
                .save(out.join(format!("{stem}_crop{i}_seen.png")))?;
            crop.picture
                .save(out.join(format!("{stem}_crop{i}_sent.png")))?;
        }
    }

    let (w, h) = reading.ink().dimensions();
    let hidden = hidden(form, truth, w, h);
    let true_picture = image::open(dir.join(format!("{stem}_ink.png")))?.to_luma8();
    let scale = f64::from(true_picture.width()) / f64::from(w);
    let at = |v: u32, limit: u32| (((f64::from(v) + 0.5) * scale) as u32).min(limit - 1);
    let (tw, th) = true_picture.dimensions();
    let drawn: Vec<bool> = (0..w * h)
        .map(|i| true_picture.get_pixel(at(i % w, tw), at(i / w, th)).0[0] > 127)
        .collect();
    let sent: Vec<bool> = reading.ink().as_raw().iter().map(|&v| v == 0).collect();
    let width = w as usize;
    let near_sent = widened(&sent, width, NEAR_PX);
    let far_sent = widened(&sent, width, FAR_PX);
    let far_drawn = widened(&drawn, width, FAR_PX);
    let beside = widened(print, width, NEAR_PX);
    for i in (0..drawn.len()).filter(|&i| !hidden[i]) {
        if drawn[i] {
            let lost = !near_sent[i];
            group.true_px += 1;
            group.lost_px += usize::from(lost);
            group.lost_far_px += usize::from(!far_sent[i]);
            group.beside_px += usize::from(beside[i]);
            group.beside_lost_px += usize::from(beside[i] && lost);
            group.unseen_px += usize::from(lost && !print[i]);
        }
        if sent[i] {
            group.sent_px += 1;
            group.false_px += usize::from(!far_drawn[i]);
        }
    }
    Ok(())
}

/// Which pixels lie in a field that the photo hides, or close to one.
fn hidden(form: &Form, truth: &Truth, w: u32, h: u32) -> Vec<bool> {
    let rects: Vec<RectMm> = form
        .fields()
        .filter(|field| truth.hidden.iter().any(|id| id.starts_with(&field.id)))
        .map(|field| field.rect)
        .collect();
    let inside = |x: f64, y: f64, rect: &RectMm| {
        (rect.x - 2.0..rect.x + rect.w + 2.0).contains(&x)
            && (rect.y - 2.0..rect.y + rect.h + 2.0).contains(&y)
    };
    (0..w * h)
        .map(|i| {
            let (x, y) = (f64::from(i % w) / PX_PER_MM, f64::from(i / w) / PX_PER_MM);
            rects.iter().any(|rect| inside(x, y, rect))
        })
        .collect()
}

/// Every place within `reach` of a set one.
fn widened(set: &[bool], width: usize, reach: i32) -> Vec<bool> {
    let mut out = vec![false; set.len()];
    for (i, _) in set.iter().enumerate().filter(|(_, set)| **set) {
        let (x, y) = ((i % width) as i32, (i / width) as i32);
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                let (x, y) = (x + dx, y + dy);
                if dx * dx + dy * dy <= reach * reach
                    && x >= 0
                    && y >= 0
                    && x < width as i32
                    && let Some(near) = out.get_mut(y as usize * width + x as usize)
                {
                    *near = true;
                }
            }
        }
    }
    out
}

/// Bytes of the page as fax group 4.
fn g4(page: &GrayImage) -> usize {
    let mut encoder = Encoder::new(VecWriter::new());
    for row in page.as_raw().chunks_exact(page.width() as usize) {
        let colours = row
            .iter()
            .map(|&v| if v < 128 { Color::Black } else { Color::White });
        let Ok(()) = encoder.encode_line(colours, page.width());
    }
    let Ok(writer) = encoder.finish();
    writer.finish().len()
}

impl Group {
    fn row(&self, level: u32) {
        let middle = |values: &[usize]| {
            let mut values = values.to_vec();
            values.sort_unstable();
            (
                values.get(values.len() / 2).copied().unwrap_or(0),
                values.last().copied().unwrap_or(0),
            )
        };
        let pair = |values: &[usize]| {
            let (median, most) = middle(values);
            format!("{median} ({most})")
        };
        let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        let mut ms = self.layer_ms.clone();
        ms.sort_by(f64::total_cmp);
        println!(
            "| {level} | {}{} | {} | {} | {} | {} | {} | {:.1} | {:.2} | {:.2} | {:.1} | {:.2} | {:.2} | {:.2} | {:.0} |",
            self.all_bytes.len(),
            if self.unread > 0 {
                format!(" (+{} unread)", self.unread)
            } else {
                String::new()
            },
            pair(&self.ink_bytes),
            pair(&self.crops_bytes),
            pair(&self.all_bytes),
            middle(&self.page_bytes).0,
            middle(&self.g4_bytes).0,
            middle(&self.g4_bytes).0 as f64 / middle(&self.all_bytes).0.max(1) as f64,
            percent(self.lost_px, self.true_px),
            percent(self.lost_far_px, self.true_px),
            percent(self.beside_px, self.true_px),
            percent(self.beside_lost_px, self.beside_px),
            percent(self.unseen_px, self.true_px),
            percent(self.false_px, self.sent_px),
            ms.get(ms.len() / 2).copied().unwrap_or(0.0),
        );
    }
}
