//! The browser test: a headless Chromium opens the simulator's page, applies by touching the canvas, sees the slip come
//! out, and follows its code to the county's status page.
//!
//! Touches are real pointer events on the canvas; the page is only asked where a control is. Needs `chromium` and
//! `chromedriver`, which `tests/run` installs.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use image::GrayImage;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Longest wait for one thing on a page.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Parser)]
struct Arguments {
    /// The simulator's program.
    #[arg(long)]
    simulator: PathBuf,
    /// Folder for screenshots.
    #[arg(long)]
    out: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(()) => {
            println!(
                "browser: applied on the canvas, slip printed, accepted by staff, clock on the status page"
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("browser: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(&arguments.out)?;
    let simulator = ["--port", "0", "--county-port", "0"];
    let (_simulator, line) = start(&arguments.simulator, &simulator, "open http://").await?;
    let address = line
        .split_whitespace()
        .find(|word| word.starts_with("http://"))
        .ok_or("no address")?
        .to_owned();
    let (_driver, line) = start(
        Path::new("chromedriver"),
        &["--port=0"],
        "started successfully on port",
    )
    .await?;
    let port = line
        .trim_end_matches('.')
        .rsplit(' ')
        .next()
        .ok_or("no port")?
        .to_owned();

    let mut builder = ClientBuilder::new(HttpConnector::new());
    let client = builder
        .capabilities(capabilities()?)
        .connect(&format!("http://127.0.0.1:{port}"))
        .await?;
    let told = story(&client, &address, &arguments.out).await;
    if told.is_err() {
        // What the browser showed last helps whoever reads the failure.
        if let Ok(picture) = client.screenshot().await {
            fs::write(arguments.out.join("failure.png"), picture)?;
        }
    }
    client.close().await?;
    told
}

/// Starts a program and reads its output up to the line that says it is ready.
async fn start(
    program: &Path,
    arguments: &[&str],
    ready: &str,
) -> Result<(Child, String), Box<dyn Error>> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
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

fn capabilities() -> Result<Capabilities, serde_json::Error> {
    // A browser in a container runs as root, and looks nothing up elsewhere.
    let arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1500,1100",
    ];
    serde_json::from_value(json!({ "goog:chromeOptions": { "args": arguments } }))
}

async fn story(client: &Client, address: &str, out: &Path) -> Result<(), Box<dyn Error>> {
    client.goto(address).await?;
    let painted = client.wait().at_most(PATIENCE);
    let canvas = painted
        .for_element(Locator::Css("#screen[data-frames]"))
        .await?;
    let page = Page { client, canvas };
    keep(client, out, "simulator").await?;

    page.touch("我要申请").await?;
    page.touch("低保").await?;
    page.touch("我知道了，继续").await?;
    page.see("放身份证").await?;
    client
        .wait()
        .at_most(PATIENCE)
        .for_element(Locator::Css("button.idcard:nth-of-type(3)"))
        .await?
        .click()
        .await?;
    page.touch("色头镇").await?;
    page.touch("没有电话").await?;
    page.touch("对，下一步").await?;
    page.touch("只有我一人，下一步").await?;
    page.touch("家里有人生病").await?;
    page.touch("下一步").await?;
    page.touch("有").await?;
    for key in ["l", "i", "李"] {
        page.touch(key).await?;
    }
    page.touch("确定").await?;
    page.touch("兄弟姐妹").await?;
    page.touch("我同意授权核对").await?;
    page.touch("我承诺所填属实").await?;
    page.touch("下一步").await?;
    client
        .find(Locator::Css("#tray-sample"))
        .await?
        .click()
        .await?;
    page.touch("拍照").await?;
    page.touch("就用这张，下一步").await?;
    page.touch("提交").await?;
    page.see("已提交，尚未受理").await?;
    keep(client, out, "submitted").await?;

    let slip = client
        .wait()
        .at_most(PATIENCE)
        .for_element(Locator::Css("#slips img"))
        .await?;
    let source = slip.prop("src").await?.ok_or("the slip has no picture")?;
    let url = code_of(&page.fetch(&source).await?)?;
    page.see("回执打好了").await?;
    keep(client, out, "slip").await?;

    let staff_password = client
        .find(Locator::Css("#staff-password"))
        .await?
        .text()
        .await?;
    let staff_pages = client
        .find(Locator::Css("#staff-link"))
        .await?
        .prop("href")
        .await?
        .ok_or("no staff link")?;
    status_page(
        client,
        &url,
        &["县里已收到，尚未受理", "受理以后开始计算办理时限"],
    )
    .await?;
    keep(client, out, "status-received").await?;

    client.goto(&staff_pages).await?;
    client
        .find(Locator::Css("input[name=name]"))
        .await?
        .send_keys("色头镇经办")
        .await?;
    client
        .find(Locator::Css("input[name=password]"))
        .await?
        .send_keys(&staff_password)
        .await?;
    client
        .find(Locator::Css("form button"))
        .await?
        .click()
        .await?;
    let case = client
        .wait()
        .at_most(PATIENCE)
        .for_element(Locator::Css("a[href^='/staff/cases/']"))
        .await?;
    keep(client, out, "staff-list").await?;
    case.click().await?;
    let accept = Locator::Css("form:has(input[name=action][value='5']) button");
    let accept = client.wait().at_most(PATIENCE).for_element(accept).await?;
    keep(client, out, "staff-case").await?;
    accept.click().await?;
    // Whoever leaves a page before it has answered may take the request back.
    let accepted = Locator::XPath("//strong[text()='已受理']");
    client
        .wait()
        .at_most(PATIENCE)
        .for_element(accepted)
        .await?;
    status_page(client, &url, &["已受理", "还剩3个工作日", "第15条"]).await?;
    keep(client, out, "status-accepted").await?;
    Ok(())
}

/// Opens the status page behind a slip, again and again as a resident would, until it says all of `words`.
async fn status_page(client: &Client, url: &str, words: &[&str]) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    loop {
        client.goto(url).await?;
        let text = client.find(Locator::Css("body")).await?.text().await?;
        if words.iter().all(|words| text.contains(words)) {
            return Ok(());
        }
        if PATIENCE < begun.elapsed() {
            return Err(format!("the status page lacks {words:?} and says {text:?}").into());
        }
    }
}

/// The simulator's page in the browser.
struct Page<'a> {
    client: &'a Client,
    canvas: Element,
}

impl Page<'_> {
    /// Where a `control` by its label or a `text` by its words is, in the screen's pixels, once it is there.
    async fn find(&self, kind: &str, wanted: &str) -> Result<Value, Box<dyn Error>> {
        let script = "const [kind, wanted, done] = arguments;
            fetch('/api/find?' + kind + '=' + encodeURIComponent(wanted))
                .then((answer) => answer.ok ? answer.json() : null).then(done, () => done(null));";
        let place = self
            .client
            .execute_async(script, vec![json!(kind), json!(wanted)])
            .await?;
        if place.is_null() {
            return Err(format!("{wanted:?} did not come on the screen").into());
        }
        Ok(place)
    }

    async fn see(&self, words: &str) -> Result<(), Box<dyn Error>> {
        self.find("text", words).await.map(drop)
    }

    /// Touches the middle of a control with a real pointer.
    async fn touch(&self, label: &str) -> Result<(), Box<dyn Error>> {
        let place = self.find("control", label).await?;
        let number = |name: &str| {
            place[name]
                .as_f64()
                .ok_or_else(|| format!("no {name} in {place}"))
        };
        let (x, y) = (
            number("x")? + number("width")? / 2.0,
            number("y")? + number("height")? / 2.0,
        );
        let script = "const [canvas, x, y] = arguments;
            const area = canvas.getBoundingClientRect();
            return [area.left + x * area.width / canvas.width, area.top + y * area.height / canvas.height];";
        let canvas = serde_json::to_value(&self.canvas)?;
        let at = self
            .client
            .execute(script, vec![canvas, json!(x), json!(y)])
            .await?;
        let (x, y) = (at[0].as_f64().ok_or("no x")?, at[1].as_f64().ok_or("no y")?);
        let hand = MouseActions::new("finger".to_owned())
            .then(PointerAction::MoveTo {
                duration: None,
                x,
                y,
            })
            .then(PointerAction::Down {
                button: MOUSE_BUTTON_LEFT,
            })
            .then(PointerAction::Up {
                button: MOUSE_BUTTON_LEFT,
            });
        self.client.perform_actions(hand).await?;
        Ok(())
    }

    /// The bytes behind an address of the page.
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, Box<dyn Error>> {
        let script = "const [url, done] = arguments;
            fetch(url).then((answer) => answer.arrayBuffer())
                .then((bytes) => done(Array.from(new Uint8Array(bytes))), () => done(null));";
        let bytes = self.client.execute_async(script, vec![json!(url)]).await?;
        Ok(serde_json::from_value(bytes)?)
    }
}

/// What the code in a picture of a slip says.
fn code_of(picture: &[u8]) -> Result<String, Box<dyn Error>> {
    let slip: GrayImage = image::load_from_memory(picture)?.into_luma8();
    Ok(paper::find_code(&slip).ok_or("no code on the slip")?)
}

async fn keep(client: &Client, out: &Path, name: &str) -> Result<(), Box<dyn Error>> {
    Ok(fs::write(
        out.join(format!("{name}.png")),
        client.screenshot().await?,
    )?)
}
