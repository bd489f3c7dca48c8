//! What a report of a worker, a device or the line does to a visit.

use relief::{IdNumber, PersonName, record::ADDRESS_CHARS_MAX};

use super::{
    answers::Answers,
    fault::{FieldFault, Notice},
    input::{Effect, IdCardData, Input, PaperOutcome, PrinterReport, StatusOutcome},
    page::Page,
    visit::{SlipShown, Visit, Waiting},
};
use crate::font;

impl Visit {
    pub(super) fn report(&mut self, input: Input, effects: &mut Vec<Effect>) {
        let page = self.page();
        match input {
            Input::CardRead(card) if page == Page::Identify && self.notice.is_none() => {
                self.last_touch_ms = self.now_ms;
                self.take_card(&card);
            }
            Input::CardFailed(fault) if page == Page::Identify && self.notice.is_none() => {
                self.last_touch_ms = self.now_ms;
                self.notice = Some(Notice::Card(fault));
            }
            Input::PhotoRead(outcome) if self.waiting == Waiting::Photo => {
                self.last_touch_ms = self.now_ms;
                self.waiting = Waiting::Nothing;
                self.take_photo_outcome(outcome, effects);
            }
            // Nobody waits for this page any more.
            Input::PhotoRead(PaperOutcome::Read(page)) => effects.push(Effect::DropScans(page)),
            Input::Scanning(progress) if self.waiting == Waiting::Photo => {
                // A device that works keeps the person waiting, who need not touch anything.
                self.last_touch_ms = self.now_ms;
                self.papers.progress = Some(progress);
            }
            Input::Tray(report) => self.take_tray_report(report),
            Input::Submitted(info) if page == Page::Submitting => {
                self.last_touch_ms = self.now_ms;
                // The answers are sealed; nothing readable of them stays here.
                self.answers = Answers::default();
                effects.push(Effect::PrintSlip(info.slip_number.clone()));
                self.slip = Some(SlipShown {
                    info,
                    printer: PrinterReport::Printing,
                });
                self.pages = vec![Page::Home, Page::Slip];
                self.enter();
            }
            Input::SubmitFailed(fault) if page == Page::Submitting => {
                self.last_touch_ms = self.now_ms;
                let handover = self.pages.contains(&Page::Handover);
                self.go(if handover {
                    Page::Handover
                } else {
                    Page::Review
                });
                self.notice = Some(Notice::Submit(fault));
            }
            Input::PrinterReport(report) => {
                if let Some(slip) = &mut self.slip {
                    slip.printer = report;
                }
            }
            Input::LineReport(report) => self.line = report,
            Input::RoutesReport(report) => self.routes = report,
            Input::StatusFound(outcome) if self.waiting == Waiting::Status => {
                self.last_touch_ms = self.now_ms;
                self.waiting = Waiting::Nothing;
                match outcome {
                    StatusOutcome::Found(info) => {
                        self.status = Some(info);
                        self.go(Page::StatusShown);
                    }
                    StatusOutcome::Unknown => self.notice = Some(Notice::UnknownSlip),
                    StatusOutcome::NoSlipSeen => self.notice = Some(Notice::NoSlipSeen),
                    StatusOutcome::NoCamera => self.notice = Some(Notice::NoCamera),
                }
            }
            Input::CardRead(_)
            | Input::CardFailed(_)
            | Input::PhotoRead(_)
            | Input::Scanning(_)
            | Input::Submitted(_)
            | Input::SubmitFailed(_)
            | Input::StatusFound(_)
            | Input::Touch(_)
            | Input::Tick => {}
        }
    }

    fn take_card(&mut self, card: &IdCardData) {
        let name = match PersonName::parse(&card.name) {
            Ok(name) => name,
            Err(error) => return self.refuse_card(FieldFault::Name(error)),
        };
        let number = match IdNumber::parse(&card.id_number) {
            Ok(number) => number,
            Err(error) => return self.refuse_card(FieldFault::IdNumber(error)),
        };
        if self.answers.has_number(number.as_str(), true) {
            return self.refuse_card(FieldFault::SameNumber);
        }
        let address = card.address.trim();
        let chars = address.chars().count();
        if chars > ADDRESS_CHARS_MAX {
            return self.refuse_card(FieldFault::TooLong {
                chars,
                limit: ADDRESS_CHARS_MAX,
            });
        }
        let answers = &mut self.answers;
        answers.set_number(&number);
        if matches!(card.sex_code, 1 | 2) {
            answers.sex_code = Some(card.sex_code);
        }
        answers.name = Some(name.entered().to_owned());
        answers.nation_code =
            matches!(card.nation_code, 1..=56 | 97 | 98).then_some(card.nation_code);
        answers.address = (!address.is_empty()).then(|| address.to_owned());
        answers.from_card = true;
        self.warn_of_unshown(name.entered());
        self.go_on_about_applicant();
    }

    fn refuse_card(&mut self, fault: FieldFault) {
        self.notice = Some(Notice::CardRefused(fault));
    }

    /// Tells the person about characters of a name that stay gaps on this screen.
    pub(super) fn warn_of_unshown(&mut self, name: &str) {
        let count = name
            .chars()
            .filter(|character| !font::covers(*character))
            .count();
        if count > 0 {
            self.notice = Some(Notice::UnshownCharacters { count });
        }
    }
}
