//! What reading a photo costs: time of hostile pictures against that of usual ones, memory, instructions.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use image::DynamicImage;
use paper::{Form, Photo};
use rustix::time::{ClockId, clock_gettime};

use crate::performance::photo_of;
use crate::photo;
use crate::strangers::Stranger;
use crate::world::World;

/// A hostile picture may take this many times what a usual photo takes.
const RATIO_GOAL: f64 = 4.0;

/// Reading a photo of 12 megapixels may take this much memory, the file's own pixels and the page's ink included.
const MEMORY_LIMIT_KB: u64 = 150 * 1024;

/// The program's own subcommand that only reads a file, and its option to draw the page's ink too.
pub const READ: &str = "read";
const WITH_INK: &str = "--with-ink";

/// CPU time of reading `picture` once, in milliseconds.
fn read_ms(picture: &Photo, forms: &[Form]) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
    };
    let before = now();
    let _ = black_box(paper::read(black_box(picture), forms));
    now() - before
}

/// The least of three, which other work on the machine disturbs least.
fn least_ms(picture: &Photo, forms: &[Form]) -> f64 {
    (0..3)
        .map(|_| read_ms(picture, forms))
        .fold(f64::MAX, f64::min)
}

/// Prints what hostile pictures of 5 megapixels cost against the median of usual photos.
pub fn print_ratios(forms: &[Form]) {
    const MEGAPIXELS: f32 = 5.0;
    let mut usual: Vec<f64> = (0..7)
        .map(|seed| {
            let world = World::severity(1 + seed as usize % 3);
            let (order, _) = photo_of(forms, world, seed, false);
            let photo = photo::take(order, world, MEGAPIXELS, seed).to_read();
            least_ms(&photo, forms)
        })
        .collect();
    usual.sort_by(f64::total_cmp);
    let median = usual[usual.len() / 2];
    println!(
        "{:<44}{median:.0} ms",
        "usual photo of 5 megapixels, median"
    );
    println!(
        "{:<44}{:.1} ×",
        "  the longest of seven",
        usual[usual.len() - 1] / median
    );
    let mut worst = 0.0_f64;
    for stranger in Stranger::ALL {
        // As it is, filling the picture, and photographed.
        let flat = DynamicImage::from(stranger.print(222, 1)).into();
        let photo = photo::take_print(
            |dpi| stranger.print(dpi, 1),
            World::severity(2),
            MEGAPIXELS,
            1,
        )
        .to_read();
        let ratio = [flat, photo].map(|picture| least_ms(&picture, forms) / median);
        println!(
            "{:<44}{:.1} × flat, {:.1} × photographed",
            format!("{stranger:?}"),
            ratio[0],
            ratio[1]
        );
        worst = ratio.into_iter().fold(worst, f64::max);
    }
    println!("{:<44}{worst:.1} ×, goal {RATIO_GOAL}", "worst of all");
}

/// Most memory that this process had, in kilobytes.
fn peak_kb() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Reads a file `times` times, with the ink of the page if `with_ink`, and prints the most memory that took, in kilobytes.
///
/// # Errors
///
/// If the file holds no picture.
pub fn read_file(
    forms: &[Form],
    file: &Path,
    times: u32,
    with_ink: bool,
) -> Result<(), Box<dyn Error>> {
    for _ in 0..times {
        let picture = Photo::from(image::open(file)?);
        let reading = black_box(paper::read(&picture, forms))?;
        if with_ink {
            black_box(reading.ink());
        }
    }
    println!(
        "{}",
        peak_kb().ok_or("no memory figure in /proc/self/status")?
    );
    Ok(())
}

/// Prints the memory that a photo of 12 megapixels takes, measured in a process of its own. False when it is too much.
///
/// # Errors
///
/// If the process cannot be run.
pub fn print_memory(forms: &[Form], folder: &Path) -> Result<bool, Box<dyn Error>> {
    let file = write_photo(forms, folder, 12.0)?;
    let output = Command::new(std::env::current_exe()?)
        .args([READ, WITH_INK])
        .arg(file)
        .output()?;
    let kb: u64 = String::from_utf8(output.stdout)?.trim().parse()?;
    println!(
        "{:<44}{} MB, at most {} MB",
        "memory for a photo of 12 megapixels",
        kb / 1024,
        MEMORY_LIMIT_KB / 1024
    );
    Ok(kb <= MEMORY_LIMIT_KB)
}

/// Prints how many instructions reading a photo of 5 megapixels takes, its JPEG unpacked included, and how many with the ink of
/// the page: what a second reading in a process adds, as valgrind counts.
///
/// # Errors
///
/// If valgrind is not installed or cannot run the program.
pub fn print_instructions(forms: &[Form], folder: &Path) -> Result<(), Box<dyn Error>> {
    let file = write_photo(forms, folder, 5.0)?;
    let count = |times: &str, with_ink: bool| -> Result<u64, Box<dyn Error>> {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(std::env::current_exe()?)
            .args([READ, "--times", times])
            .args(with_ink.then_some(WITH_INK))
            .arg(&file)
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let collected = said
            .lines()
            .find_map(|line| line.split_once("Collected : "));
        Ok(collected.ok_or(said.clone())?.1.trim().parse()?)
    };
    for (what, with_ink) in [
        ("instructions for a photo of 5 megapixels", false),
        ("  with the ink of the page", true),
    ] {
        let (once, twice) = (count("1", with_ink)?, count("2", with_ink)?);
        println!("{what:<44}{:.1} million", (twice - once) as f64 / 1e6);
    }
    Ok(())
}

fn write_photo(
    forms: &[Form],
    folder: &Path,
    megapixels: f32,
) -> Result<std::path::PathBuf, Box<dyn Error>> {
    let world = World::severity(2);
    let (order, _) = photo_of(forms, world, 1, false);
    let photo = photo::take(order, world, megapixels, 1);
    fs::create_dir_all(folder)?;
    let file = folder.join(format!("{megapixels}_megapixels.jpg"));
    fs::write(&file, photo.jpeg)?;
    Ok(file)
}
