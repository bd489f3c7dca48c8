//! Gaps and overlaps in what takes turns.

use chrono::NaiveDate;

use super::{Findings, Weight};

/// How long one row holds.
pub(super) struct Span {
    /// What it is called in a finding.
    pub(super) name: String,
    /// First day; `None`: since ever.
    pub(super) first: Option<NaiveDate>,
    /// Last day; `None`: until the next one begins, or for ever.
    pub(super) last: Option<NaiveDate>,
}

/// Adds what is wrong with `spans`, of which one at a time should hold. A row without a last day ends where the next one
/// begins. `rest` says what holds on days of a gap.
pub(super) fn check(file: &str, rest: &str, mut spans: Vec<Span>, findings: &mut Findings) {
    spans.sort_by_key(|span| span.first);
    for pair in spans.windows(2) {
        let [earlier, later] = pair else { continue };
        let both = if earlier.name == later.name {
            format!("{}写了两次", earlier.name)
        } else {
            format!("{}和{}管同一件事", earlier.name, later.name)
        };
        let Some(begins) = later.first.filter(|_| earlier.first != later.first) else {
            let since = later
                .first
                .map_or("一开始".to_owned(), |day| day.to_string());
            let words = format!("{both}，都从{since}起，分不清用哪个。留一个，或者写清从哪天起。");
            findings.add(Weight::Error, file, words);
            continue;
        };
        let Some(ends) = earlier.last else { continue };
        if begins <= ends {
            let until = later.last.map_or(ends, |last| last.min(ends));
            let words = format!(
                "{both}，从{begins}到{until}重叠，会用后写起的那个。前一个的最后一天改成{begins}的前一天。"
            );
            findings.add(Weight::Doubt, file, words);
        } else if let Some(first_free) = ends.succ_opt().filter(|day| *day < begins) {
            let last_free = begins.pred_opt().unwrap_or(begins);
            let words =
                format!("{both}，中间从{first_free}到{last_free}没有写，{rest}。看看是不是漏了。");
            findings.add(Weight::Doubt, file, words);
        }
    }
}
