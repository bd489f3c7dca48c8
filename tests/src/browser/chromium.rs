//! Chromium and its driver, started for the tests alone.

use std::path::Path;
use std::process::Stdio;

use fantoccini::ClientBuilder;
use fantoccini::wd::Capabilities;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::window::Window;
use crate::{Done, PATIENCE};

/// What a window is like.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// A screen on a desk.
    Desk,
    /// A small telephone whose browser runs no script.
    PhoneWithoutScript,
}

/// The driver, and a folder that files are downloaded to.
pub(crate) struct Chromium {
    _driver: Child,
    address: String,
    downloads: TempDir,
}

impl Chromium {
    pub(crate) async fn start() -> Done<Self> {
        let ready = "started successfully on port";
        let (driver, line) = start(Path::new("chromedriver"), &["--port=0"], ready).await?;
        let port = line.trim_end_matches('.').rsplit(' ').next();
        Ok(Self {
            _driver: driver,
            address: format!("http://127.0.0.1:{}", port.ok_or("no port")?),
            downloads: tempfile::tempdir()?,
        })
    }

    /// Opens a window whose pictures are kept in `pictures`.
    pub(crate) async fn open(&self, shape: Shape, pictures: &Path) -> Done<Window> {
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(self.capabilities(shape)?)
            .connect(&self.address)
            .await?;
        Ok(Window {
            client,
            pictures: pictures.to_owned(),
            downloads: self.downloads.path().to_owned(),
        })
    }

    fn capabilities(&self, shape: Shape) -> Done<Capabilities> {
        // A browser in a container runs as root, and looks nothing up elsewhere.
        let mut arguments = vec![
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ];
        let options = match shape {
            Shape::Desk => {
                arguments.push("--window-size=1500,1400");
                json!({
                    "args": arguments,
                    "prefs": {
                        "download.default_directory": self.downloads.path(),
                        "plugins.always_open_pdf_externally": true,
                    },
                })
            }
            Shape::PhoneWithoutScript => json!({
                "args": arguments,
                "prefs": { "profile.managed_default_content_settings.javascript": BLOCKED },
                "mobileEmulation": { "deviceMetrics": { "width": 360, "height": 740, "pixelRatio": 2.0 } },
            }),
        };
        let capabilities: Value = json!({ "goog:chromeOptions": options });
        Ok(serde_json::from_value(capabilities)?)
    }
}

/// Chromium's number for what a site may not do.
const BLOCKED: u8 = 2;

/// Starts a program and reads its output up to the line that says it is ready.
pub(crate) async fn start(
    program: &Path,
    arguments: &[&str],
    ready: &str,
) -> Done<(Child, String)> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let output = child.stdout.take().ok_or("no output")?;
    let mut lines = BufReader::new(output).lines();
    let found = tokio::time::timeout(PATIENCE, async {
        while let Some(line) = lines.next_line().await? {
            if line.contains(ready) {
                return Ok(line);
            }
        }
        Err(std::io::Error::other("it ended before it was ready"))
    });
    let line = found
        .await
        .map_err(|_| format!("{} is not ready", program.display()))??;
    Ok((child, line))
}
