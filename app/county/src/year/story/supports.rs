//! What becomes of a destitute person's support: self-care that changes, endings that are posted, objected to, decided on.

use chrono::NaiveDate;
use relief::{
    Action, Actor, CaseEvent, Deadline, Details, Ending, EventId, Fact, Inquiry, Month, Role,
    Rulebook, SchemeId, SelfCare, Stage, household::HouseholdStopped,
};

use super::{Story, Today};
use crate::year::noon_ms;

/// The case of a destitute person whose support is paid.
pub(in crate::year) struct Support {
    stage: Stage,
    /// What happened to it in the year.
    pub(in crate::year) events: Vec<CaseEvent>,
    /// What that issued.
    pub(in crate::year) issued: Vec<Deadline>,
}

impl Support {
    const fn paid() -> Self {
        Self {
            stage: Stage::InPayment,
            events: Vec::new(),
            issued: Vec::new(),
        }
    }

    /// Whether the rules let it happen.
    fn take(&mut self, book: &Rulebook, day: NaiveDate, action: Action, details: Details) -> bool {
        let event = CaseEvent {
            action,
            actor: Actor {
                role: Role::County,
                name: "经办员".to_owned(),
            },
            at_ms: noon_ms(day),
            reason: "依据核查结果".to_owned(),
            ground: None,
            details,
            evidence: String::new(),
        };
        let facts = book.case_facts(SchemeId::TEKUN, &self.events, &self.issued, day);
        let Ok(stage) = self.stage.after(&event, &facts) else {
            return false;
        };
        self.stage = stage;
        let new = book.deadlines(SchemeId::TEKUN, &self.events, &self.issued, &event);
        self.issued.extend(new);
        self.events.push(event);
        true
    }
}

impl Story<'_> {
    pub(super) fn supports(&mut self, today: &mut Today<'_, '_>) {
        let book = self.book;
        let destitute: Vec<EventId> = today
            .registers
            .roster
            .households()
            .filter(|household| household.entered.class.scheme() == SchemeId::TEKUN)
            .filter(|household| household.stopped().is_none())
            .map(|household| household.id)
            .collect();
        if destitute.is_empty() {
            return;
        }
        for action in [Action::ReportSelfCare, Action::PostEnding] {
            if self.chance.one_in(3) {
                let household = destitute[self.chance.below(destitute.len())];
                let support = self.supports.entry(household);
                let support = support.or_insert_with(Support::paid);
                if !support.take(book, today.day, action, Details::None) {
                    self.refused += 1;
                }
            }
        }
        let under_way: Vec<EventId> = self.supports.keys().copied().collect();
        for household in under_way {
            // A register may have ended what a case was about: the person died.
            if destitute.contains(&household) {
                self.go_on_with_support(today, household);
            }
        }
    }

    fn go_on_with_support(&mut self, today: &mut Today<'_, '_>, household: EventId) {
        let Some(support) = self.supports.get_mut(&household) else {
            return;
        };
        let facts =
            self.book
                .case_facts(SchemeId::TEKUN, &support.events, &support.issued, today.day);
        let chance = &mut self.chance;
        let mut steps = Vec::new();
        if facts.self_care == Inquiry::Running && chance.one_in(5) {
            let assessed = SelfCare::of(|_| chance.one_in(2));
            steps.push((Action::AssessSelfCare, Details::SelfCare { assessed }));
        }
        match facts.ending {
            Ending::None => {}
            Ending::Posted if chance.one_in(25) => {
                steps.push((Action::ObjectToEnding, Details::None));
            }
            Ending::Posted if chance.one_in(3) => steps.push((Action::Stop, Details::None)),
            Ending::Posted => {}
            Ending::Objected if chance.one_in(8) => {
                let ends = !chance.one_in(3);
                steps.push((Action::DecideOnEnding, Details::EndingDecision { ends }));
            }
            Ending::Objected => {}
            Ending::Upheld => steps.push((Action::PostEnding, Details::None)),
        }
        for (action, details) in steps {
            if !support.take(self.book, today.day, action, details) {
                self.refused += 1;
            } else if action == Action::Stop {
                today.facts.push(Fact::HouseholdStopped(HouseholdStopped {
                    household,
                    from: Month::of(today.day).plus(1),
                    decided: today.day,
                }));
            }
        }
    }
}
