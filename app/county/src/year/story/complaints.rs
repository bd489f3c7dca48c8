//! Complaints, problems that are put right, and calls.

use chrono::{Datelike, Days};
use relief::{
    Fact, Fen, FocusItem, ListCode,
    county_event::Withdrawn,
    hotline::{CallSettled, CallTaken},
    lead::{LeadAnswered, LeadEntered, LeadHandedOver, LeadTold, LeadVerified, Verdict},
    rectification::{
        ProblemClosed, ProblemEntered, ProblemProgressed, ProblemState, StaffSanctioned,
        SystemImproved,
    },
};

use super::{Story, Today};
use crate::year::people::{name, words};

impl Story<'_> {
    pub(super) fn leads(&mut self, today: &mut Today<'_, '_>) {
        if self.chance.one_in(4) {
            let by = (!self.chance.one_in(3)).then(|| self.people.one(&mut self.chance));
            today.facts.push(Fact::LeadEntered(LeadEntered {
                by,
                place: self.village(),
                through: ListCode(self.chance.of(&[5, 6, 7])),
                focus: FocusItem(self.chance.of(&[1, 2, 3, 4, 5])),
                words: words("群众反映的问题"),
                received: today.day,
                repeats: None,
                skipped_level: self.chance.one_in(15),
            }));
        }
        for lead in today.registers.leads.leads() {
            let (id, on) = (lead.id, today.day);
            if lead.told.is_none() && lead.is_real_name() && self.chance.one_in(5) {
                today.facts.push(Fact::LeadTold(LeadTold { lead: id, on }));
            } else if lead.verified.is_none() && self.chance.one_in(12) {
                let verdict = self.chance.of(&Verdict::ALL);
                let by = vec![name("核查员甲"), name("核查员乙")];
                today.facts.push(Fact::LeadVerified(LeadVerified {
                    lead: id,
                    on,
                    by,
                    verdict,
                }));
                if verdict == Verdict::True && self.chance.one_in(2) {
                    let to = words("县纪委监委");
                    today
                        .facts
                        .push(Fact::LeadHandedOver(LeadHandedOver { lead: id, on, to }));
                }
            } else if lead.verified.is_some() && lead.answered.is_none() && self.chance.one_in(6) {
                today
                    .facts
                    .push(Fact::LeadAnswered(LeadAnswered { lead: id, on }));
            }
        }
    }

    /// The campaign's months: problems are found, worked on and closed.
    pub(super) fn problems(&mut self, today: &mut Today<'_, '_>) {
        if (4..=10).contains(&today.day.month()) && self.chance.one_in(2) {
            let place = self.village();
            let due = today
                .day
                .checked_add_days(Days::new(30))
                .unwrap_or(today.day);
            today.facts.push(Fact::ProblemEntered(ProblemEntered {
                focus: FocusItem(self.chance.of(&[1, 2, 3, 4, 5])),
                origin: ListCode(self.chance.of(&[1, 2, 3, 4])),
                place,
                words: words("排查发现的问题"),
                households: u32::try_from(1 + self.chance.below(5)).unwrap_or(1),
                persons: u32::try_from(1 + self.chance.below(12)).unwrap_or(1),
                amount: Fen(i64::try_from(self.chance.below(50)).unwrap_or(0) * 10_000),
                measures: words("逐户核对，限期整改"),
                unit: words("乡镇人民政府"),
                leader: Some(name("分管领导")),
                responsible: Some(name("经办员")),
                due,
                lead: None,
            }));
        }
        for problem in today
            .registers
            .problems
            .problems()
            .filter(|one| one.closed.is_none())
        {
            let id = problem.id;
            let money = Fen(i64::try_from(self.chance.below(3)).unwrap_or(0) * 10_000);
            let step = |state, recovered, made_up| {
                Fact::ProblemProgressed(ProblemProgressed {
                    problem: id,
                    state,
                    on: today.day,
                    recovered,
                    made_up,
                })
            };
            match problem.state() {
                ProblemState::NotBegun if self.chance.one_in(5) => {
                    today
                        .facts
                        .push(step(ProblemState::UnderWay, Fen::ZERO, Fen::ZERO));
                }
                ProblemState::UnderWay if self.chance.one_in(15) => {
                    let state = self.chance.of(&[
                        ProblemState::Done,
                        ProblemState::Done,
                        ProblemState::GoesOn,
                    ]);
                    today.facts.push(step(state, money, money));
                    if self.chance.one_in(6) {
                        today.facts.push(Fact::StaffSanctioned(StaffSanctioned {
                            problem: id,
                            persons: 1,
                        }));
                    }
                    if self.chance.one_in(8) {
                        let title = words("资金发放核对办法");
                        today
                            .facts
                            .push(Fact::SystemImproved(SystemImproved { problem: id, title }));
                    }
                }
                ProblemState::Done | ProblemState::GoesOn if self.chance.one_in(10) => {
                    today.facts.push(Fact::ProblemClosed(ProblemClosed {
                        problem: id,
                        on: today.day,
                        accepted_by: name("验收人"),
                    }));
                }
                _ => {}
            }
        }
    }

    pub(super) fn calls(&mut self, today: &mut Today<'_, '_>) {
        for _ in 0..self.chance.below(6) {
            today.facts.push(Fact::CallTaken(CallTaken {
                kind: ListCode(self.chance.of(&[1, 1, 1, 2, 3, 4])),
                place: self.village(),
                words: words("来电咨询"),
                phone: None,
                answered: !self.chance.one_in(5),
            }));
        }
        for call in relief::hotline::calls(&today.registers.log) {
            if call.is_open() && self.chance.one_in(3) {
                today.facts.push(Fact::CallSettled(CallSettled {
                    call: call.event.id,
                }));
            }
        }
    }

    /// Something was entered by mistake, and is taken back.
    pub(super) fn slip_of_the_pen(&mut self, today: &mut Today<'_, '_>) {
        let calls = relief::hotline::calls(&today.registers.log);
        if let Some(call) = calls.iter().rev().find(|call| call.settled.is_none()) {
            today.facts.push(Fact::Withdrawn(Withdrawn {
                event: call.event.id,
            }));
        }
    }
}
