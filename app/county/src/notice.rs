//! Written notices to applicants: what was decided, why, by which text, and what can be done against it.
//!
//! A notice is a page of paper like any other form: printed filled in, signed by whoever takes it.

use std::sync::LazyLock;

use chrono::Datelike as _;
use paper::{FillIn, Form};
use relief::{CaseEvent, Limit, Notice, SchemeId, Step};

use crate::{CaseId, CaseView, County, LedgerError, rulebook, web::dates};

/// Every notice's page, in which `{title}`, `{code}` and `{matter}` stand for what differs.
const NOTICE_TOML: &str = include_str!("../../../assets/notices/notice.toml");

/// Why there is no notice to print.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// Nothing was decided that it would tell of, or there is no such case.
    #[error("nothing was decided that this notice tells of")]
    NotDecided,
    /// What it has to say does not fit on its page, or has a character that the typeface lacks.
    #[error("notice cannot be printed: {0}")]
    Print(#[from] paper::RenderError),
    /// The disk failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The four letters of a notice's page.
const fn code(notice: Notice) -> &'static str {
    match notice {
        Notice::MissingPapers => "NTMP",
        Notice::Acceptance => "NTAC",
        Notice::NonAcceptance => "NTNA",
        Notice::Confirmation => "NTCF",
        Notice::Refusal => "NTRF",
        Notice::Change => "NTCH",
        Notice::Stop => "NTST",
    }
}

/// What a notice's long text tells.
const fn matter(notice: Notice) -> &'static str {
    match notice {
        Notice::MissingPapers => "缺的材料",
        Notice::Acceptance => "怎样办理",
        Notice::Confirmation => "救助金",
        Notice::NonAcceptance | Notice::Refusal | Notice::Change | Notice::Stop => "理由",
    }
}

/// The text that asks for a notice in a case of `scheme`; where it has none of its own, that of the allowance is followed.
const fn basis(notice: Notice, scheme: SchemeId) -> &'static str {
    let tekun = scheme.0 == SchemeId::TEKUN.0;
    match notice {
        Notice::MissingPapers if tekun => "民发〔2021〕43号 第12条",
        Notice::MissingPapers => "民发〔2021〕57号 第10条",
        Notice::Acceptance | Notice::NonAcceptance if tekun => "民发〔2021〕43号 第12条、第13条",
        Notice::Acceptance | Notice::NonAcceptance => "民发〔2021〕57号 第10条、第22条",
        Notice::Confirmation if tekun => "民发〔2021〕43号 第17条",
        Notice::Confirmation => "民发〔2021〕57号 第21条",
        Notice::Refusal if tekun => "民发〔2021〕43号 第18条",
        Notice::Refusal => "民发〔2021〕57号 第21条",
        Notice::Change | Notice::Stop if tekun => "民发〔2021〕43号 第26条；国务院令第649号 第13条",
        Notice::Change | Notice::Stop => "民发〔2021〕57号 第32条；国务院令第649号 第13条",
    }
}

/// The page of each notice.
///
/// # Panics
///
/// If the compiled-in page is broken, which the tests rule out.
fn page(notice: Notice) -> Option<&'static Form> {
    static PAGES: LazyLock<Vec<Form>> = LazyLock::new(|| {
        let Some(&typeface) = rulebook::typeface() else {
            return Vec::new();
        };
        let parse = |notice: Notice| {
            let definition = NOTICE_TOML
                .replace("{title}", notice.title())
                .replace("{code}", code(notice))
                .replace("{matter}", matter(notice));
            Form::parse(&definition, typeface).expect("compiled-in notice is laid out")
        };
        Notice::ALL.map(parse).into()
    });
    PAGES.iter().find(|page| page.code() == code(notice))
}

impl CaseView {
    /// The newest event that `notice` tells of; `None` while there is nothing to tell.
    fn decided(&self, notice: Notice) -> Option<&CaseEvent> {
        let told = |event: &&CaseEvent| event.action == notice.tells_of();
        let decided = self.events.iter().rev().find(told)?;
        self.stage.is_told_by(notice).then_some(decided)
    }

    /// Whether something was decided that `notice` tells of.
    pub(crate) fn notice_is_due(&self, notice: Notice) -> bool {
        self.decided(notice).is_some()
    }
}

impl County {
    /// A notice of a case as a PDF, filled in as of the event that it tells of.
    ///
    /// # Errors
    ///
    /// [`NoticeError`] if there is nothing to tell, or it cannot be printed.
    pub fn notice(&self, id: CaseId, notice: Notice) -> Result<Vec<u8>, NoticeError> {
        let case = self.case(id)?.ok_or(NoticeError::NotDecided)?;
        let decided = case.decided(notice).ok_or(NoticeError::NotDecided)?;
        let page = page(notice).ok_or(NoticeError::NotDecided)?;
        Ok(page.pdf(1..=1, &self.filled(&case, notice, decided))?)
    }

    fn filled(&self, case: &CaseView, notice: Notice, decided: &CaseEvent) -> FillIn {
        let book = self.rulebook();
        let application = &case.application;
        let scheme = book.schemes.get(application.scheme);
        let scheme = scheme.map_or("", |scheme| scheme.full_title.as_str());
        let township = book.codes.township(&application.township);
        let township = township.map_or("", |township| township.name.as_str());
        let slip = application.slip_number.to_string();
        let day = dates::date(decided.date());
        let decision = match notice {
            Notice::MissingPapers => {
                format!("您申请{scheme}的材料还不齐全。缺的材料一次告知如下，补齐以后接着办理。")
            }
            Notice::Acceptance => format!("您申请{scheme}的材料齐全，已于{day}受理。"),
            Notice::NonAcceptance => format!("您提出的{scheme}申请，决定不予受理。"),
            Notice::Confirmation => format!("您申请的{scheme}，经审核符合条件，已于{day}确认。"),
            Notice::Refusal => format!("您申请的{scheme}，经审核不符合条件，决定不予确认。"),
            Notice::Change => format!("您家享受的{scheme}救助金，决定作如下调整。"),
            Notice::Stop => format!("您家享受的{scheme}，决定停止。"),
        };
        let rights = match notice {
            Notice::MissingPapers => {
                "把缺的材料交到受理机关的窗口，不用重新申请；能由政府部门查到的，不用您提交。"
                    .to_owned()
            }
            Notice::Acceptance => {
                "凭回执上的二维码随时查看办到哪一步、还有几天；对办理有意见的，可以向县民政局反映。"
                    .to_owned()
            }
            Notice::NonAcceptance
            | Notice::Confirmation
            | Notice::Refusal
            | Notice::Change
            | Notice::Stop => self.appeals(case),
        };
        FillIn::blank()
            .for_case(slip.clone())
            .write("applicant_name", application.applicant.name.as_str())
            .write("slip_number", slip)
            .write("scheme", scheme)
            .write("township", township)
            .write("decision", decision)
            .write("matter", self.matter(case, notice, decided))
            .write("basis", basis(notice, application.scheme))
            .write("rights", rights)
            .write("date", day)
    }

    fn matter(&self, case: &CaseView, notice: Notice, decided: &CaseEvent) -> String {
        let awarded = match &decided.details {
            relief::Details::Award { monthly, from } => {
                let first = from.first_day();
                format!(
                    "每月{monthly}元，从{}年{}月起发放。",
                    first.year(),
                    first.month()
                )
            }
            _ => String::new(),
        };
        match notice {
            Notice::Acceptance => {
                let whole = relief::deadline::of_step(&case.deadlines, Step::Whole);
                let until = whole.and_then(|whole| Some(dates::date(whole.last_day()?.date)));
                let until =
                    until.map_or_else(String::new, |day| format!("全部手续应当在{day}以前办完。"));
                format!("{until}工作人员会上门了解您家里的情况，并向有关部门核对信息，请您配合。")
            }
            Notice::Confirmation if awarded.is_empty() => "以发放机构的通知为准。".to_owned(),
            Notice::Confirmation => awarded,
            Notice::Change => format!("{awarded}\n{}", decided.reason),
            Notice::MissingPapers | Notice::NonAcceptance | Notice::Refusal | Notice::Stop => {
                decided.reason.clone()
            }
        }
    }

    /// How a decision can be appealed against, and within which time from its delivery.
    fn appeals(&self, case: &CaseView) -> String {
        let book = self.rulebook();
        let within = |step, what: &str| {
            let appeal = book.deadline(case.application.scheme, step, self.today())?;
            let time = match appeal.limit {
                Limit::CalendarDays(days) => format!("{days}日内"),
                Limit::WorkingDays(days) => format!("{days}个工作日内"),
                Limit::Months(months) => format!("{months}个月内"),
                Limit::NextMonth | Limit::SameMonth | Limit::None(_) => return None,
            };
            Some(format!(
                "收到本告知书之日起{time}{what}（{}）",
                appeal.source
            ))
        };
        let ways: Vec<String> = [
            within(Step::AppealReview, "申请行政复议"),
            within(Step::AppealCourt, "提起行政诉讼"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if ways.is_empty() {
            return "不服的，可以依法申请行政复议或者提起行政诉讼。".to_owned();
        }
        format!("不服本决定的，可以自{}。", ways.join("；也可以自"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_has_a_page_of_its_own_that_is_laid_out() {
        for notice in Notice::ALL {
            let page = page(notice).expect("a page");
            assert_eq!((page.title(), page.pages()), (notice.title(), 1));
            assert!(
                page.field("signature_receiver")
                    .is_some_and(|field| field.required)
            );
        }
    }
}
