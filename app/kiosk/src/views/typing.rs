//! A typed answer: the line, its keys, and what is wrong with it.

use crate::flow::{Field, Keyboard, Visit, Waiting};

use super::words;

/// A typed answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypingView {
    /// What is asked for, in an example.
    pub hint: String,
    /// The line as typed, in groups where that helps to compare it with a card.
    pub text: String,
    /// Letters that are not yet a character.
    pub letters: String,
    /// Characters to choose from.
    pub candidates: Vec<String>,
    /// A sheet of candidates lies before this one.
    pub candidates_before: bool,
    /// A sheet of candidates lies after this one.
    pub candidates_after: bool,
    /// Which keys.
    pub keyboard: Keyboard,
    /// What is wrong and what to do; empty if nothing is known to be wrong.
    pub fault: String,
    /// The button for "there is none"; empty where an answer is needed.
    pub none: String,
    /// The main button.
    pub next: String,
    /// Whether the main button may be touched.
    pub can_next: bool,
}

pub(super) fn view(visit: &Visit, field: Field) -> TypingView {
    let editor = visit.editor();
    let (candidates_before, candidates_after) = editor.more_candidates();
    let waiting = visit.waiting() == Waiting::Status;
    TypingView {
        hint: hint(field, editor.text()),
        text: super::drawn(&grouped(field, editor.text())),
        letters: editor.letters().to_owned(),
        candidates: editor.candidates().iter().map(char::to_string).collect(),
        candidates_before,
        candidates_after,
        keyboard: field.keyboard(),
        fault: editor.fault.map(words::field_fault).unwrap_or_default(),
        none: match field {
            Field::IdNumber | Field::MemberIdNumber => "没有号码",
            Field::Phone => "没有电话",
            _ => "",
        }
        .to_owned(),
        next: if waiting { "正在查" } else { "确定" }.to_owned(),
        can_next: !waiting && editor.letters().is_empty(),
    }
}

fn hint(field: Field, text: &str) -> String {
    let typed = text.chars().count();
    match field {
        Field::Name | Field::MemberName | Field::OfficialName => {
            "先按拼音，再选字。名字中间有点的，按“·”。".to_owned()
        }
        Field::IdNumber | Field::MemberIdNumber => format!("身份证号共18位，已输入{typed}位"),
        Field::BirthDate => "年4位、月2位、日2位，例如 19500102".to_owned(),
        Field::Address => "写到村、组或门牌号。先按拼音，再选字。".to_owned(),
        Field::Phone => format!("手机号11位，固定电话先按区号。已输入{typed}位"),
        Field::ReasonText => "可以不写。先按拼音，再选字。".to_owned(),
        Field::SlipNumber | Field::CaseNumber => {
            format!("编号共16位数字，横线不用输。已输入{typed}位")
        }
    }
}

/// The line in the groups that cards and slips print.
fn grouped(field: Field, text: &str) -> String {
    let groups: &[usize] = match field {
        Field::IdNumber | Field::MemberIdNumber => &[6, 8, 4],
        Field::BirthDate => &[4, 2, 2],
        Field::Phone if text.starts_with('1') => &[3, 4, 4],
        Field::SlipNumber | Field::CaseNumber => &[6, 3, 6, 1],
        _ => return text.to_owned(),
    };
    let mut chars = text.chars();
    let mut parts: Vec<String> = groups
        .iter()
        .map(|len| chars.by_ref().take(*len).collect())
        .collect();
    parts.push(chars.collect());
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_in_the_groups_of_the_card_while_it_grows() {
        let shown = |text| grouped(Field::IdNumber, text);
        assert_eq!(shown(""), "");
        assert_eq!(shown("1404"), "1404");
        assert_eq!(shown("1404281880"), "140428 1880");
        assert_eq!(shown("140428188001010013"), "140428 18800101 0013");
        assert_eq!(shown("1404281880010100139"), "140428 18800101 0013 9");
    }

    #[test]
    fn text_is_shown_as_typed() {
        assert_eq!(grouped(Field::Address, "丹朱镇1组"), "丹朱镇1组");
        assert_eq!(grouped(Field::Phone, "0355"), "0355");
    }
}
