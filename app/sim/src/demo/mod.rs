//! One application from the explainer card to the county and back, played on the real screens by itself.
//!
//! Every step is printed with its time and the bytes that had crossed the line by then. The line is cut once in the
//! middle of a page. The run fails unless the case read back from the county equals what was typed, and the page behind
//! the slip's code shows its stage and clock.

mod answers;

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{Datelike, NaiveDate};
use county::CaseView;
use image::ExtendedColorType;
use relief::{Action, Actor, AttachmentKind, Role, SlipNumber, Stage};

use self::answers::{ANSWERS, differences};
use crate::keys::Keys;
use crate::people::SIGNED_APPLICATION_JPEG;
use crate::screen_feed::png;
use crate::world::{LineSettings, Options, Way, World, slip_picture};

/// Longest wait for something to cross the line: the page's picture needs half a minute at 9600 bit/s.
const LINE_WAIT: Duration = Duration::from_secs(300);

/// The line stays cut until so many bytes were sent into nothing, so that there is something to send again.
const LOST_BEFORE_REPAIR: u64 = 500;

/// How often the demo looks whether something has happened.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How the demo runs.
#[derive(clap::Args)]
pub struct Arguments {
    /// Folder for the pictures and the county's ledger.
    #[arg(long)]
    out: PathBuf,
    /// Speed of the line, bit/s.
    #[arg(long, default_value_t = 9600)]
    line: u32,
    /// Keep the county's pages up when all is done, until Ctrl-C.
    #[arg(long)]
    stay: bool,
}

/// Plays the application; `county_address` is taken by the county's pages, or a free port if it is in use.
pub fn run(arguments: &Arguments, county_address: SocketAddr) -> Result<(), Box<dyn Error>> {
    let out = &arguments.out;
    fs::create_dir_all(out)?;
    for old in [
        "county.db",
        "county.db-wal",
        "county.db-shm",
        "kiosk/kiosk.db",
        "kiosk/kiosk.db-wal",
        "kiosk/kiosk.db-shm",
    ] {
        if out.join(old).exists() {
            fs::remove_file(out.join(old))?;
        }
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let county_address = match std::net::TcpListener::bind(county_address) {
        Ok(_) => county_address,
        Err(_) => SocketAddr::new(county_address.ip(), 0),
    };
    let options = Options {
        kiosk_dir: out.join("kiosk"),
        county_dir: out.clone(),
        county_address,
        rules_dir: None,
        bits_per_second: arguments.line,
        way: Way::Line,
        keys: Keys::random()?,
    };
    let started = Instant::now();
    let world = World::start(&options, runtime.handle())?;
    let mut play = Play {
        world: &world,
        out,
        started,
        step: 0,
    };
    let painted = play.until("the first picture", |world| world.screen().first_painted())?;
    play.say(&format!(
        "kiosk and county are up, first picture after {:.0} ms; county's pages at http://{}",
        painted.duration_since(started).as_secs_f64() * 1000.0,
        world.county_address()
    ));
    fs::write(out.join("form.png"), world.blank_form_png())?;

    play.read_the_card()?;
    play.answer_the_questions()?;
    play.hand_in_the_page()?;
    let slip_number = play.submit()?;
    play.cross_the_line(&slip_number)?;
    let case = play.read_back(&slip_number)?;
    play.accept(&case)?;
    play.follow_the_code(&slip_number)?;
    play.ask_at_the_kiosk()?;
    play.say(&format!(
        "all of it arrived; at most {} of memory was used",
        memory_peak().unwrap_or_default()
    ));
    if arguments.stay {
        play.say("the county's pages stay up until Ctrl-C");
        runtime.block_on(tokio::signal::ctrl_c())?;
    }
    Ok(())
}

/// The demo under way.
struct Play<'a> {
    world: &'a World,
    out: &'a Path,
    started: Instant,
    step: u32,
}

impl Play<'_> {
    fn say(&mut self, what: &str) {
        self.step += 1;
        let (up, down) = self.world.line_bytes();
        println!(
            "{:2}  {:6.2} s  line up {up:6} B  down {down:5} B  {what}",
            self.step,
            self.started.elapsed().as_secs_f64()
        );
    }

    /// Waits until the words are on the screen.
    fn see(&self, words: &str) -> Result<(), Box<dyn Error>> {
        self.world
            .see(words)
            .then_some(())
            .ok_or_else(|| self.missing(words))
    }

    /// Touches the control with this label as soon as it is there.
    fn touch(&self, label: &str) -> Result<(), Box<dyn Error>> {
        self.world
            .touch(label)
            .then_some(())
            .ok_or_else(|| self.missing(label))
    }

    fn missing(&self, wanted: &str) -> Box<dyn Error> {
        let labels = self.world.labels();
        format!("{wanted:?} did not come on the screen, which shows {labels:?}").into()
    }

    fn touch_each(&self, keys: &str) -> Result<(), Box<dyn Error>> {
        keys.chars()
            .try_for_each(|key| self.touch(&key.to_string()))
    }

    /// Writes a name by pinyin, one character after the other, as a finger would.
    fn write_name(&self, (name, pinyin): (&str, &str)) -> Result<(), Box<dyn Error>> {
        for (character, syllable) in name.chars().zip(pinyin.split(' ')) {
            self.touch_each(syllable)?;
            self.keep_screen("name")?;
            self.touch(&character.to_string())?;
        }
        Ok(())
    }

    fn keep_screen(&self, name: &str) -> Result<(), Box<dyn Error>> {
        let picture = self.world.snapshot().ok_or("the screen has ended")?;
        let bytes = png(
            picture.size.width,
            picture.size.height,
            &picture.rgb,
            ExtendedColorType::Rgb8,
        );
        Ok(fs::write(
            self.out.join(format!("screen-{name}.png")),
            bytes,
        )?)
    }

    /// Waits until `done` gives something.
    fn until<T>(
        &self,
        what: &str,
        mut done: impl FnMut(&World) -> Option<T>,
    ) -> Result<T, Box<dyn Error>> {
        let begun = Instant::now();
        while begun.elapsed() < LINE_WAIT {
            if let Some(found) = done(self.world) {
                return Ok(found);
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Err(format!("waited {} s for {what}", LINE_WAIT.as_secs()).into())
    }

    fn read_the_card(&mut self) -> Result<(), Box<dyn Error>> {
        self.see("社会救助自助服务")?;
        self.keep_screen("home")?;
        self.touch("看明白卡")?;
        self.touch("低保（最低生活保障）")?;
        self.touch("办理程序")?;
        self.keep_screen("card")?;
        self.touch("首页")?;
        self.say("read the explainer card of 低保");
        Ok(())
    }

    fn answer_the_questions(&mut self) -> Result<(), Box<dyn Error>> {
        self.touch("我要申请")?;
        self.touch("低保")?;
        self.touch("我知道了，继续")?;
        self.see("放身份证")?;
        self.keep_screen("identify")?;
        if !self.world.lay_card(Some(ANSWERS.card)) {
            return Err("the card does not fit the reader".into());
        }
        self.see("您的户口在哪个乡镇？")?;
        self.world.lay_card(None);
        self.say("the ID card was read over the reader's own protocol");
        self.touch(ANSWERS.township)?;
        self.touch_each(ANSWERS.phone)?;
        self.touch("确定")?;
        self.see("请核对您的信息")?;
        self.keep_screen("who")?;
        self.touch("对，下一步")?;
        self.touch("添加一位家人")?;
        self.touch(ANSWERS.member_relation)?;
        self.write_name(ANSWERS.member_name)?;
        self.touch("确定")?;
        self.touch_each(ANSWERS.member_number)?;
        self.touch("确定")?;
        self.touch("写完了，下一步")?;
        for reason in ANSWERS.reasons {
            self.touch(reason)?;
        }
        self.touch("下一步")?;
        self.touch("没有")?;
        self.touch("我同意授权核对")?;
        self.touch("我承诺所填属实")?;
        self.keep_screen("consents")?;
        self.touch("下一步")?;
        self.say("answered: household of two, reasons, no near relative among officials, consents");
        Ok(())
    }

    fn hand_in_the_page(&mut self) -> Result<(), Box<dyn Error>> {
        self.world.lay_photo(Some(SIGNED_APPLICATION_JPEG.to_vec()));
        self.touch("拍照")?;
        self.see("申请人签名")?;
        self.keep_screen("paper")?;
        self.say("the signed page was read from its photo");
        self.touch("就用这张，下一步")?;
        self.world.lay_photo(None);
        Ok(())
    }

    fn submit(&mut self) -> Result<SlipNumber, Box<dyn Error>> {
        self.see("都填对了吗？")?;
        self.keep_screen("review")?;
        self.touch("提交")?;
        self.see("已提交，尚未受理")?;
        self.see("回执打好了")?;
        self.keep_screen("slip")?;
        let slip = self.until("the slip", |world| world.slip(0))?;
        fs::write(self.out.join("slip.png"), slip_picture(&slip))?;
        let labels = self.world.labels();
        let number = labels
            .iter()
            .find_map(|label| label.parse::<SlipNumber>().ok());
        let number = number
            .ok_or_else(|| format!("no slip number on the screen, which shows {labels:?}"))?;
        self.say(&format!("submitted; slip {number} printed"));
        // The person goes; a slip left on the screen would be cleared away while the page still crosses the line.
        self.touch("完成")?;
        Ok(number)
    }

    /// The record arrives, then the page; the line is cut in the middle of it.
    fn cross_the_line(&mut self, number: &SlipNumber) -> Result<(), Box<dyn Error>> {
        let case = |world: &World| {
            world
                .with_county(|county| county.case_by_slip(*number).ok().flatten())
                .flatten()
        };
        let record = self.until("the record", case)?;
        self.say("the record is in the county's ledger");
        let arrived = |world: &World, kind| {
            case(world)
                .is_some_and(|case| {
                    case.papers
                        .iter()
                        .any(|paper| paper.attachment.kind == kind && paper.arrived)
                })
                .then_some(())
        };
        self.until("the page's ink", |world| {
            arrived(world, AttachmentKind::FORM_INK)
        })?;
        self.say("the ink of the signed page has followed it");

        let picture = record
            .papers
            .iter()
            .find(|paper| paper.attachment.kind == AttachmentKind::FORM_PICTURE);
        let picture_len = picture
            .ok_or("the record names no picture of the page")?
            .attachment
            .len;
        let (before, _) = self.world.line_bytes();
        let half = before + u64::from(picture_len) / 2;
        self.until("half of the page", |world| {
            (half < world.line_bytes().0).then_some(())
        })?;
        let settings = self.world.line();
        self.world.set_line(LineSettings {
            cut: true,
            ..settings
        })?;
        let (cut_at, _) = self.world.line_bytes();
        self.say("the line is cut in the middle of the page");
        self.until("bytes that go nowhere", |world| {
            (LOST_BEFORE_REPAIR < world.lost_bytes()).then_some(())
        })?;
        if arrived(self.world, AttachmentKind::FORM_PICTURE).is_some() {
            return Err("the page had arrived before the line was cut".into());
        }
        self.world.set_line(LineSettings {
            cut: false,
            ..settings
        })?;
        self.say("the line is back");
        self.until("the page", |world| {
            arrived(world, AttachmentKind::FORM_PICTURE)
        })?;
        let (after, _) = self.world.line_bytes();
        self.say(&format!(
            "the page is whole: of {picture_len} B, {} B had crossed before the cut and {} B after it",
            cut_at - before,
            after - cut_at,
        ));
        self.until("the acknowledgement", |world| {
            (world.waiting_objects() == 0).then_some(())
        })?;
        self.say("the county's signed acknowledgement has emptied the outbox");
        Ok(())
    }

    /// Compares the case in the county with what was typed.
    fn read_back(&mut self, number: &SlipNumber) -> Result<CaseView, Box<dyn Error>> {
        let found = self
            .world
            .with_county(|county| county.case_by_slip(*number))
            .ok_or("the county is off")??;
        let case = found.ok_or("the county has no such case")?;
        let differences = differences(&case.application, self.world)?;
        if !differences.is_empty() {
            return Err(format!(
                "the county's case differs from what was typed in: {}",
                differences.join(", ")
            )
            .into());
        }
        self.say("read back from the county: every answer equals what was typed");
        Ok(case)
    }

    fn accept(&mut self, case: &CaseView) -> Result<(), Box<dyn Error>> {
        let officer = Actor {
            role: Role::Township,
            name: "示例经办人".to_owned(),
        };
        let stage = self
            .world
            .with_county(|county| county.act(case.id, Action::Accept, officer, ""))
            .ok_or("the county is off")??;
        if stage != Stage::Accepted {
            return Err(format!("after acceptance the case stands at {stage:?}").into());
        }
        self.say("the township has accepted the case; its clock runs");
        Ok(())
    }

    /// Reads the code from the printed slip's picture and opens what it says.
    fn follow_the_code(&mut self, number: &SlipNumber) -> Result<(), Box<dyn Error>> {
        let slip = image::open(self.out.join("slip.png"))?.into_luma8();
        let (width, height) = (slip.width() as usize, slip.height() as usize);
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
            slip.get_pixel(x as u32, y as u32).0[0]
        });
        let codes = picture.detect_grids();
        let code = codes.first().ok_or("no code on the slip")?;
        let (_, url) = code
            .decode()
            .map_err(|error| format!("the slip's code does not read: {error}"))?;
        let answer = reqwest::blocking::get(&url)?.error_for_status()?.text()?;
        fs::write(self.out.join("status.html"), &answer)?;

        let case = self
            .world
            .with_county(|county| county.case_by_slip(*number))
            .ok_or("the county is off")??
            .ok_or("the county has no such case")?;
        let dates: Vec<NaiveDate> = case
            .clocks
            .iter()
            .filter_map(|clock| Some(clock.due.last_day()?.date))
            .collect();
        let first = dates
            .first()
            .ok_or("the accepted case has no clock with a date")?;
        let due = format!("{}年{}月{}日", first.year(), first.month(), first.day());
        for words in [Stage::Accepted.title(), &number.to_string(), &due] {
            if !answer.contains(words) {
                return Err(format!("the page behind {url} lacks {words:?}").into());
            }
        }
        self.say(&format!(
            "the slip's code opens {}… : {}, due {due}",
            &url[..url.len().min(40)],
            Stage::Accepted.title()
        ));
        Ok(())
    }

    fn ask_at_the_kiosk(&mut self) -> Result<(), Box<dyn Error>> {
        self.world
            .lay_photo(Some(fs::read(self.out.join("slip.png"))?));
        self.until("the news for the kiosk", |world| {
            world.kiosk_knows(Stage::Accepted).then_some(())
        })?;
        self.touch("查进度")?;
        self.touch("放好了，请读取")?;
        self.see(Stage::Accepted.title())?;
        self.keep_screen("status")?;
        self.world.lay_photo(None);
        self.say("the kiosk, asked with the slip, shows the same stage");
        Ok(())
    }
}

/// The most memory that this process has had, as the system counts it.
fn memory_peak() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .map(|size| size.trim().to_owned())
}
