//! `county rules check`: a county's rule files in plain words.

use std::{collections::BTreeMap, error::Error, fs, path::Path};

use chrono::NaiveDate;
use county::{Clock as _, SystemClock, packed_rules};
use relief::{
    Rulebook,
    check::{Report, Weight, check},
    china_date,
};

/// Checks the rules of `dir` as of the day `on` and tells what was found. With `None` the built-in ones alone, and today.
///
/// # Errors
///
/// If a file cannot be read, or the rules cannot be worked by.
pub(crate) fn run(dir: Option<&Path>, on: Option<NaiveDate>) -> Result<(), Box<dyn Error>> {
    let files = dir.map(read).transpose()?.unwrap_or_default();
    let today = on.unwrap_or_else(|| china_date(SystemClock.now().0));
    let report = check(&files, today);
    print!("{}", told(&report));
    if let Ok(rules) = Rulebook::builtin().with_files(&files)
        && let Err(error) = packed_rules(&rules)
    {
        println!("\n这些文件太多，送不到终端：{error}");
    }
    match report.of(Weight::Error).count() {
        0 => Ok(()),
        errors => Err(format!("{errors} errors in the rules").into()),
    }
}

/// Reads a day of the command line.
///
/// # Errors
///
/// Words for the person who typed it.
pub(crate) fn day(text: &str) -> Result<NaiveDate, String> {
    text.parse()
        .map_err(|_| "a day is written as in 2026-11-23".to_owned())
}

/// The files of a rules folder by their names in it, those of unknown names too. Files that are neither TOML nor JSON,
/// such as a read-me, are none of the rules.
fn read(dir: &Path) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let at = |path: &Path, error| format!("{}: {error}", path.display());
    let mut files = BTreeMap::new();
    for (folder, prefix) in [(dir.to_owned(), ""), (dir.join("cards"), "cards/")] {
        if !prefix.is_empty() && !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(|error| at(&folder, error))? {
            let path = entry.map_err(|error| at(&folder, error))?.path();
            if let Some(name) = rule_file_name(&path) {
                let text = fs::read_to_string(&path).map_err(|error| at(&path, error))?;
                files.insert(format!("{prefix}{name}"), text);
            }
        }
    }
    Ok(files)
}

fn rule_file_name(path: &Path) -> Option<&str> {
    let extension = path.extension()?.to_str()?;
    ["toml", "json"]
        .contains(&extension)
        .then(|| path.file_name()?.to_str())
        .flatten()
}

fn told(report: &Report) -> String {
    let years: Vec<String> = report.published_years.iter().map(i32::to_string).collect();
    let mut lines = vec![
        format!("规则版本：{}", report.edition),
        format!("已有放假安排的年份：{}", years.join("、")),
    ];
    if !report.changes.is_empty() {
        lines.push("\n县里改了这些：".to_owned());
        lines.extend(report.changes.iter().map(|change| format!("  {change}")));
    }
    for (weight, title) in [
        (Weight::Error, "错了，要改"),
        (Weight::Doubt, "能用，但要看一看"),
        (Weight::Open, "还没有人确认，先按自带的办"),
    ] {
        let findings: Vec<_> = report.of(weight).collect();
        if findings.is_empty() {
            continue;
        }
        lines.push(format!("\n{title}（{}）：", findings.len()));
        for finding in findings {
            lines.push(format!("  {}：{}", finding.file, finding.words));
        }
    }
    lines.push(if report.usable() {
        "\n这套规则能用。已经算出的期限不会变，改动只管以后的。".to_owned()
    } else {
        "\n这套规则不能用，程序不会带着它启动。".to_owned()
    });
    lines.join("\n") + "\n"
}
