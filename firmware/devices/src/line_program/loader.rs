//! The thread that reads files to send, so that a slow disk or a large file does not hold the line up.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use devices::bell::Bell;
use link::{MAX_OBJECT_LEN, ObjectId, Priority};

use crate::object::{self, NameError};
use crate::shelf::Held;

/// A file that is ready to go.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The object's name for the session.
    pub(crate) id: ObjectId,
    /// The object.
    pub(crate) bytes: Arc<[u8]>,
    /// Whether it was handed to a session before, so that the other end may have some or all of it.
    pub(crate) may_be_held: bool,
}

/// Why a file cannot go.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("name is not UTF-8")]
    NotUtf8,
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("file has {len} bytes, at most {MAX_OBJECT_LEN} with its name can be sent")]
    TooLong { len: u64 },
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("cannot note what is sent: {0}")]
    State(String),
}

/// A file that was asked for, and what came of it.
#[derive(Debug)]
pub(crate) struct Load {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// As what it goes.
    pub(crate) priority: Priority,
    /// Its bytes, or why not.
    pub(crate) outcome: Result<Loaded, LoadError>,
}

/// The thread, from outside; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Loader {
    wanted: Sender<(PathBuf, Priority)>,
    loads: Receiver<Load>,
}

impl Loader {
    /// Starts the thread, which rings the bell with each file. What was sent before is in a list in the folder `state`;
    /// what is read is added to it.
    pub(crate) fn start(state: PathBuf, bell: Arc<Bell>) -> io::Result<Self> {
        let (wanted, asked) = mpsc::channel::<(PathBuf, Priority)>();
        let (answer, loads) = mpsc::channel();
        std::thread::Builder::new()
            .name("loader".to_owned())
            .spawn(move || {
                let mut sent = open_list(&state);
                for (path, priority) in asked {
                    let outcome = match &mut sent {
                        Ok(sent) => load(&path, sent),
                        Err(error) => Err(LoadError::State(error.to_string())),
                    };
                    let load = Load {
                        path,
                        priority,
                        outcome,
                    };
                    if answer.send(load).is_err() {
                        return;
                    }
                    bell.ring();
                }
            })?;
        Ok(Self { wanted, loads })
    }

    /// Asks for a file; the caller bounds how many it asks for at once.
    pub(crate) fn ask(&self, path: PathBuf, priority: Priority) {
        // The thread ends only after this.
        let _ = self.wanted.send((path, priority));
    }

    /// The next file, in the order in which they were asked for.
    pub(crate) fn load(&self) -> Option<Load> {
        self.loads.try_recv().ok()
    }
}

fn open_list(state: &Path) -> io::Result<Held> {
    fs::create_dir_all(state)?;
    Held::open(&state.join("sent"))
}

fn load(path: &Path, sent: &mut Held) -> Result<Loaded, LoadError> {
    let header = header(path)?;
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    let whole_len = header.len() as u64 + len;
    if u64::from(MAX_OBJECT_LEN) < whole_len {
        return Err(LoadError::TooLong { len });
    }
    let whole_len = usize::try_from(whole_len).map_err(|_| LoadError::TooLong { len })?;
    // Collected, so that a large file is not in memory twice on its way into the `Arc`.
    let mut bytes: Arc<[u8]> = std::iter::repeat_n(0, whole_len).collect();
    if let Some(whole) = Arc::get_mut(&mut bytes) {
        let (name, content) = whole.split_at_mut(header.len());
        name.copy_from_slice(&header);
        // A file that grows meanwhile goes as long as it was.
        file.read_exact(content)?;
    }
    let id = object::identify(&bytes);
    let may_be_held = sent.contains(id);
    if !may_be_held {
        sent.note(&[id])?;
    }
    Ok(Loaded {
        id,
        bytes,
        may_be_held,
    })
}

/// What goes before the bytes of the file at `path`.
pub(crate) fn header(path: &Path) -> Result<Vec<u8>, LoadError> {
    let name = path.file_name().unwrap_or_default();
    let name = name.to_str().ok_or(LoadError::NotUtf8)?;
    Ok(object::file_header(name)?)
}
