//! `county year`: plays an invented county's year, 2024, with all the dates of the notice, and draws its tables.
//!
//! Eleven townships, 300 villages and 9,000 households; people have invented names and numbers of no living person. What
//! happens is drawn from the seed; what the rules refuse does not happen. Each table of each fortnight is drawn and held
//! against a recount from the raw events by other code.

mod people;
mod story;
mod supports;

use std::{
    collections::BTreeMap,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use chrono::{Datelike, NaiveDate};
use clap::Args;
use county::{
    Clock, County, CountyConfig, UnixMs, keys,
    spreadsheet::{self, IdNumbers},
};
use relief::{
    CountyEvent, Registers, Rulebook,
    table::{Scope, draft, draw, recount::recount},
};

use story::Story;
use supports::Supports;

#[derive(Args)]
pub(crate) struct YearArguments {
    /// Another seed, another year.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write to: the ledger, the tables of each fortnight, a summary. It is made, and must not be there.
    #[arg(long)]
    out: PathBuf,
    /// How many households; fewer for a quick look.
    #[arg(long, default_value_t = 9000)]
    households: usize,
}

/// A clock that the year moves.
#[derive(Clone)]
struct Played(Arc<AtomicI64>);

impl Clock for Played {
    fn now(&self) -> UnixMs {
        UnixMs(self.0.load(Ordering::SeqCst))
    }
}

/// Noon in China.
fn noon_ms(day: NaiveDate) -> i64 {
    day.and_hms_opt(4, 0, 0)
        .map_or(0, |noon| noon.and_utc().timestamp_millis())
}

/// Plays the year.
///
/// # Errors
///
/// If the folder cannot be written, or a figure comes out otherwise when it is counted again.
pub(crate) fn run(arguments: &YearArguments) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let out = &arguments.out;
    fs::create_dir(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let key_dir = out.join("keys");
    keys::make(&key_dir, envelope::Suite::X25519)?;
    let clock = Played(Arc::new(AtomicI64::new(0)));
    let config = CountyConfig {
        county_code: 140_428,
        bureau: String::new(),
        data_dir: out.clone(),
        postgres: None,
        bucket: None,
        rules_dir: None,
        vfs: None,
        public_url: "http://127.0.0.1".to_owned(),
    };
    let first = NaiveDate::from_ymd_opt(2023, 12, 18).unwrap_or_default();
    clock.0.store(noon_ms(first), Ordering::SeqCst);
    let county = County::open(
        config,
        keys::read_secret(&key_dir.join(keys::COUNTY_SECRET_FILE))?,
        clock.clone(),
    )?;
    let book = Rulebook::builtin();
    let mut story = Story::new(arguments.seed, arguments.households, &county, &book);
    let mut events: Vec<CountyEvent> = Vec::new();
    let mut told = Told::default();
    let mut reported = first;
    for day in first.iter_days().take_while(|day| day.year() < 2025) {
        clock.0.store(noon_ms(day), Ordering::SeqCst);
        let happened = story.day(day, &events);
        county.take_over(&happened)?;
        events.extend(happened);
        if matches!(day.day(), 14 | 29) {
            if day.year() == 2024 {
                let scope = Scope {
                    from: reported.succ_opt().unwrap_or(day),
                    to: day,
                    township: None,
                };
                tables(&events, &book, &scope, out, &mut told)?;
            }
            reported = day;
        }
    }
    let in_ledger = county.county_events(|kept| kept == events.as_slice())?;
    let supports = Supports::told(story.supports.values());
    let recounted = Supports::recounted(story.supports.values(), &book.calendar);
    if supports != recounted {
        told.mismatches += 1;
        eprintln!("county: {supports:?} is {recounted:?} when it is counted again");
    }
    let summary = told.summary(&events, story.refused, in_ledger, supports);
    print!("{summary}");
    fs::write(out.join("summary.txt"), &summary)?;
    println!("played in {} s", started.elapsed().as_secs());
    if told.mismatches != 0 || !in_ledger {
        return Err("figures and recount differ, or the ledger holds something else".into());
    }
    Ok(())
}

/// What the tables came to.
#[derive(Default)]
struct Told {
    tables: usize,
    figures: usize,
    mismatches: usize,
    /// Checks that do not hold, by their titles.
    broken: BTreeMap<String, usize>,
    last_draft: String,
}

/// Draws every table of the time since the last report, as it is known on the day of this one, and counts it again.
fn tables(
    events: &[CountyEvent],
    book: &Rulebook,
    scope: &Scope,
    out: &Path,
    told: &mut Told,
) -> Result<(), Box<dyn Error>> {
    let day = scope.to;
    let registers = Registers::known_on(events, book, day);
    let dir = out.join("tables").join(day.to_string());
    fs::create_dir_all(&dir)?;
    for definition in book.tables.all() {
        let drawn = draw(definition, scope, &registers);
        told.tables += 1;
        for broken in &drawn.broken {
            *told.broken.entry(broken.title.clone()).or_default() += 1;
        }
        told.figures += drawn
            .rows
            .iter()
            .chain([&drawn.total])
            .flat_map(|row| {
                definition
                    .rows
                    .figures()
                    .iter()
                    .filter_map(|name| row.get(name))
            })
            .filter(|figure| figure.value.adds_up())
            .count();
        for mismatch in recount(&drawn, events, book) {
            told.mismatches += 1;
            eprintln!("county: {day}: {mismatch:?}");
        }
        let name = format!("{}.csv", definition.id);
        fs::write(
            dir.join(name),
            spreadsheet::csv(&drawn, "全县", IdNumbers::Masked),
        )?;
    }
    let draft = draft(scope, &registers);
    let mut words = String::new();
    for (heading, sentences) in &draft.sections {
        writeln!(words, "{heading}")?;
        for sentence in sentences {
            writeln!(words, "  {}", sentence.words)?;
        }
    }
    fs::write(dir.join("report.txt"), &words)?;
    told.last_draft = words;
    Ok(())
}

impl Told {
    fn summary(
        &self,
        events: &[CountyEvent],
        refused: usize,
        in_ledger: bool,
        supports: Supports,
    ) -> String {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for event in events {
            *kinds.entry(event.fact.title()).or_default() += 1;
        }
        let mut words = format!(
            "{} events, {refused} refused by the rules; the ledger holds the same: {in_ledger}\n\
             {} tables, {} figures, {} differ from the recount, {} checks among figures do not hold\n\
             {supports}\n",
            events.len(),
            self.tables,
            self.figures,
            self.mismatches,
            self.broken.values().sum::<usize>(),
        );
        for (title, number) in &self.broken {
            words += &format!("{number:7} do not hold: {title}\n");
        }
        for (kind, number) in kinds {
            words += &format!("{number:7} {kind}\n");
        }
        words + &self.last_draft
    }
}
