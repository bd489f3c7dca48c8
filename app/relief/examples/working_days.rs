//! Answers questions about working days, one a line, for the comparison with another calendar
//! (`tests/peers/calendar_peer.py`).
//!
//! ```text
//! kind 2026-10-01            working | off, and provisional where no notice is published
//! add 2026-09-30 10          the 10th working day after it
//! left 2026-09-30 2026-10-20 working days left after the first up to and with the second
//! notice 2026-09-24 7        the last of 7 days of a notice posted on the first
//! months 2026-07-01 3        the last day of 3 months
//! earlier 2026-10-03         the day itself, or the last working day before it
//! ```

use std::io::{BufRead, Write};

use chrono::NaiveDate;
use relief::{DueDate, RestDay, builtin};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let calendar = builtin::calendar();
    let mut answers = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let [question, date, rest @ ..] = words.as_slice() else {
            return Err(format!("no question: {line}").into());
        };
        let date = day(date)?;
        let number = || {
            rest.first()
                .ok_or("no number")?
                .parse::<u16>()
                .map_err(|_| "no number")
        };
        let answer = match *question {
            "kind" => {
                let kind = calendar.is_working_day(date);
                let word = if kind.working { "working" } else { "off" };
                let mark = if kind.provisional { " provisional" } else { "" };
                format!("{word}{mark}")
            }
            "add" => told(calendar.add_working_days(date, number()?, &[])),
            "left" => {
                let due = day(rest.first().ok_or("no date")?)?;
                calendar.working_days_left(date, due).to_string()
            }
            "notice" => told(calendar.add_calendar_days(date, number()?, &[], RestDay::Later)),
            "months" => told(calendar.add_months(date, number()?, &[], RestDay::Later)),
            "earlier" => told(calendar.moved(date, RestDay::Earlier)),
            _ => return Err(format!("no question: {line}").into()),
        };
        writeln!(answers, "{answer}")?;
    }
    Ok(())
}

fn day(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|error| format!("{text}: {error}"))
}

fn told(due: DueDate) -> String {
    let mark = if due.provisional { " provisional" } else { "" };
    format!("{}{mark}", due.date)
}
