//! Two folders, a wire, and the program started at its ends.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use devices::simulated::{End, LineSettings, Wire};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Fast enough for a page in two seconds.
pub(crate) const RATE: u32 = 1_000_000;

/// A story that has not come on for so long has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// Between two looks; a line at [`RATE`] carries 500 bytes meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Bytes that repeat only after 251.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index % 251) as u8).collect()
}

pub(crate) struct Bench {
    folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().expect("a folder"),
        }
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(&path).expect("a folder");
        path
    }

    /// A file to send.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder("in").join(name);
        fs::write(&path, content).expect("written");
        path
    }

    pub(crate) fn wire(&self) -> Wire {
        let settings = LineSettings {
            transmit_buffer: 4096,
            ..LineSettings::clean(RATE)
        };
        Wire::lay(settings).expect("a wire")
    }

    fn start(&self, wire: &Wire, end: End, command: &str, more: &[&Path]) -> Running {
        let child = Command::new(env!("CARGO_BIN_EXE_line"))
            .arg(command)
            .arg("--tty")
            .arg(wire.path(end))
            .args(["--rate", &RATE.to_string()])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program");
        Running(child)
    }

    pub(crate) fn send(&self, wire: &Wire, files: &[PathBuf]) -> Running {
        let state = self.folder("sender");
        let mut more = vec![Path::new("--state"), &state];
        more.extend(files.iter().map(PathBuf::as_path));
        self.start(wire, End::A, "send", &more)
    }

    pub(crate) fn send_spool(&self, wire: &Wire, spool: &Path, files: &[PathBuf]) -> Running {
        let state = self.folder("sender");
        let mut more = vec![Path::new("--state"), &state, Path::new("--spool"), spool];
        more.extend(files.iter().map(PathBuf::as_path));
        self.start(wire, End::A, "send", &more)
    }

    pub(crate) fn receive(&self, wire: &Wire) -> Running {
        let (state, out) = (self.folder("receiver"), self.folder("out"));
        let more = [Path::new("--state"), &state, Path::new("--out"), &out];
        self.start(wire, End::B, "recv", &more)
    }

    /// What a probe from the sender's end tells.
    pub(crate) fn probe(&self, wire: &Wire) -> String {
        let more = ["--seconds", "1"].map(Path::new);
        let mut running = self.start(wire, End::A, "probe", &more);
        let mut told = String::new();
        let mut output = running.0.stdout.take().expect("piped");
        output.read_to_string(&mut told).expect("UTF-8");
        assert_eq!(running.end(), Some(0));
        told
    }

    /// Names of the files that have arrived whole.
    pub(crate) fn arrived(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.folder("out"))
            .expect("a folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("UTF-8")
            })
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.sort_unstable();
        names
    }

    /// A file that has arrived.
    pub(crate) fn out(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder("out").join(name)).expect("it has arrived")
    }

    /// The one file in the receiver's state whose name ends so.
    pub(crate) fn state_file(&self, end: &str) -> Vec<u8> {
        let mut paths = fs::read_dir(self.folder("receiver"))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.to_string_lossy().ends_with(end));
        fs::read(paths.next().expect("a file")).expect("read")
    }

    /// Looks until it is so.
    pub(crate) fn until(&self, is_so: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < PATIENCE, "the line has come to a stop");
            std::thread::park_timeout(LOOK_EVERY);
        }
    }
}

/// A program that has been started; it is killed when the story ends before it.
pub(crate) struct Running(Child);

impl Running {
    /// Waits for its end; the exit code, if it has one.
    pub(crate) fn end(mut self) -> Option<i32> {
        self.0.wait().expect("a child").code()
    }

    pub(crate) fn kill(mut self) -> ExitStatus {
        self.0.kill().expect("running");
        self.0.wait().expect("a child")
    }

    /// Asks it to end.
    pub(crate) fn stop(&self) {
        let pid = Pid::from_child(&self.0);
        // One that has ended by itself needs no asking.
        let _ = kill_process(pid, Signal::TERM);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
