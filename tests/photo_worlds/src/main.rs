//! Takes simulated photos of every form, has them read, and says how well that went.
//!
//! ```sh
//! cargo run --release -p photo_worlds -- table --seeds 50            # every severity and effect, 50 photos each
//! cargo run --release -p photo_worlds -- promises --seeds 100        # blank stays blank, strangers are never read
//! cargo run --release -p photo_worlds -- cost --callgrind            # time of hostile pictures, memory, instructions
//! cargo run --release -p photo_worlds -- album --out tests/photo_worlds/album
//! cargo run --release -p photo_worlds -- show --out target/photos    # one photo of each, and all on one picture
//! ```

use std::error::Error;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use image::{RgbImage, imageops};
use paper::Form;
use photo_worlds::performance::{forms, on_all_processors, photo_of, report};
use photo_worlds::promises::{blank_stays_blank, stranger_stays_stranger};
use photo_worlds::strangers::Stranger;
use photo_worlds::{Photo, World, album, cost};

/// Where files go that nobody asked for.
const SCRATCH: &str = "target/photo_worlds";

/// Simulated photos of every form.
#[derive(Parser)]
enum Command {
    /// Prints how well photos are read, for each severity and effect.
    Table {
        /// How many photos of each.
        #[arg(long, default_value_t = 10)]
        seeds: u64,
        /// The first seed.
        #[arg(long, default_value_t = 0)]
        from: u64,
    },
    /// Writes a photo of each severity and effect, and a picture with all of them.
    Show {
        /// A folder.
        #[arg(long)]
        out: PathBuf,
        /// Which photos.
        #[arg(long, default_value_t = 0)]
        seed: u64,
    },
    /// Photographs blank pages and strangers, and fails if one of them is read as filled.
    Promises {
        /// How many photos of each kind.
        #[arg(long, default_value_t = 10)]
        seeds: u64,
        /// The first seed.
        #[arg(long, default_value_t = 0)]
        from: u64,
    },
    /// Writes a small photo of every page of every form, with the truth; pictures with all of them and with what is read of each go
    /// to target/photo_worlds.
    Album {
        /// A folder.
        #[arg(long)]
        out: PathBuf,
    },
    /// Prints what hostile pictures cost against usual ones, and the memory that a large photo takes.
    Cost {
        /// Prints the instructions of a reading too; needs valgrind.
        #[arg(long)]
        callgrind: bool,
    },
    /// Reads a file and prints the most memory that took, in kilobytes.
    #[command(name = cost::READ, hide = true)]
    Read {
        photo: PathBuf,
        #[arg(long, default_value_t = 1)]
        times: u32,
        #[arg(long)]
        with_ink: bool,
    },
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("photo-worlds: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    let forms = forms()?;
    match command {
        Command::Table { seeds, from } => print!("{}", report(&forms, from..from + seeds)),
        Command::Show { out, seed } => {
            fs::create_dir_all(&out)?;
            let worlds = World::all();
            let photos = on_all_processors(worlds.len(), |i| {
                photo_of(&forms, worlds[i].1, seed, false).1
            });
            for ((name, _), photo) in worlds.iter().zip(&photos) {
                fs::write(
                    out.join(format!("{}.jpg", name.replace(' ', "_"))),
                    &photo.jpeg,
                )?;
            }
            contact_sheet(&pictures(&photos), &out.join("all.png"))?;
        }
        Command::Promises { seeds, from } => return Ok(promises(&forms, from..from + seeds)),
        Command::Album { out } => {
            let photos = album::write(&forms, &out)?;
            fs::create_dir_all(SCRATCH)?;
            let scratch = Path::new(SCRATCH);
            contact_sheet(&pictures(&photos), &scratch.join("album.png"))?;
            contact_sheet(
                &album::flat_pages(&forms, &out)?,
                &scratch.join("album_read.png"),
            )?;
        }
        Command::Cost { callgrind } => {
            cost::print_ratios(&forms);
            let scratch = Path::new(SCRATCH);
            let bounded = cost::print_memory(&forms, scratch)?;
            if callgrind {
                cost::print_instructions(&forms, scratch)?;
            }
            return Ok(if bounded {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            });
        }
        Command::Read {
            photo,
            times,
            with_ink,
        } => cost::read_file(&forms, &photo, times, with_ink)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Keeps every promise for every seed, or says which one was broken.
fn promises(forms: &[Form], seeds: Range<u64>) -> ExitCode {
    let severities = 0..World::SEVERITIES;
    let kinds = severities.flat_map(|severity| {
        let strangers = Stranger::ALL.map(|stranger| (severity, Some(stranger)));
        std::iter::once((severity, None)).chain(strangers)
    });
    let kinds: Vec<_> = kinds.collect();
    let count = (seeds.end - seeds.start) as usize;
    let broken = on_all_processors(count * kinds.len(), |i| {
        let ((severity, stranger), seed) = (kinds[i / count], seeds.start + (i % count) as u64);
        let broken: Vec<String> = match stranger {
            Some(stranger) => stranger_stays_stranger(forms, stranger, severity, seed)
                .into_iter()
                .collect(),
            None => blank_stays_blank(forms, World::severity(severity), seed),
        };
        for what in &broken {
            println!("severity {severity}, seed {seed}: {what}");
        }
        broken.len()
    });
    let violations: usize = broken.iter().sum();
    println!("{:<44}{}", "photos", broken.len());
    println!("{:<44}{violations}", "violations");
    if violations == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn pictures(photos: &[Photo]) -> Vec<RgbImage> {
    photos.iter().map(|photo| photo.picture.clone()).collect()
}

/// All pictures small on one.
fn contact_sheet(pictures: &[RgbImage], path: &Path) -> Result<(), image::ImageError> {
    const SIDE: u32 = 400;
    const COLUMNS: u32 = 7;
    let rows = (pictures.len() as u32).div_ceil(COLUMNS);
    let mut sheet = RgbImage::new(COLUMNS * SIDE, rows * SIDE);
    for (i, picture) in (0..).zip(pictures) {
        let (w, h) = picture.dimensions();
        let longer = w.max(h);
        let small = imageops::thumbnail(picture, w * SIDE / longer, h * SIDE / longer);
        let (x, y) = (i % COLUMNS * SIDE, i / COLUMNS * SIDE);
        imageops::overlay(&mut sheet, &small, x.into(), y.into());
    }
    sheet.save(path)
}
