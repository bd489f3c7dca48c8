//! Answers one under the other: the applicant's, the household, the review.

use crate::flow::{
    Field, FieldRole, FlowContent, IdAnswer, Mark, NearRelative, Page, PaperAnswer, Pick, Visit,
    sheets,
};

use super::{SheetView, sheet};

/// Answers one under the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinesView {
    /// What to do here.
    pub hint: String,
    /// The lines of this sheet.
    pub lines: Vec<Line>,
    /// What the button of each line does.
    pub line_button: String,
    /// Whether that button takes the line away.
    pub removes: bool,
    /// Which sheet.
    pub sheet: SheetView,
    /// A second button; empty if there is none.
    pub extra: String,
    /// The main button.
    pub next: String,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its place among all lines.
    pub place: usize,
    /// What was asked.
    pub label: String,
    /// What was answered.
    pub value: String,
}

pub(super) fn applicant(visit: &Visit) -> LinesView {
    LinesView {
        hint: if visit.answers().from_card {
            "下面是身份证上的内容。不对的，按“修改”。"
        } else {
            "不对的，按“修改”。"
        }
        .to_owned(),
        lines: shown(visit, &visit.answers().applicant_lines()),
        line_button: "修改".to_owned(),
        removes: false,
        sheet: sheet(visit),
        extra: String::new(),
        next: "对，下一步".to_owned(),
    }
}

pub(super) fn review(visit: &Visit) -> LinesView {
    LinesView {
        hint: "最后看一遍。不对的，按“修改”；都对，按“提交”。".to_owned(),
        lines: shown(visit, &visit.answers().review_lines()),
        line_button: "修改".to_owned(),
        removes: false,
        sheet: sheet(visit),
        extra: String::new(),
        next: "提交".to_owned(),
    }
}

pub(super) fn household(visit: &Visit) -> LinesView {
    let members = &visit.answers().household;
    let range = sheets::sheet_range(members.len(), sheets::LINES_PER_SHEET, visit.sheet());
    let lines = range.map(|place| {
        let member = &members[place];
        let number = match member.no_number_reason {
            None => member.id_number.clone(),
            Some(reason) => format!("没有号码（{}）", no_number_title(visit.content(), reason)),
        };
        Line {
            place,
            label: title_of(&visit.content().relations, member.relation),
            value: super::drawn(&format!("{}　{number}", member.name)),
        }
    });
    LinesView {
        hint: if members.is_empty() {
            "您自己不用再填。一个人生活，就直接按“下一步”。"
        } else {
            "一起生活的人都要写上。"
        }
        .to_owned(),
        lines: lines.collect(),
        line_button: "去掉".to_owned(),
        removes: true,
        sheet: sheet(visit),
        extra: "添加一位家人".to_owned(),
        next: if members.is_empty() {
            "只有我一人，下一步"
        } else {
            "写完了，下一步"
        }
        .to_owned(),
    }
}

/// Characters of an answer that fit on its line in the smallest print; an address always does.
const VALUE_CHARS_MAX: usize = 114;

/// The beginning of an answer, with dots where more follows.
fn beginning(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}……", &value[..end]),
        None => value.to_owned(),
    }
}

fn shown(visit: &Visit, lines: &[Page]) -> Vec<Line> {
    let range = sheets::sheet_range(lines.len(), sheets::LINES_PER_SHEET, visit.sheet());
    range
        .map(|place| {
            let (label, value) = answer(visit, lines[place]);
            Line {
                place,
                label: label.to_owned(),
                value: beginning(&super::drawn(&value)),
            }
        })
        .collect()
}

/// What a page asked, and what was answered there.
fn answer(visit: &Visit, page: Page) -> (&'static str, String) {
    let answers = visit.answers();
    let content = visit.content();
    let text = |answer: &Option<String>| answer.clone().unwrap_or_default();
    match page {
        Page::Pick(Pick::Scheme) => {
            let scheme = answers.scheme.and_then(|place| content.schemes.get(place));
            (
                "申请事项",
                scheme.map_or_else(String::new, |scheme| scheme.title.clone()),
            )
        }
        Page::Type(Field::Name) => {
            let mut value = text(&answers.name);
            if let Some(nation) = answers.nation_code.and_then(super::words::nation) {
                value = format!("{value}　{}　{nation}", sex(answers.sex_code));
            }
            ("姓名", value)
        }
        Page::Type(Field::IdNumber) => (
            "身份证号",
            match &answers.id_number {
                Some(IdAnswer::Number(number)) => number.clone(),
                Some(IdAnswer::Missing(reason)) => {
                    format!("没有号码（{}）", no_number_title(content, *reason))
                }
                None => String::new(),
            },
        ),
        Page::Pick(Pick::Sex) => ("性别", sex(answers.sex_code).to_owned()),
        Page::Type(Field::BirthDate) => ("出生日期", date(&text(&answers.birth))),
        Page::Type(Field::Address) => ("住址", text(&answers.address)),
        Page::Pick(Pick::Township) => {
            let township = answers
                .township
                .and_then(|place| content.townships.get(place));
            (
                "受理乡镇",
                township.map_or_else(String::new, |choice| choice.title.clone()),
            )
        }
        Page::Type(Field::Phone) => (
            "电话",
            match answers.phone.as_deref() {
                None => String::new(),
                Some("") => "没有电话".to_owned(),
                Some(phone) => phone.to_owned(),
            },
        ),
        Page::Household => {
            let names: Vec<&str> = answers
                .household
                .iter()
                .map(|member| member.name.as_str())
                .collect();
            let value = match names.as_slice() {
                [] => "只有我一人".to_owned(),
                names => format!("{}人：{}", names.len(), names.join("、")),
            };
            ("家庭成员", value)
        }
        Page::Pick(Pick::Reasons) => {
            let mut parts: Vec<&str> = content
                .reasons
                .iter()
                .filter(|choice| answers.reasons.contains(&choice.code))
                .map(|choice| choice.title.as_str())
                .collect();
            if !answers.reason_text.is_empty() {
                parts.push(&answers.reason_text);
            }
            ("困难原因", parts.join("；"))
        }
        Page::Pick(Pick::NearRelative) => (
            "近亲属",
            match &answers.near_relative {
                None => String::new(),
                Some(NearRelative::None) => "没有近亲属是经办人或村干部".to_owned(),
                Some(NearRelative::Related(answer)) => {
                    let relation = title_of(&content.official_relations, answer.relation);
                    format!("有：{}（{relation}）", answer.official_name)
                }
            },
        ),
        Page::Consents => {
            let all = answers.ticked.len() == content.consents.len();
            (
                "授权和承诺",
                if all {
                    "都已同意"
                } else {
                    "还没有都同意"
                }
                .to_owned(),
            )
        }
        Page::Paper => (
            "签字材料",
            match &answers.paper {
                None => String::new(),
                Some(PaperAnswer::Later) => "以后再交".to_owned(),
                Some(PaperAnswer::Pages { sets, .. }) => {
                    let unsigned = sets.iter().any(|page| {
                        matches!(
                            page.weakest(FieldRole::Signature),
                            Some(Mark::Clear | Mark::Unsure)
                        )
                    });
                    let missing = super::missing::missing(content, &visit.missing_pages());
                    match (missing.as_slice(), unsigned) {
                        ([], false) => format!("已拍照{}页", sets.len()),
                        ([], true) => format!("已拍照{}页，签名要再核对", sets.len()),
                        (missing, _) => {
                            format!("已拍照{}页，{}以后再交", sets.len(), missing.join("、"))
                        }
                    }
                }
            },
        ),
        _ => ("", String::new()),
    }
}

fn sex(code: Option<u8>) -> &'static str {
    match code {
        Some(1) => "男",
        Some(2) => "女",
        _ => "",
    }
}

/// `YYYYMMDD` for people.
fn date(digits: &str) -> String {
    match (digits.get(..4), digits.get(4..6), digits.get(6..8)) {
        (Some(year), Some(month), Some(day)) => format!("{year}年{month}月{day}日"),
        _ => digits.to_owned(),
    }
}

fn title_of<Code: PartialEq>(choices: &[crate::flow::Choice<Code>], code: Code) -> String {
    choices
        .iter()
        .find(|choice| choice.code == code)
        .map_or_else(String::new, |choice| choice.title.clone())
}

fn no_number_title(content: &FlowContent, reason: relief::NoNumberReason) -> String {
    title_of(&content.no_number_reasons, reason)
}
