//! Holds a county's rule files against each other and against the calendar, and says in plain words what is wrong with
//! them, what looks wrong, and what nobody has confirmed.

mod dates;
mod divisions;
mod wording;

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use crate::card::CardError;
use crate::clock::{Clock, Confidence, SetBy, Subject};
use crate::rulebook::{BUILTIN, Rulebook};
use crate::settings::SettingKey;

use dates::Span;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The rules cannot be worked by.
    Error,
    /// They can, but somebody should look.
    Doubt,
    /// Nobody has confirmed it, or it is not known yet.
    Open,
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// The file.
    pub file: String,
    /// What it is and what to do, in plain Chinese.
    pub words: String,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Edition of the rules, without the files that are refused.
    pub edition: String,
    /// The years whose holidays are published.
    pub published_years: Vec<i32>,
    /// What the county's files change, a sentence each.
    pub changes: Vec<String>,
    /// What was found, the heaviest first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether the rules can be worked by.
    #[must_use]
    pub fn usable(&self) -> bool {
        self.of(Weight::Error).next().is_none()
    }

    /// The findings of this weight.
    pub fn of(&self, weight: Weight) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(move |finding| finding.weight == weight)
    }
}

/// Checks the rules that these files, by their names in a county's folder, make with the built-in ones, as of `today`.
///
/// A file that is refused is named with the first thing that is wrong with it, and the others are checked without it.
#[must_use]
pub fn check(files: &BTreeMap<String, String>, today: NaiveDate) -> Report {
    let mut findings = Findings::default();
    let known = Rulebook::builtin().file_names();
    let mut sound = BTreeMap::new();
    for (name, text) in files {
        if !known.contains(name) {
            let words = "不认识这个文件，不会用它。看看名字写对没有。";
            findings.add(Weight::Doubt, name, words.to_owned());
            continue;
        }
        let alone = BTreeMap::from([(name.clone(), text.clone())]);
        match Rulebook::builtin().with_files(&alone) {
            Ok(_) => drop(sound.insert(name.clone(), text.clone())),
            Err(error) => findings.add(Weight::Error, name, wording::refused(&error, text)),
        }
    }
    let book = Rulebook::builtin()
        .with_files(&sound)
        .unwrap_or_else(|error| {
            // Each file holds alone, so that only two together can be at fault.
            let words = wording::refused(&error, "");
            findings.add(Weight::Error, "", words);
            Rulebook::builtin()
        });
    check_schemes(&book, &mut findings);
    check_clocks(&book, &mut findings);
    check_duties(&book, &mut findings);
    check_settings(&book, &mut findings);
    check_holidays(&book, today, &mut findings);
    check_cards(&book, today, &mut findings);
    check_local(&book, &mut findings);
    divisions::check(&book.codes, today, &mut findings);
    findings.0.sort_by_key(|finding| finding.weight);
    Report {
        edition: book.edition().to_owned(),
        published_years: book.calendar.published_years().collect(),
        changes: changes(&book),
        findings: findings.0,
    }
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, weight: Weight, file: &str, words: String) {
        let finding = Finding {
            weight,
            file: file.to_owned(),
            words,
        };
        if !self.0.contains(&finding) {
            self.0.push(finding);
        }
    }
}

fn check_schemes(book: &Rulebook, findings: &mut Findings) {
    for scheme in Rulebook::builtin().schemes.all() {
        if book.schemes.get(scheme.id).is_none() {
            let words = format!(
                "少了第{}号“{}”。以前收的申请还用着这个号，不办了也要留着。",
                scheme.id, scheme.title
            );
            findings.add(Weight::Doubt, "schemes.toml", words);
        }
    }
}

fn check_clocks(book: &Rulebook, findings: &mut Findings) {
    const FILE: &str = "clocks.toml";
    let clocks = book.clocks.clocks();
    for clock in clocks {
        for scheme in &clock.schemes {
            if book.schemes.get(*scheme).is_none() {
                let words = format!("时限 {}：没有第{scheme}号救助类别。", clock.id);
                findings.add(Weight::Error, FILE, words);
            }
        }
        if clock.set_by == SetBy::County && clock.effective.is_none() {
            let words = format!(
                "时限 {}：没有写从哪天起（effective），会当作一直这样。写上文件施行的日子。",
                clock.id
            );
            findings.add(Weight::Doubt, FILE, words);
        }
        match clock.confidence {
            Confidence::Verified => {}
            Confidence::Secondary => {
                let words = format!(
                    "时限 {}“{}”：天数只在外地材料里见过，待确认。",
                    clock.id, clock.title
                );
                findings.add(Weight::Open, FILE, words);
            }
            Confidence::NotFound => {
                let words = format!(
                    "时限 {}“{}”：没有查到规定，现在告诉群众“{}”。",
                    clock.id,
                    clock.title,
                    wording::limit(clock.limit)
                );
                findings.add(Weight::Open, FILE, words);
            }
        }
    }
    let keys = clocks.iter().flat_map(|clock| {
        let keys: Vec<_> = match clock.subject {
            Subject::Complaint => vec![None],
            Subject::Case => clock.schemes.iter().copied().map(Some).collect(),
        };
        keys.into_iter()
            .map(move |scheme| (clock_key(clock), scheme))
    });
    for (key, scheme) in unique(keys) {
        let of_key = clocks.iter().filter(|clock| {
            clock_key(clock) == key && scheme.is_none_or(|scheme| clock.schemes.contains(&scheme))
        });
        let spans = of_key.map(|clock| Span {
            name: format!("时限 {}", clock.id),
            first: clock.effective,
            last: clock.until,
        });
        let rest = match key.3 {
            SetBy::County => "没写到的日子按国家的",
            SetBy::National => "没写到的日子就没有规定",
        };
        dates::check(FILE, rest, spans.collect(), findings);
    }
}

fn clock_key(clock: &Clock) -> (Subject, crate::clock::Step, crate::clock::Condition, SetBy) {
    (clock.subject, clock.step, clock.condition, clock.set_by)
}

fn check_duties(book: &Rulebook, findings: &mut Findings) {
    const FILE: &str = "duties.toml";
    for duty in book.duties.all() {
        for scheme in &duty.schemes {
            if book.schemes.get(*scheme).is_none() {
                let words = format!("任务 {}：没有第{scheme}号救助类别。", duty.id);
                findings.add(Weight::Error, FILE, words);
            }
        }
    }
    let ids = book
        .duties
        .all()
        .iter()
        .map(|duty| (duty.id.clone(), duty.set_by));
    for (id, set_by) in unique(ids) {
        let of_id = book
            .duties
            .all()
            .iter()
            .filter(|duty| duty.id == id && duty.set_by == set_by);
        let spans = of_id.map(|duty| Span {
            name: format!("任务 {id}"),
            first: duty.effective,
            last: duty.until,
        });
        dates::check(FILE, "没写到的日子不用报", spans.collect(), findings);
    }
}

fn check_settings(book: &Rulebook, findings: &mut Findings) {
    const FILE: &str = "settings.toml";
    for key in SettingKey::ALL {
        let answers: Vec<_> = book
            .settings
            .all()
            .iter()
            .filter(|setting| setting.key == key)
            .collect();
        for set_by in [SetBy::National, SetBy::County] {
            let schemes = answers
                .iter()
                .filter(|setting| setting.set_by == set_by)
                .map(|setting| setting.schemes.clone());
            for schemes in unique(schemes) {
                let spans = answers
                    .iter()
                    .filter(|setting| setting.set_by == set_by && setting.schemes == schemes)
                    .map(|setting| Span {
                        name: format!("“{}”", setting.value),
                        first: setting.effective,
                        last: setting.until,
                    });
                dates::check(FILE, "没写到的日子按默认的", spans.collect(), findings);
            }
        }
        let default = answers
            .iter()
            .find(|setting| setting.set_by == SetBy::National);
        if let Some(default) = default
            && answers.len() == 1
        {
            let words = format!(
                "{}：现在按“{}”。{}",
                default.question,
                wording::answer(key, &default.value),
                default.why
            );
            findings.add(Weight::Open, FILE, words);
        }
    }
}

fn check_holidays(book: &Rulebook, today: NaiveDate, findings: &mut Findings) {
    const FILE: &str = "holidays.json";
    let years: Vec<i32> = book.calendar.published_years().collect();
    let (Some(first), Some(last)) = (years.first().copied(), years.last().copied()) else {
        findings.add(Weight::Error, FILE, "一年的放假安排都没有。".to_owned());
        return;
    };
    for year in first..last {
        if !years.contains(&year) {
            let words =
                format!("少了{year}年的放假安排，那一年的日子都算不准（只能先估）。补上这一年。");
            findings.add(Weight::Doubt, FILE, words);
        }
    }
    let this_year = today.year();
    if last < this_year {
        let words = format!(
            "没有{this_year}年的放假安排，今年算出来的日子都只能先估。国务院办公厅的通知早已公布，补上。"
        );
        findings.add(Weight::Doubt, FILE, words);
    } else if last == this_year {
        let words = format!(
            "{}年的放假安排还没有。算到那一年的日子都是暂定的，会写明；公布后放进来，暂定的自动算准。",
            this_year + 1
        );
        findings.add(Weight::Open, FILE, words);
    }
    for year in years {
        let new_year = NaiveDate::from_ymd_opt(year, 1, 1);
        if new_year.is_some_and(|day| book.calendar.is_working_day(day).working) {
            let words = format!("{year}年1月1日没有列为放假。看看这一年抄全没有。");
            findings.add(Weight::Doubt, FILE, words);
        }
    }
}

fn check_cards(book: &Rulebook, today: NaiveDate, findings: &mut Findings) {
    for card in &book.cards {
        let file = format!("cards/{}.toml", card.key);
        match card.agrees_with(&book.clocks, today) {
            Ok(()) => {}
            Err(CardError::UnknownClock { clock, .. }) => {
                let words = format!("明白卡提到时限 {clock}，今天没有这条时限。");
                findings.add(Weight::Doubt, &file, words);
            }
            Err(CardError::OtherNumber {
                clock, expected, ..
            }) => {
                let words = format!(
                    "明白卡上的天数和时限 {clock} 不一样，应该写“{expected}”。时限改了，卡也要改。"
                );
                findings.add(Weight::Doubt, &file, words);
            }
            Err(error) => findings.add(Weight::Error, &file, error.to_string()),
        }
    }
}

fn check_local(book: &Rulebook, findings: &mut Findings) {
    const FILE: &str = "local.toml";
    let local = &book.local;
    if local.hotline.is_none() {
        let words = "没有填救助热线，群众看不到电话。";
        findings.add(Weight::Open, FILE, words.to_owned());
    }
    if local.amounts.is_empty() {
        let words = "没有填标准（金额），卡上不显示钱数。";
        findings.add(Weight::Open, FILE, words.to_owned());
    }
    for (index, amount) in local.amounts.iter().enumerate() {
        let (scheme, class) = (amount.scheme, &amount.class);
        if book.schemes.get(scheme).is_none() {
            let words = format!("标准“{class}”：没有第{scheme}号救助类别。");
            findings.add(Weight::Error, FILE, words);
        }
        let twice = local.amounts[..index].iter().any(|other| {
            (other.scheme, &other.class, other.valid_from) == (scheme, class, amount.valid_from)
        });
        if twice {
            let words = format!(
                "第{scheme}号“{class}”从{}起写了两个标准，分不清用哪个。",
                amount.valid_from
            );
            findings.add(Weight::Error, FILE, words);
        }
    }
}

/// What the county's files change, in the order of clocks, settings and duties.
fn changes(book: &Rulebook) -> Vec<String> {
    let county_clocks = book
        .clocks
        .clocks()
        .iter()
        .filter(|clock| clock.set_by == SetBy::County)
        .map(|clock| wording::clock_change(clock, book));
    let county_settings = book
        .settings
        .all()
        .iter()
        .filter(|setting| setting.set_by == SetBy::County)
        .map(|setting| wording::setting_change(setting, &book.settings));
    let county_duties = book
        .duties
        .all()
        .iter()
        .filter(|duty| duty.set_by == SetBy::County)
        .map(wording::duty_change);
    let whole_files = BUILTIN
        .iter()
        .filter(|(name, _)| {
            let laid_over = ["clocks.toml", "settings.toml", "duties.toml"].contains(name);
            !laid_over && book.texts().contains_key(*name)
        })
        .map(|(name, _)| match *name {
            "holidays.json" => format!("{name}：县里的年份代替自带的同一年。"),
            _ => format!("{name}：用县里的，不用自带的。"),
        });
    county_clocks
        .chain(county_settings)
        .chain(county_duties)
        .chain(whole_files)
        .collect()
}

fn unique<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut unique = Vec::new();
    for item in items {
        if !unique.contains(&item) {
            unique.push(item);
        }
    }
    unique
}

#[cfg(test)]
mod tests;
