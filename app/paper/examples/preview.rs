//! What the preview says of frames made from photos with truth, and what a frame costs.
//!
//! ```text
//! cargo run --release -p paper --example preview -- FOLDER
//! ```
//!
//! Each photo of FOLDER is shrunk to about a megapixel and looked at as a frame that does not move.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use image::imageops::{FilterType, resize};
use paper::{Preview, Shot, Shutter, Want};
use serde::Deserialize;

/// Pixels of a frame.
const FRAME_PX: f64 = 1_000_000.0;

#[derive(Deserialize)]
struct Truth {
    photo: String,
    level: u8,
    params: Params,
}

#[derive(Deserialize)]
struct Params {
    thumb: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    let mut table: BTreeMap<(u8, bool), BTreeMap<&'static str, u32>> = BTreeMap::new();
    let mut times = Vec::new();
    for line in std::fs::read_to_string(folder.join("truth.jsonl"))?.lines() {
        let truth: Truth = serde_json::from_str(line)?;
        let photo = image::open(folder.join(&truth.photo))?.to_luma8();
        let pixels = f64::from(photo.width()) * f64::from(photo.height());
        let scale = (FRAME_PX / pixels).sqrt().min(1.0);
        let px = |v: u32| (f64::from(v) * scale).round() as u32;
        let frame = resize(
            &photo,
            px(photo.width()),
            px(photo.height()),
            FilterType::Triangle,
        );
        let (mut preview, mut shutter) = (Preview::default(), Shutter::default());
        let mut said = "nothing";
        for now_ms in (0..1200).step_by(100) {
            let start = Instant::now();
            let seen = preview.look(&frame);
            times.push(start.elapsed());
            match shutter.frame(now_ms, &seen) {
                Shot::Take => {
                    said = "taken";
                    break;
                }
                Shot::Wait(want) => said = name(&want),
            }
        }
        let row = table.entry((truth.level, truth.params.thumb)).or_default();
        *row.entry(said).or_default() += 1;
    }
    for ((level, thumb), said) in table {
        println!("level {level}, thumb {thumb}: {said:?}");
    }
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    if let (Some(middle), Some(worst)) = (times.get(times.len() / 2), times.last()) {
        let late = times[times.len() * 95 / 100];
        println!(
            "a frame: {:.1} ms at the median, {:.1} at 95 %, {:.1} at most",
            ms(*middle),
            ms(late),
            ms(*worst)
        );
    }
    Ok(())
}

fn name(want: &Want) -> &'static str {
    match want {
        Want::Page => "no page",
        Want::NextPage => "next page",
        Want::Corners { .. } => "corners",
        Want::Middle => "cut off",
        Want::HandAway => "hand",
        Want::Still => "still",
        Want::Light => "light",
        Want::Focus => "focus",
        Want::Nearer => "nearer",
        Want::Moment => "moment",
    }
}
