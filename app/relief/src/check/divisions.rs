//! Townships and villages: everyone has a parent, a successor that exists, and days that fit.

use chrono::NaiveDate;

use super::{Findings, Weight};
use crate::codes::{Codes, Township, Village};

const FILE: &str = "townships.toml";

pub(super) fn check(codes: &Codes, today: NaiveDate, findings: &mut Findings) {
    check_townships(codes, findings);
    for village in codes.villages() {
        check_village(village, codes, today, findings);
    }
    if codes.open_townships().next().is_none() {
        let words = "没有一个乡镇能受理申请（takes-applications）。";
        findings.add(Weight::Error, FILE, words.to_owned());
    }
    if codes.villages().is_empty() {
        let words = "没有村（居）委会名单。月报告、近亲属备案、公示都要用，请县里补上。";
        findings.add(Weight::Open, FILE, words.to_owned());
    }
    let unconfirmed = codes
        .near_relatives()
        .iter()
        .filter(|kind| kind.source.contains("待县民政局确认"))
        .count();
    if 0 < unconfirmed {
        let words = format!("近亲属范围：有{unconfirmed}种关系算不算近亲属，待县民政局确认。");
        findings.add(Weight::Open, "codes.toml", words);
    }
    if codes.extension_grounds().is_empty() {
        let words = "没有写特殊情况的种类（extension-ground），特殊情况就不能延长。";
        findings.add(Weight::Doubt, "codes.toml", words.to_owned());
    }
}

fn check_townships(codes: &Codes, findings: &mut Findings) {
    let county = codes
        .open_townships()
        .find_map(|unit| standard_county(&unit.code));
    for unit in codes.townships() {
        let Township { code, name, .. } = unit;
        if let (Some(own), Some(county)) = (standard_county(code), county)
            && own != county
        {
            let words = format!("{name}（{code}）不在本县（{county}）下面，上级找不到。");
            findings.add(Weight::Doubt, FILE, words);
        }
        ends_before_it_begins(name, code, unit.valid_from, unit.valid_to, findings);
        if let Some(successor) = &unit.replaced_by
            && codes.township(successor).is_none()
        {
            let words = format!("{name}（{code}）改成了{successor}，可是没有这个代码。");
            findings.add(Weight::Error, FILE, words);
        }
        if unit.takes_applications && unit.replaced_by.is_some() {
            let words = format!("{name}（{code}）已经由别的乡镇代替，却还写着能受理申请。");
            findings.add(Weight::Doubt, FILE, words);
        }
    }
}

fn check_village(village: &Village, codes: &Codes, today: NaiveDate, findings: &mut Findings) {
    let Village {
        code,
        name,
        township,
        ..
    } = village;
    ends_before_it_begins(name, code, village.valid_from, village.valid_to, findings);
    if let Some(successor) = &village.replaced_by
        && codes.village(successor).is_none()
    {
        let words = format!("{name}（{code}）改成了{successor}，可是没有这个代码。");
        findings.add(Weight::Error, FILE, words);
    }
    let Some(parent) = codes.township(township) else {
        let words = format!("{name}（{code}）的乡镇{township}没有，上级找不到。");
        findings.add(Weight::Error, FILE, words);
        return;
    };
    let holds = village.valid_to.is_none_or(|last| today <= last);
    let abolished =
        parent.valid_to.is_some_and(|last| last < today) || parent.replaced_by.is_some();
    if holds && abolished {
        let words = format!(
            "{name}（{code}）还挂在已经撤销的{}下面，改挂到现在的乡镇。",
            parent.name
        );
        findings.add(Weight::Doubt, FILE, words);
    }
    if code.len() == STANDARD_VILLAGE
        && standard_county(township).is_some()
        && !code.starts_with(township.as_str())
    {
        let words = format!("{name}的代码{code}不是以乡镇代码{township}开头，看看挂错没有。");
        findings.add(Weight::Doubt, FILE, words);
    }
}

fn ends_before_it_begins(
    name: &str,
    code: &str,
    first: Option<NaiveDate>,
    last: Option<NaiveDate>,
    findings: &mut Findings,
) {
    if let (Some(first), Some(last)) = (first, last)
        && last < first
    {
        let words = format!("{name}（{code}）最后一天{last}在第一天{first}前面。");
        findings.add(Weight::Error, FILE, words);
    }
}

/// Digits of a village's code in the statistics list, and of a township's.
const STANDARD_VILLAGE: usize = 12;
const STANDARD_TOWNSHIP: usize = 9;

/// The six digits of the county in a township's code of the statistics list; `None` for a code that the county assigned.
fn standard_county(code: &str) -> Option<&str> {
    let digits = code.len() == STANDARD_TOWNSHIP && code.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| code.get(..6)).flatten()
}
