//! The switch before a modem's power, the last remedy for one that hangs.

use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

/// Takes a modem's power away and gives it back.
pub trait PowerSwitch: Send + std::fmt::Debug {
    /// Does it; the modem is starting when this returns.
    ///
    /// # Errors
    ///
    /// The system's, when the switch could not be reached. The modem may then be off.
    fn cycle(&mut self) -> io::Result<()>;
}

/// A switch as settings name it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", tag = "kind")]
pub enum PowerSettings {
    /// A program that does all of it, such as one that switches a USB hub's port. No shell reads the words.
    Command {
        /// The program.
        program: PathBuf,
        /// What it is told.
        #[serde(default)]
        arguments: Vec<String>,
    },
    /// A file, such as a GPIO's or a regulator's, into which one text is written for off and one for on.
    File {
        /// The file.
        path: PathBuf,
        /// Off.
        off: String,
        /// On.
        on: String,
        /// How long it stays off. Capacitors of common modem boards are empty after a second or two.
        #[serde(default = "usual_off_ms")]
        off_ms: u64,
    },
}

fn usual_off_ms() -> u64 {
    3000
}

/// The longest that a file's switch stays off, whatever is set: longer would only keep the kiosk from calling.
const OFF_MAX: Duration = Duration::from_secs(60);

/// What a program that switches a port may take; then it is ended.
const COMMAND_WITHIN: Duration = Duration::from_secs(30);

/// How often a running program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

impl PowerSwitch for PowerSettings {
    fn cycle(&mut self) -> io::Result<()> {
        match self {
            Self::Command { program, arguments } => {
                let mut child = Command::new(program)
                    .args(arguments)
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()?;
                let began = Instant::now();
                loop {
                    match child.try_wait()? {
                        Some(status) if status.success() => return Ok(()),
                        Some(status) => {
                            return Err(io::Error::other(format!(
                                "the modem's power switch ended with {status}"
                            )));
                        }
                        None if COMMAND_WITHIN < began.elapsed() => {
                            child.kill()?;
                            child.wait()?;
                            return Err(io::ErrorKind::TimedOut.into());
                        }
                        None => std::thread::sleep(LOOK_EVERY),
                    }
                }
            }
            Self::File {
                path,
                off,
                on,
                off_ms,
            } => {
                std::fs::write(&path, off)?;
                std::thread::sleep(Duration::from_millis(*off_ms).min(OFF_MAX));
                std::fs::write(path, on)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_run_without_a_shell_and_its_failure_is_told() {
        let mut good: PowerSettings = toml::from_str(
            "kind = \"command\"\nprogram = \"/bin/true\"\narguments = [\"; exit 1\"]",
        )
        .expect("settings");
        good.cycle().expect("it ran");
        let mut bad: PowerSettings =
            toml::from_str("kind = \"command\"\nprogram = \"/bin/false\"").expect("settings");
        assert!(bad.cycle().is_err());
        let mut absent: PowerSettings =
            toml::from_str("kind = \"command\"\nprogram = \"/no-such-program\"").expect("settings");
        assert_eq!(
            absent.cycle().expect_err("absent").kind(),
            io::ErrorKind::NotFound
        );
    }

    #[test]
    fn a_file_is_left_with_the_text_for_on() {
        let path = std::env::temp_dir().join(format!("modem-power-{}", std::process::id()));
        std::fs::write(&path, "1").expect("a file");
        let text = format!("kind = \"file\"\npath = {path:?}\noff = \"0\"\non = \"1\"\noff_ms = 0");
        let mut switch: PowerSettings = toml::from_str(&text).expect("settings");
        switch.cycle().expect("written");
        assert_eq!(std::fs::read(&path).expect("the file"), b"1");
        std::fs::remove_file(&path).expect("removed");
        assert!(toml::from_str::<PowerSettings>("kind = \"file\"\npath = \"/x\"").is_err());
    }
}
