//! Sends and receives files over a serial line, and measures what the line does.
//!
//! ```text
//! line send --tty /dev/ttyS0 --state DIR FILE...              sends files; ends when the other end has them
//! line send --tty /dev/ttyS0 --state DIR --spool DIR FILE...  the same, and then what is moved into the spool
//! line recv --tty /dev/ttyS0 --state DIR --out DIR            receives files; ends when the sender is done
//! line probe --tty /dev/ttyS0                                 rate, delay and errors, to a `recv` or a `probe`
//! ```
//!
//! Files arrive whole, under their own names. Where a line hangs up, or a program is killed, both started again
//! go on where they were. What is urgent overtakes: of files that are given, the short ones; in a spool, those
//! whose names begin with `u`.
//!
//! | Exit code | Meaning |
//! |---|---|
//! | 0 | everything is at the other end, confirmed |
//! | 1 | a fault of this machine, told on stderr |
//! | 2 | the arguments make no sense |
//! | 3 | the line has hung up |
//! | 4 | some files were refused by the other end, or could not be read |
//! | 5 | stopped by a signal |

mod keeper;
mod loader;
mod object;
mod open;
mod probe;
mod progress;
mod receiver;
mod sender;
mod shelf;
mod spool;
mod tally;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use link::{Config, Escape};

use open::{Ended, OpenLine};

#[derive(Parser)]
#[command(
    name = "line",
    version,
    about = "Carries files over a serial line, and measures what the line does"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sends files; exit code 0 when the other end has confirmed all of them.
    Send {
        #[command(flatten)]
        line: LineArguments,
        /// Folder in which it is noted what was sent before.
        #[arg(long)]
        state: PathBuf,
        /// Folder to send from whatever is moved in, names that begin with `u` first, until stopped by a signal.
        #[arg(long)]
        spool: Option<PathBuf>,
        /// Files to send.
        #[arg(required_unless_present = "spool")]
        files: Vec<PathBuf>,
    },
    /// Receives files; exit code 0 when the sender says that this was all.
    Recv {
        #[command(flatten)]
        line: LineArguments,
        /// Folder for what has arrived in part, and for the list of what has arrived.
        #[arg(long)]
        state: PathBuf,
        /// Folder for the files.
        #[arg(long)]
        out: PathBuf,
    },
    /// Measures rate, delay and errors; `recv` or `probe` must run at the other end.
    Probe {
        #[command(flatten)]
        line: LineArguments,
        /// How long to send.
        #[arg(long, default_value_t = 10)]
        seconds: u32,
    },
}

#[derive(Args)]
struct LineArguments {
    /// The serial port.
    #[arg(long)]
    tty: PathBuf,
    /// Its rate in bits per second; left out, the one that it is set to.
    #[arg(long)]
    rate: Option<u32>,
    /// The line takes XON and XOFF for itself: send them escaped. It is enough if one end is told.
    #[arg(long)]
    escape_flow_control: bool,
    /// A modem takes `+++` for itself: send `+` escaped. It is enough if one end is told.
    #[arg(long)]
    escape_plus: bool,
    /// Only one end can talk at a time.
    #[arg(long)]
    half_duplex: bool,
}

impl LineArguments {
    fn open(&self) -> Result<OpenLine, Box<dyn Error>> {
        let config = Config {
            escape: Escape {
                flow_control: self.escape_flow_control,
                plus: self.escape_plus,
            },
            half_duplex: self.half_duplex,
            ..Config::default()
        };
        OpenLine::open(&self.tty, self.rate, config)
    }
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(ended) => ended.exit_code(),
        Err(error) => {
            let mut message = error.to_string();
            let mut cause = error.source();
            while let Some(error) = cause {
                message += &format!(": {error}");
                cause = error.source();
            }
            eprintln!("line: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<Ended, Box<dyn Error>> {
    match command {
        Command::Send {
            line,
            state,
            spool,
            files,
        } => sender::run(|| line.open(), state, spool.as_deref(), files),
        Command::Recv { line, state, out } => receiver::run(|| line.open(), state, out),
        Command::Probe { line, seconds } => probe::run(line.open()?, *seconds),
    }
}
