//! The browser test: stories that people live through in a headless Chromium, on the simulator's page with its county,
//! or on a county whose clock the test moves.
//!
//! Touches are real pointer events, and pages are used by the words on them. Needs `chromium`, `chromedriver` and
//! `pdftotext`, which `tests/run` installs.

mod chromium;
mod folder_changes;
mod kiosk_screen;
mod office;
mod printed;
mod stories;
mod window;

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::chromium::{Chromium, Shape};
use crate::stories::{
    late_payment, phone, refusal, second_factor, six_tables, support_ends, village_report,
    whole_case,
};
use crate::window::Window;

/// Longest wait for one thing on a page.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a step of a story gives, or why it did not go as told.
type Done<T = ()> = Result<T, Box<dyn Error>>;

#[derive(Parser)]
struct Arguments {
    /// The simulator's program.
    #[arg(long)]
    simulator: PathBuf,
    /// Folder for pictures of what was seen.
    #[arg(long)]
    out: PathBuf,
    /// Only the stories whose names have this in them.
    #[arg(long, default_value = "")]
    only: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failed) => {
            eprintln!("browser: {failed} stories did not go as told");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("browser: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Done<usize> {
    fs::create_dir_all(&arguments.out)?;
    let mut teller = Teller {
        chromium: Chromium::start().await?,
        arguments,
        failed: 0,
    };
    teller
        .tell("whole-case", Shape::Desk, async |window| {
            whole_case::tell(window, &arguments.simulator).await
        })
        .await?;
    teller.tell("refusal", Shape::Desk, refusal::tell).await?;
    teller
        .tell("late-payment", Shape::Desk, late_payment::tell)
        .await?;
    teller
        .tell("six-tables", Shape::Desk, six_tables::tell)
        .await?;
    teller
        .tell("second-factor", Shape::Desk, second_factor::tell)
        .await?;
    teller
        .tell("support-ends", Shape::Desk, support_ends::tell)
        .await?;
    teller
        .tell("village-report", Shape::Desk, village_report::tell)
        .await?;
    teller
        .tell("phone", Shape::PhoneWithoutScript, phone::tell)
        .await?;
    Ok(teller.failed)
}

struct Teller<'a> {
    chromium: Chromium,
    arguments: &'a Arguments,
    failed: usize,
}

impl Teller<'_> {
    /// Tells a story in a window of its own, and says whether it went as told.
    async fn tell(
        &mut self,
        name: &str,
        shape: Shape,
        story: impl AsyncFnOnce(&Window) -> Done,
    ) -> Done {
        if !name.contains(&self.arguments.only) {
            return Ok(());
        }
        let window = self.chromium.open(shape, &self.arguments.out).await?;
        match story(&window).await {
            Ok(()) => println!("browser: {name}"),
            Err(error) => {
                eprintln!("browser: {name}: {error}");
                self.failed += 1;
                // What the browser showed last helps whoever reads the failure.
                window.keep(&format!("{name}-failure")).await?;
            }
        }
        Ok(window.client.close().await?)
    }
}
