//! What a touch does on each page.

use relief::{
    IdNumber, PersonName, Phone, PhoneError, SlipNumber,
    record::{ADDRESS_CHARS_MAX, MEMBERS_MAX, REASON_TEXT_CHARS_MAX},
};

use super::{
    answers::{IdAnswer, NearRelative},
    draft::NearRelativeAnswer,
    editor::Editor,
    fault::{FieldFault, Notice},
    input::{Effect, StatusQuery, Touch},
    page::{Field, Page, Pick},
    visit::{MemberBegun, Offered, Visit, Waiting},
};

/// Nobody who comes to a kiosk was born before it.
const EARLIEST_BIRTH: &str = "19000101";

impl Visit {
    pub(super) fn touch(&mut self, touch: Touch, effects: &mut Vec<Effect>) {
        if let Some(notice) = &self.notice {
            let leaves = *notice == Notice::LeaveApplication && touch == Touch::Home;
            let sheets = matches!(notice, Notice::OtherSheet { .. });
            if leaves {
                self.wipe(effects);
            } else if sheets && matches!(touch, Touch::Home | Touch::Dismiss) {
                self.notice = None;
                self.settle_sheet(touch == Touch::Home, effects);
            } else if sheets {
                // Only one of the two buttons answers.
            } else if matches!(touch, Touch::Dismiss | Touch::Next) {
                self.notice = None;
            }
            return;
        }
        let page = self.page();
        match (page, touch) {
            (Page::Home | Page::Submitting, Touch::Home | Touch::Back) => {}
            (Page::Slip, Touch::Home | Touch::Next) => self.wipe(effects),
            (Page::Slip, Touch::Back) => {}
            (Page::Slip, Touch::PrintAgain) => self.print_again(effects),
            (_, Touch::Home) | (Page::Handover, Touch::Back) => {
                let begun = page.step().is_some() && self.answers.scheme.is_some();
                let papers = self.pages.contains(&Page::Handover) && self.page_sets().is_some();
                if begun || papers {
                    self.notice = Some(Notice::LeaveApplication);
                } else {
                    self.wipe(effects);
                }
            }
            (_, Touch::Back) => {
                self.pages.pop();
                self.enter();
            }
            (_, Touch::SheetForward) => self.sheet = (self.sheet + 1).min(self.sheet_count() - 1),
            (_, Touch::SheetBack) => self.sheet = self.sheet.saturating_sub(1),

            (Page::Home | Page::Card { .. }, Touch::Apply) | (Page::Home, Touch::HandIn)
                if self.line.disk_full =>
            {
                self.notice = Some(Notice::NoRoom);
            }
            (Page::Home, Touch::HandIn) => self.go(Page::Handover),
            (Page::Home, Touch::Apply) => {
                self.offered = Offered::All;
                self.go(Page::Pick(Pick::Scheme));
            }
            (Page::Home, Touch::Cards) => self.go(Page::Cards),
            (Page::Home, Touch::Status) => self.go(Page::StatusAsk),
            (Page::Home, Touch::Routes) => self.go(Page::Routes),

            (Page::Cards, Touch::Choose(card)) if card < self.content.cards.len() => {
                self.go(Page::Card { card, section: 0 });
            }
            (Page::Card { card, .. }, Touch::Section(section)) => {
                let sections = self
                    .content
                    .cards
                    .get(card)
                    .map_or(0, |card| card.sections.len());
                if section < sections {
                    self.pages.pop();
                    self.go(Page::Card { card, section });
                }
            }
            (Page::Card { card, .. }, Touch::Apply) => self.apply_from_card(card),

            (Page::StatusAsk, Touch::TakePhoto) if self.waiting == Waiting::Nothing => {
                self.waiting = Waiting::Status;
                effects.push(Effect::LookUpStatus(StatusQuery::SlipUnderCamera));
            }
            (Page::StatusAsk, Touch::TypeByHand) => self.go(Page::Type(Field::SlipNumber)),

            (Page::Privacy, Touch::Next) => self.go_on(Page::Identify),
            (Page::Identify, Touch::TypeByHand) => self.go_on_about_applicant(),
            (Page::Type(field), touch) => self.touch_typing(field, touch, effects),
            (Page::Pick(pick), touch) => self.touch_pick(pick, touch, effects),
            (Page::Who, Touch::Edit(line)) => {
                if let Some(page) = self.answers.applicant_lines().get(line) {
                    self.go(*page);
                }
            }
            (Page::Who, Touch::Next) => self.go_on(Page::Household),

            (Page::Household, Touch::AddMember) => {
                if self.answers.household.len() >= MEMBERS_MAX {
                    self.notice = Some(Notice::HouseholdFull { limit: MEMBERS_MAX });
                } else {
                    self.member = MemberBegun::default();
                    self.go(Page::Pick(Pick::MemberRelation));
                }
            }
            (Page::Household, Touch::RemoveMember(place)) => {
                if place < self.answers.household.len() {
                    self.answers.household.remove(place);
                    self.sheet = self.sheet.min(self.sheet_count() - 1);
                }
            }
            (Page::Household, Touch::Next) => self.go_on(Page::Pick(Pick::Reasons)),

            (Page::Consents, Touch::Tick(place)) if place < self.content.consents.len() => {
                if !self.answers.ticked.remove(&place) {
                    self.answers.ticked.insert(place);
                }
            }
            (Page::Consents, Touch::Next) => {
                if self.answers.ticked.len() == self.content.consents.len() {
                    self.go_on(Page::Paper);
                }
            }

            (Page::Paper | Page::Handover, touch) => self.touch_papers(page, &touch, effects),

            (Page::Review, Touch::Edit(line)) => {
                if let Some(page) = self.answers.review_lines().get(line) {
                    self.offered = Offered::All;
                    self.go(*page);
                }
            }
            (Page::Review, Touch::Next) => match self.answers.freeze(&self.content) {
                Ok(draft) => {
                    effects.push(Effect::Submit(Box::new(draft.into())));
                    self.go(Page::Submitting);
                }
                Err(missing) => self.go(missing),
            },

            (
                Page::Home
                | Page::Cards
                | Page::Card { .. }
                | Page::StatusAsk
                | Page::StatusShown
                | Page::Routes
                | Page::Privacy
                | Page::Identify
                | Page::Who
                | Page::Household
                | Page::Consents
                | Page::Review
                | Page::Submitting
                | Page::Slip,
                _,
            ) => {}
        }
    }

    fn print_again(&mut self, effects: &mut Vec<Effect>) {
        use super::input::PrinterReport;
        if let Some(slip) = &mut self.slip
            && slip.printer != PrinterReport::Printing
        {
            slip.printer = PrinterReport::Printing;
            effects.push(Effect::PrintSlip(slip.info.slip_number.clone()));
        }
    }

    fn apply_from_card(&mut self, card: usize) {
        self.offered = Offered::OfCard(card);
        match self.offered_schemes().as_slice() {
            [] => {}
            [only] => {
                self.answers.scheme = Some(*only);
                self.go(Page::Privacy);
            }
            [..] => self.go(Page::Pick(Pick::Scheme)),
        }
    }

    fn touch_papers(&mut self, page: Page, touch: &Touch, effects: &mut Vec<Effect>) {
        match (page, touch) {
            (_, Touch::TakePhoto) if self.waiting == Waiting::Nothing => {
                self.waiting = Waiting::Photo;
                effects.push(Effect::TakePhoto);
            }
            (_, Touch::StopPhoto) if self.waiting == Waiting::Photo => {
                effects.push(Effect::StopPhoto);
            }
            (_, Touch::ShowForm(place)) => self.show_form(*place),
            (_, Touch::ShowPage(place)) => self.show_page(*place),
            (_, Touch::DropPage) if self.waiting == Waiting::Nothing => {
                self.drop_shown_page(effects);
            }
            (Page::Paper, Touch::PaperLater) => self.leave_paper_for_later(effects),
            (Page::Paper, Touch::Next) if self.papers_are_complete() => self.go_on(Page::Review),
            (Page::Handover, Touch::TypeByHand) => self.go(Page::Type(Field::CaseNumber)),
            (Page::Handover, Touch::PaperLater) if !self.papers_are_complete() => {
                self.hand_over(effects);
            }
            (Page::Handover, Touch::Next) if self.papers_are_complete() => self.hand_over(effects),
            _ => {}
        }
    }

    fn touch_pick(&mut self, pick: Pick, touch: Touch, effects: &mut Vec<Effect>) {
        match touch {
            Touch::Choose(place) if place < self.pick_count(pick) => {
                self.choose(pick, place, effects);
            }
            Touch::Next if pick == Pick::Reasons && self.answers.has_reason() => {
                self.go_on(Page::Pick(Pick::NearRelative));
            }
            Touch::Edit(_) if pick == Pick::Reasons => self.go(Page::Type(Field::ReasonText)),
            _ => {}
        }
    }

    fn choose(&mut self, pick: Pick, place: usize, effects: &mut Vec<Effect>) {
        let content = self.content.clone();
        match pick {
            Pick::Scheme => {
                self.answers.scheme = self.offered_schemes().get(place).copied();
                self.drop_pages_of_other_schemes(effects);
                self.go_on(Page::Privacy);
            }
            Pick::NoNumberReason => {
                self.answers
                    .set_no_number(content.no_number_reasons[place].code);
                self.go_on_about_applicant();
            }
            Pick::Sex => {
                // Male stands first and is code 1, female second and code 2.
                self.answers.sex_code = Some(if place == 0 { 1 } else { 2 });
                self.go_on_about_applicant();
            }
            Pick::Township => {
                self.answers.township = Some(place);
                self.go_on_about_applicant();
            }
            Pick::MemberRelation => {
                self.member.relation = Some(content.relations[place].code);
                self.go(Page::Type(Field::MemberName));
            }
            Pick::MemberNoNumberReason => {
                self.finish_member(IdAnswer::Missing(content.no_number_reasons[place].code));
            }
            Pick::Reasons => {
                let code = content.reasons[place].code;
                if !self.answers.reasons.remove(&code) {
                    self.answers.reasons.insert(code);
                }
            }
            Pick::NearRelative => {
                if place == 0 {
                    self.answers.near_relative = Some(NearRelative::None);
                    self.go_on(Page::Consents);
                } else {
                    self.go(Page::Type(Field::OfficialName));
                }
            }
            Pick::OfficialRelation => {
                if let Some(official_name) = self.official_name.clone() {
                    let relation = content.official_relations[place].code;
                    let answer = NearRelativeAnswer {
                        official_name,
                        relation,
                    };
                    self.answers.near_relative = Some(NearRelative::Related(answer));
                    self.go_on(Page::Consents);
                }
            }
        }
    }

    fn touch_typing(&mut self, field: Field, touch: Touch, effects: &mut Vec<Effect>) {
        match touch {
            Touch::Type(typed) => self.editor.type_text(&typed.0, field),
            Touch::Erase => self.editor.erase(),
            Touch::EraseAll => self.editor.erase_all(),
            Touch::Candidate(place) => self.editor.choose(place),
            Touch::CandidatesForward => self.editor.turn_candidates(true),
            Touch::CandidatesBack => self.editor.turn_candidates(false),
            Touch::Next => {
                if let Err(fault) = self.take_line(field, effects) {
                    self.editor.fault = Some(fault);
                }
            }
            Touch::NoneOfThese => match field {
                Field::IdNumber => self.go(Page::Pick(Pick::NoNumberReason)),
                Field::MemberIdNumber => self.go(Page::Pick(Pick::MemberNoNumberReason)),
                Field::Phone => {
                    self.answers.phone = Some(String::new());
                    self.go_on_about_applicant();
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// Checks the typed line and stores it as the answer.
    fn take_line(&mut self, field: Field, effects: &mut Vec<Effect>) -> Result<(), FieldFault> {
        let line = self.editor.text().trim().to_owned();
        match field {
            Field::Name => {
                let name = name(&line)?;
                self.answers.from_card &= self.answers.name.as_ref() == Some(&name);
                self.warn_of_unshown(&name);
                self.answers.name = Some(name);
                self.go_on_about_applicant();
            }
            Field::IdNumber => {
                let number = IdNumber::parse(&line).map_err(FieldFault::IdNumber)?;
                if self.answers.has_number(number.as_str(), true) {
                    return Err(FieldFault::SameNumber);
                }
                let same = IdAnswer::Number(number.as_str().to_owned());
                if self.answers.id_number.as_ref() != Some(&same) {
                    self.answers.set_number(&number);
                }
                self.go_on_about_applicant();
            }
            Field::BirthDate => {
                self.answers.birth = Some(birth(&line)?);
                self.go_on_about_applicant();
            }
            Field::Address => {
                let address = text(&line, ADDRESS_CHARS_MAX)?;
                if address.is_empty() {
                    return Err(FieldFault::AddressEmpty);
                }
                self.answers.from_card &= self.answers.address.as_ref() == Some(&address);
                self.answers.address = Some(address);
                self.go_on_about_applicant();
            }
            Field::Phone => {
                let phone = match Phone::parse(&line) {
                    Ok(phone) => phone.as_str().to_owned(),
                    // An empty line says that there is none.
                    Err(PhoneError::Empty) => String::new(),
                    Err(error) => return Err(FieldFault::Phone(error)),
                };
                self.answers.phone = Some(phone);
                self.go_on_about_applicant();
            }
            Field::ReasonText => {
                self.answers.reason_text = text(&line, REASON_TEXT_CHARS_MAX)?;
                self.go(Page::Pick(Pick::Reasons));
            }
            Field::MemberName => {
                let name = name(&line)?;
                self.member.name = Some(name.clone());
                self.go(Page::Type(Field::MemberIdNumber));
                self.warn_of_unshown(&name);
            }
            Field::MemberIdNumber => {
                let number = IdNumber::parse(&line).map_err(FieldFault::IdNumber)?;
                if self.answers.has_number(number.as_str(), false) {
                    return Err(FieldFault::SameNumber);
                }
                self.finish_member(IdAnswer::Number(number.as_str().to_owned()));
            }
            Field::OfficialName => {
                self.official_name = Some(name(&line)?);
                self.go(Page::Pick(Pick::OfficialRelation));
            }
            Field::CaseNumber => {
                let number: SlipNumber = line.parse().map_err(FieldFault::SlipNumber)?;
                self.go(Page::Handover);
                self.take_slip(number);
            }
            Field::SlipNumber => {
                let number: SlipNumber = line.parse().map_err(FieldFault::SlipNumber)?;
                self.waiting = Waiting::Status;
                effects.push(Effect::LookUpStatus(StatusQuery::SlipNumber(
                    number.to_string(),
                )));
            }
        }
        Ok(())
    }

    fn finish_member(&mut self, id_number: IdAnswer) {
        let MemberBegun { relation, name } = std::mem::take(&mut self.member);
        if let (Some(relation), Some(name)) = (relation, name) {
            self.answers.add_member(relation, name, id_number);
        }
        self.editor = Editor::default();
        self.go(Page::Household);
        // The new member is on the last sheet.
        self.sheet = self.sheet_count() - 1;
    }
}

fn name(line: &str) -> Result<String, FieldFault> {
    PersonName::parse(line)
        .map(|name| name.entered().to_owned())
        .map_err(FieldFault::Name)
}

fn text(line: &str, limit: usize) -> Result<String, FieldFault> {
    let chars = line.chars().count();
    if chars > limit {
        Err(FieldFault::TooLong { chars, limit })
    } else {
        Ok(line.to_owned())
    }
}

/// `YYYYMMDD` of a day that the calendar has.
fn birth(line: &str) -> Result<String, FieldFault> {
    let digits = line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit());
    let day = chrono::NaiveDate::parse_from_str(line, "%Y%m%d");
    // Whether the day has been is the county's to judge: this clock is not trusted.
    if digits && day.is_ok() && line >= EARLIEST_BIRTH {
        Ok(line.to_owned())
    } else {
        Err(FieldFault::BirthDate)
    }
}
