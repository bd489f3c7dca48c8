//! Prints forms and reads photos of them, from the command line.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use paper::{DEFINITIONS, Form, NOTO_SANS_SC, Typeface};

mod program {
    pub(crate) mod debug;
    pub(crate) mod outcome;
    pub(crate) mod print;
    pub(crate) mod read;
    pub(crate) mod report;
}

/// Prints forms and reads photos of them.
#[derive(Parser)]
enum Command {
    /// Prints a form: pages as pictures, the whole as a PDF.
    Form(program::print::Print),
    /// Lists the forms: key, code, edition, pages, title.
    Forms,
    /// Reads photos of pages.
    Read(program::read::Read),
    /// Reads a folder of photos with truth and says how well, and what other thresholds would make of it.
    Report(program::report::Report),
    /// Prints what the code on each photo says, a line for each; empty where none can be read.
    Qr {
        /// JPEG or PNG pictures.
        #[arg(required = true)]
        photos: Vec<PathBuf>,
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
        Command::Form(print) => print.run(&forms, typeface),
        Command::Forms => {
            program::print::list(&forms);
            Ok(())
        }
        Command::Read(read) => read.run(&forms),
        Command::Report(report) => report.run(&forms),
        Command::Qr { photos } => program::read::print_codes(&photos, &forms),
    }
}
