//! What may be done to a case next: a form for each step, and what its event says.

use maud::{Markup, html};
use relief::{
    Action, AppealWay, Codes, DeliveryWay, Details, Fen, GroundCode, Month, Notice, Refusal, Role,
    SelfCare, SelfCareItem,
};
use serde::Deserialize;

use super::{super::dates, LIST, action_title, role_title};
use crate::{CaseView, Said, case_steps::Prospect};

/// The longest reason, in characters: a page.
const REASON_CHARS_MAX: usize = 1000;
/// The longest name or document number, in characters.
const NAME_CHARS_MAX: usize = 50;

/// The fields of every step's form; a step shows those that its event needs.
#[derive(Deserialize)]
pub(super) struct StepForm {
    action: u8,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    evidence: String,
    ground: Option<u8>,
    #[serde(default)]
    investigator: String,
    #[serde(default)]
    second_investigator: String,
    #[serde(default)]
    present: String,
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    monthly: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    notice: usize,
    #[serde(default)]
    way: usize,
    #[serde(default)]
    receiver: String,
    #[serde(default)]
    happened: String,
    #[serde(default)]
    eating: String,
    #[serde(default)]
    dressing: String,
    #[serde(default)]
    getting_up: String,
    #[serde(default)]
    toileting: String,
    #[serde(default)]
    walking: String,
    #[serde(default)]
    bathing: String,
}

impl StepForm {
    /// The step and what its event says; a field that was not filled says nothing, which the rules refuse where they ask
    /// for it. `None` if no form of ours sent it.
    pub(super) fn read(self) -> Option<(Action, Said)> {
        let action = Action::from_code(self.action)?;
        let names = [
            &self.evidence,
            &self.investigator,
            &self.second_investigator,
            &self.present,
            &self.receiver,
        ];
        // A store may not take the character 0 as text, and no page sends it.
        let fits = |text: &str, max| text.chars().count() <= max && !text.contains('\0');
        if !fits(&self.reason, REASON_CHARS_MAX)
            || !names.iter().all(|name| fits(name, NAME_CHARS_MAX))
        {
            return None;
        }
        let details = match action {
            Action::FinishSurvey => Some(Details::Survey {
                investigators: vec![self.investigator, self.second_investigator],
                present: self.present,
            }),
            Action::ReturnDataCheck | Action::Recheck => match self.outcome.as_str() {
                "fits" => Some(Details::Check { fits: true }),
                "doubtful" => Some(Details::Check { fits: false }),
                _ => None,
            },
            Action::Confirm | Action::ChangeSupport => {
                match (self.monthly.parse::<Fen>(), self.from.parse::<Month>()) {
                    (Ok(monthly), Ok(from)) => Some(Details::Award { monthly, from }),
                    _ => None,
                }
            }
            Action::Deliver => match (
                numbered(Notice::ALL, self.notice),
                numbered(DeliveryWay::ALL, self.way),
            ) {
                (Some(notice), Some(way)) => Some(Details::Delivery {
                    notice,
                    way,
                    receiver: self.receiver,
                }),
                _ => None,
            },
            Action::Appeal => numbered(AppealWay::ALL, self.way).map(|way| Details::Appeal { way }),
            Action::AssessSelfCare => self
                .self_care()
                .map(|assessed| Details::SelfCare { assessed }),
            Action::FindChange => self
                .happened
                .parse()
                .ok()
                .map(|happened| Details::Change { happened }),
            Action::DecideOnEnding => match self.outcome.as_str() {
                "ends" => Some(Details::EndingDecision { ends: true }),
                "goes-on" => Some(Details::EndingDecision { ends: false }),
                _ => None,
            },
            _ => None,
        };
        let said = Said {
            reason: self.reason,
            ground: self
                .ground
                .filter(|_| action == Action::Extend)
                .map(GroundCode),
            details: details.unwrap_or_default(),
            evidence: self.evidence,
        };
        Some((action, said))
    }

    /// The assessment, if the form tells of each item whether it is met.
    fn self_care(&self) -> Option<SelfCare> {
        let told = |item| match item {
            SelfCareItem::Eating => &self.eating,
            SelfCareItem::Dressing => &self.dressing,
            SelfCareItem::GettingUp => &self.getting_up,
            SelfCareItem::Toileting => &self.toileting,
            SelfCareItem::Walking => &self.walking,
            SelfCareItem::Bathing => &self.bathing,
        };
        let all_told = SelfCareItem::ALL
            .into_iter()
            .all(|item| ["met", "unmet"].contains(&told(item).as_str()));
        all_told.then(|| SelfCare::of(|item| told(item) == "met"))
    }
}

/// The field of an item of self-care.
const fn field(item: SelfCareItem) -> &'static str {
    match item {
        SelfCareItem::Eating => "eating",
        SelfCareItem::Dressing => "dressing",
        SelfCareItem::GettingUp => "getting_up",
        SelfCareItem::Toileting => "toileting",
        SelfCareItem::Walking => "walking",
        SelfCareItem::Bathing => "bathing",
    }
}

/// The item of this number, counted from 1.
fn numbered<T: Copy, const N: usize>(all: [T; N], number: usize) -> Option<T> {
    all.get(number.checked_sub(1)?).copied()
}

/// What this officer may do, what the rules forbid yet, and what is the other office's.
pub(super) fn card(
    view: &CaseView,
    role: Role,
    mine: &[Prospect],
    others: &[Prospect],
    codes: &Codes,
) -> Markup {
    let theirs = match role {
        Role::Township => Role::County,
        _ => Role::Township,
    };
    html! {
        section.card.actions {
            h2 { "下一步" }
            @if view.stage.is_closed() { p { "已经办结。" } }
            @for prospect in mine.iter().filter(|prospect| goes_on(prospect)) {
                (step(view, prospect.action, true, codes))
            }
            @for (Prospect { action, outcome }, other) in mine.iter().zip(others) {
                @if let Err(refused) = outcome {
                    (not_now(*action, refused.rule, other.outcome.is_ok().then_some(theirs)))
                }
            }
            // What ends the case or asks for words takes a second touch.
            @for prospect in mine.iter().filter(|prospect| prospect.outcome.is_ok() && !goes_on(prospect)) {
                details { summary { (action_title(prospect.action)) } (step(view, prospect.action, false, codes)) }
            }
        }
    }
}

/// Whether a step is allowed, asks for nothing, and the case goes on after it.
fn goes_on(prospect: &Prospect) -> bool {
    let asks = prospect.action.needs_reason()
        || matches!(
            prospect.action,
            Action::FinishSurvey
                | Action::ReturnDataCheck
                | Action::Recheck
                | Action::Confirm
                | Action::Deliver
                | Action::Appeal
                | Action::AssessSelfCare
        );
    !asks && prospect.outcome.is_ok_and(|stage| !stage.is_closed())
}

/// The form of a step; `first` if it is one that the case simply goes on by.
fn step(view: &CaseView, action: Action, first: bool, codes: &Codes) -> Markup {
    let (id, stage) = (view.id.number(), view.stage);
    let told = Notice::ALL
        .into_iter()
        .enumerate()
        .filter(|(_, notice)| stage.is_told_by(*notice));
    html! {
        form method="post" action={ (LIST) "/" (id) "/actions" } {
            input type="hidden" name="action" value=(action.code());
            @match action {
                Action::Extend => (choice("是哪一种特殊情况", "ground", codes.extension_grounds().iter().map(|ground| (ground.code.0.into(), ground.title.as_str())))),
                Action::FinishSurvey => {
                    (name("调查人", "investigator", true))
                    (name("另一位调查人", "second_investigator", true))
                    (name("家里谁在场签字", "present", true))
                },
                Action::ReturnDataCheck | Action::Recheck => {
                    (either("家庭经济状况", "outcome", [("fits", "符合"), ("doubtful", "不符合或者有疑点")]))
                    (words("哪里不符合（符合的不用写）", false))
                },
                Action::Confirm | Action::ChangeSupport => {
                    label { "每月金额（元）" input type="text" name="monthly" inputmode="decimal" maxlength="15" required[action == Action::ChangeSupport]; }
                    label { "从哪个月起，如2026-12" input type="text" name="from" pattern="[0-9]{4}-[0-9]{2}" maxlength="7" required[action == Action::ChangeSupport]; }
                },
                Action::Deliver => {
                    (choice("送的是哪一份", "notice", told.map(|(place, notice)| (place + 1, notice.title()))))
                    (choice("怎么送的", "way", DeliveryWay::ALL.iter().enumerate().map(|(place, way)| (place + 1, way.title()))))
                    (name("谁收的", "receiver", true))
                },
                Action::AssessSelfCare => {
                    @for item in SelfCareItem::ALL {
                        (either(item.title(), field(item), [("met", "能自己做"), ("unmet", "不能")]))
                    }
                },
                Action::FindChange => label { "哪一天变的，如2026-11-23" input type="text" name="happened" pattern="[0-9]{4}-[0-9]{2}-[0-9]{2}" maxlength="10" required; },
                Action::DecideOnEnding => (either("决定", "outcome", [("ends", "终止救助"), ("goes-on", "继续救助")])),
                Action::Appeal => (choice("向哪里提出", "way", AppealWay::ALL.iter().enumerate().map(|(place, way)| (place + 1, way.title())))),
                _ => {},
            }
            @if action.needs_reason() { (words(asked(action), true)) }
            @if !first { (name("凭据：文书号、扫描件（没有就不填）", "evidence", false)) }
            button.plain[!first] { (action_title(action)) }
        }
    }
}

/// What the reason of an action is asked for by.
const fn asked(action: Action) -> &'static str {
    match action {
        Action::AskForPapers => "缺的材料一次写全，一行一样，申请人会看到",
        Action::Complain => "反映的是什么",
        Action::FindNearRelative => "是谁的近亲属，什么关系",
        Action::ReportSelfCare => "谁来报告的，哪里变了",
        Action::FindChange => "查出什么变化没有报告",
        Action::PostEnding => "因为什么终止，公示上写的理由",
        Action::Object | Action::ObjectToEnding => "异议是什么",
        Action::DecideOnEnding => "核实的结果和理由",
        _ => "写明理由，申请人会看到",
    }
}

fn words(label: &str, required: bool) -> Markup {
    html! { label { (label) textarea name="reason" rows="3" maxlength=(REASON_CHARS_MAX) required[required] {} } }
}

fn name(label: &str, field: &str, required: bool) -> Markup {
    html! { label { (label) input type="text" name=(field) maxlength=(NAME_CHARS_MAX) required[required]; } }
}

/// Two answers of which one has to be given.
fn either(legend: &str, field: &str, answers: [(&str, &str); 2]) -> Markup {
    html! {
        fieldset {
            legend { (legend) }
            @for (value, title) in answers {
                label.choice { input type="radio" name=(field) value=(value) required; (title) }
            }
        }
    }
}

fn choice<'a>(label: &str, field: &str, options: impl Iterator<Item = (usize, &'a str)>) -> Markup {
    html! {
        label {
            (label)
            select name=(field) required {
                option value="" { "请选择" }
                @for (value, title) in options { option value=(value) { (title) } }
            }
        }
    }
}

/// Why a step cannot be done now, where that helps to know.
fn not_now(action: Action, rule: Refusal, theirs: Option<Role>) -> Markup {
    html! {
        @match rule {
            Refusal::OutOfOrder
            | Refusal::Closed
            | Refusal::ReasonMissing
            | Refusal::NoExtension
            | Refusal::GroundMissing
            | Refusal::SurveyByTwo
            | Refusal::OutcomeMissing
            | Refusal::AwardMissing
            | Refusal::AwardMonth
            | Refusal::DeliveryMissing
            | Refusal::NoSuchNotice
            | Refusal::AppealMissing
            | Refusal::DataCheckNotAsked
            | Refusal::NotOfScheme
            | Refusal::EndingDecisionMissing
            | Refusal::ItemsMissing
            | Refusal::ChangeDayMissing
            | Refusal::NoReview => {}
            Refusal::NotThisRole => {
                @if let Some(role) = theirs {
                    p.small { (action_title(action)) "：由" (role_title(role)) "办。" }
                }
            }
            Refusal::AskedOnce
            | Refusal::NoticeFirst
            | Refusal::NoticeAgain
            | Refusal::NoticeRunning
            | Refusal::NeverPosted
            | Refusal::HomeVisitFirst
            | Refusal::SurveyFirst
            | Refusal::DataCheckFirst
            | Refusal::EndNoticeFirst
            | Refusal::EndNoticeAgain
            | Refusal::EndNoticeRunning
            | Refusal::EndObjectionOpen
            | Refusal::AssessmentOpen
            | Refusal::ExtendedOnce
            | Refusal::ExtendedTooLate => {
                p.small {
                    (action_title(action)) "：现在不能办。" (rule.wording())
                    @if !rule.source().is_empty() { "（" (rule.source()) "）" }
                }
            }
        }
    }
}

/// What an event says beside its reason, in lines of a case's history.
pub(super) fn details(details: &Details) -> Vec<String> {
    match details {
        Details::None => vec![],
        Details::Survey {
            investigators,
            present,
        } => vec![
            format!("调查人：{}", investigators.join("、")),
            format!("在场签字：{present}"),
        ],
        Details::Check { fits: true } => vec!["家庭经济状况符合".to_owned()],
        Details::Check { fits: false } => vec!["家庭经济状况不符合或者有疑点".to_owned()],
        Details::Award { monthly, from } => vec![format!("每月{monthly}元，从{from}起")],
        Details::Delivery {
            notice,
            way,
            receiver,
        } => vec![format!("{}：{}，{receiver}收", notice.title(), way.title())],
        Details::Appeal { way } => vec![way.title().to_owned()],
        Details::SelfCare { assessed } => {
            let unmet: Vec<_> = assessed.unmet().map(SelfCareItem::title).collect();
            let mut lines = vec![assessed.grade().title().to_owned()];
            if !unmet.is_empty() {
                lines.push(format!("不能自己做：{}", unmet.join("、")));
            }
            lines
        }
        Details::Change { happened } => vec![format!("变化发生在{}", dates::date(*happened))],
        Details::EndingDecision { ends: true } => vec!["终止救助，再公示一次".to_owned()],
        Details::EndingDecision { ends: false } => vec!["继续救助".to_owned()],
    }
}
