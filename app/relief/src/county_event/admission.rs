//! Which facts may be stated next, and which rule refuses the others.

use super::{CountyEvent, EventId, Fact, NotAdmitted};
use crate::fen::Fen;
use crate::household::{HouseholdEntered, HouseholdMember, SupportClass};
use crate::lists::{ListCode, ListName};
use crate::month::Month;
use crate::monthly_report::{CHANGES_MAX, ChangeSettled, VillageReported};
use crate::near_relative::{FilingResult, FilingSettled, RelativeFiled};
use crate::payment::{PAY_LINES_MAX, PayDays, PayListEntered};
use crate::rectification::{ProblemClosed, ProblemEntered, ProblemState};
use crate::registers::Registers;
use crate::report_calendar::ReportHandedIn;
use crate::scheme::SchemeId;
use crate::special_group::{PersonFound, PersonSettled, Special, SpecialGroup};

impl Registers<'_> {
    /// Whether `event`, whose number is not given yet, may follow what is known. The registers are those of its day.
    ///
    /// # Errors
    ///
    /// [`NotAdmitted`], the first rule that refuses it.
    pub fn admit(&self, event: &CountyEvent) -> Result<(), NotAdmitted> {
        for (id, wanted) in event.fact.references() {
            let there = self.log.get(id).is_some_and(|other| wanted.is(&other.fact));
            ensure(there, NotAdmitted::NoSuchEvent)?;
        }
        let happened = event.fact.last_happened();
        ensure(
            happened.is_none_or(|day| day <= event.date()),
            NotAdmitted::Ahead,
        )?;
        ensure(
            !needs_reason(&event.fact) || !event.reason.is_empty(),
            NotAdmitted::ReasonMissing,
        )?;
        match &event.fact {
            Fact::Withdrawn(one) => self.withdrawal(one.event),
            Fact::HouseholdEntered(one) => self.household(one),
            Fact::AmountSet(one) => {
                let runs = self.runs(one.household, one.from);
                ensure(runs, NotAdmitted::OutOfOrder)?;
                ensure(one.monthly.is_an_entry(), NotAdmitted::Amount)
            }
            Fact::MembersSet(one) => {
                ensure(self.runs(one.household, one.from), NotAdmitted::OutOfOrder)?;
                members(&one.members)
            }
            Fact::HouseholdStopped(one) => {
                let household = self.roster.get(one.household);
                let stopped = household.is_some_and(|household| household.stopped().is_some());
                ensure(!stopped, NotAdmitted::Twice)?;
                let begun = household.is_some_and(|household| household.entered.from <= one.from);
                ensure(begun, NotAdmitted::Backwards)
            }
            Fact::OfficialEntered(one) => {
                let code = &one.place.township;
                ensure(
                    code.is_empty() || self.has_township(code),
                    NotAdmitted::Code,
                )
            }
            Fact::OfficialLeft(one) => {
                let official = self.near_relatives.official(one.official);
                let left = official.is_some_and(|official| official.last.is_some());
                ensure(!left, NotAdmitted::Twice)?;
                let from = official.map(|official| official.entered.from);
                ensure(
                    from.is_none_or(|from| from <= one.last),
                    NotAdmitted::Backwards,
                )
            }
            Fact::RelativeNamed(one) => {
                let known = self.book.codes.near_relative(one.relation).is_some();
                ensure(known, NotAdmitted::Code)
            }
            Fact::ApplicationEntered(one) => {
                ensure(!one.persons.is_empty(), NotAdmitted::Nobody)?;
                let scheme = self.book.schemes.get(one.scheme).is_some();
                ensure(
                    scheme && self.has_township(&one.place.township),
                    NotAdmitted::Code,
                )?;
                let there = self
                    .near_relatives
                    .applications()
                    .any(|(_, other)| other.slip == one.slip);
                ensure(!there, NotAdmitted::Twice)
            }
            Fact::RelativeFiled(one) => self.filing(one),
            Fact::FilingVisited(one) => ensure(2 <= one.by.len(), NotAdmitted::TwoVisitors),
            Fact::Recused(one) => {
                let filing = self.near_relatives.filing(one.filing);
                let official = filing
                    .and_then(|filing| self.near_relatives.official(filing.filed.official))
                    .map(|official| official.entered.person.name.as_str());
                ensure(
                    official != Some(one.instead.as_str()),
                    NotAdmitted::SameOfficial,
                )
            }
            Fact::FilingSettled(one) => self.filing_settled(one),
            Fact::PayListEntered(one) => self.pay_list(one, event),
            Fact::MoneyRecovered(one) => ensure(
                one.amount.is_an_entry() && one.amount != Fen::ZERO,
                NotAdmitted::Amount,
            ),
            Fact::VillageReported(one) => self.village_report(one),
            Fact::VillageReportChecked(one) => {
                let lines = self.monthly_reports.lines(one.report).unwrap_or(0);
                let there = one.wrong.iter().all(|line| (*line as usize) < lines);
                ensure(there, NotAdmitted::NoSuchEvent)
            }
            Fact::TownshipReported(one) => {
                ensure(self.has_township(&one.place.township), NotAdmitted::Code)
            }
            Fact::ChangeSettled(one) => self.change_settled(one),
            Fact::PersonFound(one) => self.person_found(one),
            Fact::HouseholdRechecked(one) => ensure(!one.by.is_empty(), NotAdmitted::Nobody),
            Fact::PersonSettled(one) => self.person_settled(one),
            Fact::PolicyApplied(one) => {
                self.list_code(ListName::Policy, one.policy)?;
                self.special(one.found, |special| {
                    ensure(!special.found.group.leaves(), NotAdmitted::NotOfThisKind)
                })
            }
            Fact::PolicyNotApplied(one) => self.special(one.found, |special| {
                ensure(!special.found.group.leaves(), NotAdmitted::NotOfThisKind)
            }),
            Fact::LeadEntered(one) => {
                self.focus(one.focus)?;
                self.list_code(ListName::Channel, one.through)?;
                ensure(!one.words.is_empty(), NotAdmitted::Entries)
            }
            Fact::LeadTold(one) => {
                let told = self
                    .leads
                    .get(one.lead)
                    .is_some_and(|lead| lead.told.is_some());
                ensure(!told, NotAdmitted::Twice)
            }
            Fact::LeadVerified(one) => ensure(!one.by.is_empty(), NotAdmitted::Nobody),
            Fact::LeadAnswered(one) => {
                let lead = self.leads.get(one.lead);
                let verified = lead.is_some_and(|lead| lead.verified.is_some());
                ensure(verified, NotAdmitted::VerifyFirst)?;
                ensure(
                    lead.is_some_and(|lead| lead.answered.is_none()),
                    NotAdmitted::Twice,
                )
            }
            Fact::LeadExtended(one) => {
                let lead = self.leads.get(one.lead);
                ensure(
                    lead.is_some_and(|lead| lead.extended.is_none()),
                    NotAdmitted::Twice,
                )?;
                let open = lead.is_some_and(|lead| lead.answered.is_none());
                ensure(open, NotAdmitted::OutOfOrder)
            }
            Fact::LeadHandedOver(one) => {
                let there = self
                    .leads
                    .get(one.lead)
                    .is_some_and(|lead| lead.handed_over.is_some());
                ensure(!there, NotAdmitted::Twice)
            }
            Fact::ProblemEntered(one) => self.problem(one),
            Fact::ProblemProgressed(one) => {
                let sound = one.recovered.is_an_entry() && one.made_up.is_an_entry();
                ensure(sound, NotAdmitted::Amount)?;
                let problem = self.problems.get(one.problem);
                ensure(
                    problem.is_some_and(|one| one.closed.is_none()),
                    NotAdmitted::OutOfOrder,
                )
            }
            Fact::ProblemClosed(one) => self.problem_closed(one),
            Fact::StaffSanctioned(one) => ensure(one.persons != 0, NotAdmitted::Entries),
            Fact::SystemImproved(one) => ensure(!one.title.is_empty(), NotAdmitted::Entries),
            Fact::ReportHandedIn(one) => self.report(one),
            Fact::CallTaken(one) => self.list_code(ListName::Call, one.kind),
            Fact::CallSettled(one) => {
                let open = crate::hotline::calls(&self.log)
                    .iter()
                    .any(|call| call.event.id == one.call && call.is_open());
                ensure(open, NotAdmitted::Twice)
            }
        }
    }

    fn withdrawal(&self, id: EventId) -> Result<(), NotAdmitted> {
        let needed = self.log.iter().any(|event| {
            id < event.id
                && event
                    .fact
                    .references()
                    .iter()
                    .any(|(other, _)| *other == id)
        });
        ensure(!needed, NotAdmitted::StillNeeded)
    }

    fn household(&self, one: &HouseholdEntered) -> Result<(), NotAdmitted> {
        ensure(
            one.monthly.is_an_entry() && one.monthly != Fen::ZERO,
            NotAdmitted::Amount,
        )?;
        ensure(self.has_township(&one.place.township), NotAdmitted::Code)?;
        let institution = one.class == SupportClass::TekunCollective;
        ensure(
            institution != one.institution.is_empty(),
            NotAdmitted::NotOfThisKind,
        )?;
        members(&one.members)
    }

    /// Whether the household is in support in the month.
    fn runs(&self, household: EventId, month: Month) -> bool {
        self.roster.get(household).is_some_and(|household| {
            household.entered.from <= month
                && household.stopped().is_none_or(|(from, _)| month < from)
        })
    }

    fn filing(&self, one: &RelativeFiled) -> Result<(), NotAdmitted> {
        let known = one
            .relation
            .is_none_or(|code| self.book.codes.near_relative(code).is_some());
        ensure(known, NotAdmitted::Code)?;
        let there = self.near_relatives.filings().any(|filing| {
            filing.filed.assisted == one.assisted && filing.filed.official == one.official
        });
        ensure(!there, NotAdmitted::Twice)
    }

    fn filing_settled(&self, one: &FilingSettled) -> Result<(), NotAdmitted> {
        let filing = self.near_relatives.filing(one.filing);
        // A refusal needs no visit; whoever is kept or taken in does, and so does who is told to leave.
        let visited = filing.is_some_and(|filing| !filing.awaits_visit());
        ensure(
            visited || one.result == FilingResult::Refused,
            NotAdmitted::VisitFirst,
        )
    }

    fn pay_list(&self, one: &PayListEntered, event: &CountyEvent) -> Result<(), NotAdmitted> {
        ensure(
            (1..=PAY_LINES_MAX).contains(&one.lines.len()),
            NotAdmitted::Entries,
        )?;
        ensure(one.from <= one.to, NotAdmitted::Backwards)?;
        let sound = one.lines.iter().all(|line| line.amount.is_an_entry());
        ensure(sound, NotAdmitted::Amount)?;
        let days = PayDays::between(self.book, one.from, one.to);
        let whole = days
            .covering(one.class, one.from)
            .is_some_and(|day| day.covers(one.to));
        ensure(whole, NotAdmitted::PayDays)?;
        let sha256 = |event: &CountyEvent| event.evidence.as_ref().and_then(|one| one.sha256);
        let there = sha256(event).is_some()
            && self.log.iter().any(|other| {
                matches!(other.fact, Fact::PayListEntered(_)) && sha256(other) == sha256(event)
            });
        ensure(!there, NotAdmitted::Twice)
    }

    fn village_report(&self, one: &VillageReported) -> Result<(), NotAdmitted> {
        ensure(one.changes.len() <= CHANGES_MAX, NotAdmitted::Entries)?;
        let placed = self.has_township(&one.place.township) && !one.place.village.is_empty();
        ensure(placed, NotAdmitted::Code)?;
        one.changes
            .iter()
            .try_for_each(|change| self.list_code(ListName::Change, change.kind))
    }

    fn change_settled(&self, one: &ChangeSettled) -> Result<(), NotAdmitted> {
        let mut changes = self.monthly_reports.changes();
        let change = changes
            .find(|change| change.report == one.report && change.line == one.line)
            .ok_or(NotAdmitted::NoSuchEvent)?;
        ensure(change.wrong != Some(true), NotAdmitted::NotOfThisKind)?;
        ensure(change.outcome.is_none(), NotAdmitted::Twice)
    }

    fn person_found(&self, one: &PersonFound) -> Result<(), NotAdmitted> {
        self.list_code(ListName::Channel, one.through)?;
        ensure(self.has_township(&one.place.township), NotAdmitted::Code)?;
        let disabled = one.group == SpecialGroup::NewlyDisabled;
        ensure(
            disabled == one.disability.is_some(),
            NotAdmitted::NotOfThisKind,
        )?;
        if let Some(disability) = &one.disability {
            self.list_code(ListName::Disability, disability.kind)?;
            ensure((1..=4).contains(&disability.level), NotAdmitted::Code)?;
        }
        let known = one
            .person
            .key
            .is_some_and(|key| self.special_groups.knows(key, one.group, one.happened));
        ensure(!known, NotAdmitted::Twice)
    }

    fn person_settled(&self, one: &PersonSettled) -> Result<(), NotAdmitted> {
        ensure(one.monthly.is_an_entry(), NotAdmitted::Amount)?;
        ensure(
            one.funeral.is_none_or(Fen::is_an_entry),
            NotAdmitted::Amount,
        )?;
        self.special(one.found, |special| {
            ensure(special.found.group.leaves(), NotAdmitted::NotOfThisKind)?;
            ensure(special.settled.is_none(), NotAdmitted::Twice)?;
            let household = special.found.household.and_then(|id| self.roster.get(id));
            let others = household.is_some_and(|household| {
                let (members, _) = household.members(Month::of(special.found.happened));
                household.entered.class.scheme() == SchemeId::DIBAO && 1 < members.len()
            });
            let needs = others && special.found.group == SpecialGroup::Died;
            ensure(
                !needs || special.rechecked.is_some(),
                NotAdmitted::RecheckFirst,
            )
        })
    }

    fn problem(&self, one: &ProblemEntered) -> Result<(), NotAdmitted> {
        self.focus(one.focus)?;
        self.list_code(ListName::Origin, one.origin)?;
        ensure(one.amount.is_an_entry(), NotAdmitted::Amount)?;
        ensure(!one.words.is_empty(), NotAdmitted::Entries)
    }

    fn problem_closed(&self, one: &ProblemClosed) -> Result<(), NotAdmitted> {
        let problem = self.problems.get(one.problem);
        ensure(
            problem.is_some_and(|problem| problem.closed.is_none()),
            NotAdmitted::Twice,
        )?;
        let done = problem.is_some_and(|problem| {
            matches!(problem.state(), ProblemState::Done | ProblemState::GoesOn)
        });
        ensure(done, NotAdmitted::OutOfOrder)
    }

    fn report(&self, one: &ReportHandedIn) -> Result<(), NotAdmitted> {
        ensure(self.has_township(&one.township), NotAdmitted::Code)?;
        let (first, last) = (
            Month::of(one.nominal).plus(-1),
            Month::of(one.nominal).plus(1),
        );
        let due = self.book.duties.due_between(
            first.first_day(),
            last.last_day(),
            &self.book.settings,
            &self.book.calendar,
        );
        let owed = due
            .iter()
            .any(|date| date.id == one.duty && date.nominal == one.nominal);
        ensure(owed, NotAdmitted::Code)?;
        let there = self.log.iter().any(|event| match &event.fact {
            Fact::ReportHandedIn(other) => other == one,
            _ => false,
        });
        ensure(!there, NotAdmitted::Twice)
    }

    fn special(
        &self,
        id: EventId,
        check: impl FnOnce(&Special<'_>) -> Result<(), NotAdmitted>,
    ) -> Result<(), NotAdmitted> {
        self.special_groups
            .get(id)
            .map_or(Err(NotAdmitted::NoSuchEvent), check)
    }

    fn list_code(&self, list: ListName, code: ListCode) -> Result<(), NotAdmitted> {
        ensure(self.book.lists.has(list, code), NotAdmitted::Code)
    }

    fn focus(&self, focus: crate::lists::FocusItem) -> Result<(), NotAdmitted> {
        let there = self
            .book
            .lists
            .focus_items()
            .iter()
            .any(|item| item.code == focus);
        ensure(there, NotAdmitted::Code)
    }

    fn has_township(&self, code: &str) -> bool {
        self.book.codes.township(code).is_some()
    }
}

/// What the affected person is told in writing, and what is found out or done, has its reason or its words.
const fn needs_reason(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Withdrawn(_)
            | Fact::AmountSet(_)
            | Fact::HouseholdStopped(_)
            | Fact::PolicyNotApplied(_)
            | Fact::LeadVerified(_)
            | Fact::LeadExtended(_)
            | Fact::ProblemProgressed(_)
            | Fact::CallSettled(_)
    )
}

fn members(members: &[HouseholdMember]) -> Result<(), NotAdmitted> {
    const MEMBERS_MAX: usize = crate::record::MEMBERS_MAX + 1;
    ensure(!members.is_empty(), NotAdmitted::Nobody)?;
    ensure(members.len() <= MEMBERS_MAX, NotAdmitted::Entries)
}

fn ensure(holds: bool, otherwise: NotAdmitted) -> Result<(), NotAdmitted> {
    if holds { Ok(()) } else { Err(otherwise) }
}
