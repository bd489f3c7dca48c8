//! What the program does with the registers: tables as files, a bank's pay list taken in.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use county::{
    Clock as _, County, SystemClock,
    list_files::{ListFile, PayListScope, PeopleListScope},
    spreadsheet::{self, IdNumbers},
};
use relief::{
    Actor, Month, Role, china_date,
    household::SupportClass,
    special_group::SpecialGroup,
    table::{Scope, draft, draw},
};

use crate::rules_check;

#[derive(Args)]
pub(crate) struct TableArguments {
    /// Which: 1, 2, 2b, 3, 4, 5, 6, or `report` for the draft of a progress report.
    id: String,
    /// First day of the time that it reports.
    #[arg(long, value_parser = rules_check::day)]
    from: NaiveDate,
    /// Last day of it.
    #[arg(long, value_parser = rules_check::day)]
    to: NaiveDate,
    /// Code of one township; without it all of the county.
    #[arg(long)]
    township: Option<String>,
    /// As it was known at the end of this day; without it the last day that it reports. What was stated later shows in a
    /// table of a later day only.
    #[arg(long, value_parser = rules_check::day)]
    known_on: Option<NaiveDate>,
    /// Writes a workbook.
    #[arg(long)]
    xlsx: Option<PathBuf>,
    /// Writes a PDF to be signed and stamped.
    #[arg(long)]
    pdf: Option<PathBuf>,
    /// Writes text with commas; without any of the three it goes to standard output.
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Writes identity numbers whole.
    #[arg(long)]
    whole_id_numbers: bool,
    /// Settings file.
    #[arg(long)]
    pub(crate) config: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Class {
    DibaoUrban,
    DibaoRural,
    TekunScattered,
    TekunCollective,
}

impl From<Class> for SupportClass {
    fn from(class: Class) -> Self {
        match class {
            Class::DibaoUrban => Self::DibaoUrban,
            Class::DibaoRural => Self::DibaoRural,
            Class::TekunScattered => Self::TekunScattered,
            Class::TekunCollective => Self::TekunCollective,
        }
    }
}

#[derive(Args)]
pub(crate) struct PayListArguments {
    /// The bank's file, .xlsx or .csv.
    file: PathBuf,
    /// What kind of money it is.
    #[arg(long, value_enum)]
    class: Class,
    /// The first month that it is for, such as 2026-04.
    #[arg(long)]
    from: Month,
    /// The last month; without it the first alone.
    #[arg(long)]
    to: Option<Month>,
    /// The day of lines that name none; without it today.
    #[arg(long, value_parser = rules_check::day)]
    paid_on: Option<NaiveDate>,
    /// Who takes it in.
    #[arg(long)]
    officer: String,
    /// Settings file.
    #[arg(long)]
    pub(crate) config: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Group {
    Died,
    Imprisoned,
    Detained,
    NewlyDisabled,
    NewlyMonitored,
}

impl From<Group> for SpecialGroup {
    fn from(group: Group) -> Self {
        match group {
            Group::Died => Self::Died,
            Group::Imprisoned => Self::Imprisoned,
            Group::Detained => Self::Detained,
            Group::NewlyDisabled => Self::NewlyDisabled,
            Group::NewlyMonitored => Self::NewlyMonitored,
        }
    }
}

#[derive(Args)]
pub(crate) struct PeopleListArguments {
    /// The other office's file, .xlsx or .csv, with names, identity numbers and days, and of disabled people the kind and
    /// level.
    file: PathBuf,
    /// What the people on it are.
    #[arg(long, value_enum)]
    group: Group,
    /// Code of the township of those who are in no household of the roster.
    #[arg(long)]
    township: Option<String>,
    /// Who takes it in.
    #[arg(long)]
    officer: String,
    /// Settings file.
    #[arg(long)]
    pub(crate) config: PathBuf,
}

/// Matches another office's list with the roster, and says of which rows something is to be done.
pub(crate) fn people_list(
    county: &County,
    arguments: &PeopleListArguments,
) -> Result<(), Box<dyn Error>> {
    let scope = PeopleListScope {
        group: arguments.group.into(),
        township: arguments.township.clone(),
    };
    let (file, officer) = (read(&arguments.file)?, officer(&arguments.officer));
    let entered = county.enter_people_list(officer, &file, &scope)?;
    for (row, event) in &entered.found {
        println!("row {row}: event {event}");
    }
    println!(
        "{} of {} people concern the county",
        entered.found.len(),
        entered.people
    );
    Ok(())
}

/// Draws a table and writes it.
pub(crate) fn table(county: &County, arguments: &TableArguments) -> Result<(), Box<dyn Error>> {
    let book = county.rulebook();
    let scope = Scope {
        from: arguments.from,
        to: arguments.to,
        township: arguments.township.clone(),
    };
    let known_on = arguments.known_on.unwrap_or(arguments.to);
    if arguments.id == "report" {
        let draft = county.registers(known_on, |registers| draft(&scope, registers))?;
        for (heading, sentences) in &draft.sections {
            println!("{heading}");
            for sentence in sentences {
                println!("  {}", sentence.words);
            }
        }
        return Ok(());
    }
    let definition = book.tables.get(&arguments.id).ok_or_else(|| {
        let ids: Vec<&str> = book
            .tables
            .all()
            .iter()
            .map(|table| table.id.as_str())
            .collect();
        format!(
            "there is no table {}, there are: {}",
            arguments.id,
            ids.join(", ")
        )
    })?;
    let township = match &scope.township {
        None => "",
        Some(code) => book
            .codes
            .township(code)
            .map(|township| township.name.as_str())
            .ok_or_else(|| format!("there is no township {code}"))?,
    };
    let drawn = county.registers(known_on, |registers| draw(definition, &scope, registers))?;
    let id_numbers = if arguments.whole_id_numbers {
        IdNumbers::Whole
    } else {
        IdNumbers::Masked
    };
    let about = format!("{} {} {} {township}", arguments.id, scope.from, scope.to);
    let mark = county.mark_export(None, &about)?;
    if let Some(path) = &arguments.xlsx {
        fs::write(
            path,
            spreadsheet::xlsx(&drawn, township, id_numbers, &mark)?,
        )?;
    }
    if let Some(path) = &arguments.pdf {
        fs::write(path, spreadsheet::pdf(&drawn, township, id_numbers, &mark)?)?;
    }
    let csv = || spreadsheet::csv(&drawn, township, id_numbers);
    match &arguments.csv {
        Some(path) => fs::write(path, csv())?,
        None if arguments.xlsx.is_none() && arguments.pdf.is_none() => print!("{}", csv()),
        None => {}
    }
    for broken in &drawn.broken {
        let row = broken
            .row
            .map_or("last row".to_owned(), |row| format!("row {}", row + 1));
        eprintln!(
            "county: {row}: {} ({} and {})",
            broken.title, broken.left, broken.right
        );
    }
    Ok(())
}

/// Takes a bank's pay list in and says what does not match.
pub(crate) fn pay_list(
    county: &County,
    arguments: &PayListArguments,
) -> Result<(), Box<dyn Error>> {
    let (file, officer) = (read(&arguments.file)?, officer(&arguments.officer));
    let today = china_date(SystemClock.now().0);
    let scope = PayListScope {
        class: arguments.class.into(),
        from: arguments.from,
        to: arguments.to.unwrap_or(arguments.from),
        paid_on: arguments.paid_on.unwrap_or(today),
    };
    let entered = county.enter_pay_list(officer, &file, scope)?;
    println!(
        "event {}: {} lines, {} of them belong to no household",
        entered.event,
        entered.lines,
        entered.unmatched.len()
    );
    for number in entered.unmatched.iter().take(UNMATCHED_SHOWN_MAX) {
        println!("line {number} belongs to no household");
    }
    Ok(())
}

/// Lines that are named one by one; the rest is on the page of the event.
const UNMATCHED_SHOWN_MAX: usize = 20;

fn read(path: &Path) -> Result<ListFile, String> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(ListFile {
        name: name.into_owned(),
        bytes,
    })
}

fn officer(name: &str) -> Actor {
    Actor {
        role: Role::County,
        name: name.to_owned(),
    }
}
