//! What happens on each day.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use county::County;
use relief::{
    Actor, CountyEvent, EventId, Fact, Fen, FocusItem, ListCode, Month, Place, Registers, Role,
    Rulebook, SchemeId, SlipNumber,
    county_event::Withdrawn,
    hotline::{CallSettled, CallTaken},
    household::{HouseholdEntered, HouseholdMember, HouseholdStopped, MembersSet, SupportClass},
    lead::{LeadAnswered, LeadEntered, LeadHandedOver, LeadTold, LeadVerified, Verdict},
    monthly_report::{
        Change, ChangeLine, ChangeOutcome, ChangeSettled, TownshipReported, VillageReportChecked,
        VillageReported,
    },
    near_relative::{
        ApplicationEntered, Declared, FilingResult, FilingSettled, FilingVisited, OfficialCategory,
        OfficialEntered, OfficialLeft, Recused, RelativeFiled, RelativeNamed,
    },
    payment::{LineState, MoneyRecovered, PayDays, PayLine, PayListEntered, Payee, overpaid},
    rectification::{
        ProblemClosed, ProblemEntered, ProblemProgressed, ProblemState, StaffSanctioned,
        SystemImproved,
    },
    report_calendar::{ReportHandedIn, owed_reports},
    special_group::{
        Disability, HouseholdRechecked, Measure, PersonFound, PersonSettled, PolicyApplied,
        PolicyNotApplied, SpecialGroup,
    },
};

use super::{
    noon_ms,
    people::{Chance, People, name, villages, words},
};

const INSTITUTIONS: &[&str] = &["第一敬老院", "第二敬老院", "第三敬老院", "第四敬老院"];

/// A year as it is played.
pub(super) struct Story<'c> {
    chance: Chance,
    people: People<'c>,
    book: &'c Rulebook,
    villages: Vec<Place>,
    households: usize,
    slips: u32,
    /// Facts that will be stated on a later day.
    later: BTreeMap<NaiveDate, Vec<Fact>>,
    /// How many facts the rules refused.
    pub(super) refused: usize,
}

/// A day of facts that are not admitted yet.
struct Today<'s, 'r> {
    day: NaiveDate,
    registers: &'s Registers<'r>,
    facts: Vec<Fact>,
}

impl<'c> Story<'c> {
    pub(super) fn new(
        seed: u64,
        households: usize,
        county: &'c County,
        book: &'c Rulebook,
    ) -> Self {
        Self {
            chance: Chance::new(seed),
            people: People::new(county),
            book,
            villages: villages(&book.codes),
            households,
            slips: 0,
            later: BTreeMap::new(),
            refused: 0,
        }
    }

    /// What is stated on `day`, after `before`, numbered on from it. What the rules refuse is left out.
    pub(super) fn day(&mut self, day: NaiveDate, before: &[CountyEvent]) -> Vec<CountyEvent> {
        let registers = Registers::known_on(before, self.book, day);
        let mut today = Today {
            day,
            registers: &registers,
            facts: self.later.remove(&day).unwrap_or_default(),
        };
        if before.is_empty() {
            self.begin(&mut today);
        } else {
            self.go_on(&mut today);
        }
        let facts = today.facts;
        let mut stated: Vec<CountyEvent> = Vec::new();
        for fact in facts {
            let id = EventId(u64::try_from(before.len() + stated.len()).unwrap_or(0) + 1);
            let event = CountyEvent {
                id,
                actor: Actor {
                    role: Role::County,
                    name: "经办员".to_owned(),
                },
                at_ms: noon_ms(day),
                reason: words("依据核查结果"),
                evidence: None,
                fact,
            };
            if registers.admit(&event).is_ok() {
                stated.push(event);
            } else {
                self.refused += 1;
            }
        }
        stated
    }

    fn at(&mut self, today: NaiveDate, days: usize, fact: Fact) {
        let days = u64::try_from(days).unwrap_or(0);
        let day = today.checked_add_days(Days::new(days)).unwrap_or(today);
        self.later.entry(day).or_default().push(fact);
    }

    fn village(&mut self) -> Place {
        let index = self.chance.below(self.villages.len());
        self.villages[index].clone()
    }

    fn members(&mut self) -> Vec<HouseholdMember> {
        let many = 1 + self.chance.below(3);
        (0..many)
            .map(|_| HouseholdMember {
                person: self.people.one(&mut self.chance),
                disabled: self.chance.one_in(6),
            })
            .collect()
    }

    fn household(&mut self, class: SupportClass, decided: NaiveDate) -> HouseholdEntered {
        let mut members = self.members();
        if class.scheme() == SchemeId::TEKUN {
            members.truncate(1);
        }
        let collective = class == SupportClass::TekunCollective;
        HouseholdEntered {
            place: self.village(),
            class,
            members,
            monthly: Fen(20_000 + i64::try_from(self.chance.below(80)).unwrap_or(0) * 1_000),
            from: Month::of(decided).plus(1),
            decided,
            institution: if collective {
                words(self.chance.of(INSTITUTIONS))
            } else {
                words("")
            },
            slip: None,
            applied: None,
        }
    }

    /// Everybody who is in support when the year begins, and the officials.
    fn begin(&mut self, today: &mut Today<'_, '_>) {
        for index in 0..self.households {
            let class = match index % 45 {
                0..=6 => SupportClass::DibaoUrban,
                7..=40 => SupportClass::DibaoRural,
                41..=43 => SupportClass::TekunScattered,
                _ => SupportClass::TekunCollective,
            };
            let household = self.household(class, today.day);
            today.facts.push(Fact::HouseholdEntered(household));
        }
        for place in self.villages.clone() {
            self.official(today, OfficialCategory::Village, place);
        }
        for township in self.book.codes.open_townships() {
            for _ in 0..3 {
                let place = Place {
                    township: township.code.clone(),
                    village: String::new(),
                };
                self.official(today, OfficialCategory::Township, place);
            }
        }
    }

    fn official(&mut self, today: &mut Today<'_, '_>, category: OfficialCategory, place: Place) {
        let person = self.people.one(&mut self.chance);
        today.facts.push(Fact::OfficialEntered(OfficialEntered {
            person,
            category,
            place,
            post: words(category.title()),
            from: today.day,
        }));
    }

    fn go_on(&mut self, today: &mut Today<'_, '_>) {
        if today.day.year() < 2024 {
            self.name_relatives(today);
            return;
        }
        self.pay(today);
        self.monthly_report(today);
        self.reports(today);
        self.special_groups(today);
        self.overpayments(today);
        let works = self.book.calendar.is_working_day(today.day).working;
        if !works {
            return;
        }
        self.applications(today);
        self.near_relatives(today);
        self.leads(today);
        self.problems(today);
        self.calls(today);
        if today.day.weekday() == Weekday::Mon {
            self.slip_of_the_pen(today);
        }
    }

    /// Some officials name a relative who is in support.
    fn name_relatives(&mut self, today: &mut Today<'_, '_>) {
        let households: Vec<_> = today.registers.roster.households().collect();
        let officials: Vec<EventId> = today
            .registers
            .near_relatives
            .officials()
            .map(|one| one.id)
            .collect();
        if today
            .registers
            .near_relatives
            .officials()
            .any(|one| !one.relatives.is_empty())
        {
            return;
        }
        for official in officials.into_iter().step_by(6) {
            let household = households[self.chance.below(households.len())];
            let Some(head) = household.head() else {
                continue;
            };
            today.facts.push(Fact::RelativeNamed(RelativeNamed {
                official,
                relative: head.person.clone(),
                relation: relief::RelationCode(self.chance.of(&[2, 3, 4, 20])),
            }));
        }
    }

    /// On its day the bank pays each class; a few lines go wrong, and most of those are made good some days later.
    fn pay(&mut self, today: &mut Today<'_, '_>) {
        let month = Month::of(today.day);
        let days = PayDays::between(self.book, month, month.plus(1));
        for class in SupportClass::ALL {
            let due = days.of(class).iter().find(|day| day.due.date == today.day);
            let Some(due) = due.copied() else {
                continue;
            };
            let accounts = today.registers.accounts(due.from, due.to).accounts;
            let (mut lines, mut repairs) = (Vec::new(), Vec::new());
            for account in accounts {
                if account.class != class || account.pay_day.from != due.from {
                    continue;
                }
                let payee = match &account.to {
                    relief::payment::To::Household(id) => Payee::Household(*id),
                    relief::payment::To::Institution(name) => Payee::Institution(words(name)),
                };
                let line = |amount: Fen, on, state| PayLine {
                    payee: payee.clone(),
                    amount,
                    on,
                    state,
                };
                let owed = account.owed();
                let later = today
                    .day
                    .checked_add_days(Days::new(8))
                    .unwrap_or(today.day);
                match self.chance.below(1000) {
                    0..=2 => repairs.push(line(owed, later, LineState::Paid)),
                    3 => {
                        lines.push(line(Fen(owed.0 / 2), today.day, LineState::Paid));
                        repairs.push(line(Fen(owed.0 - owed.0 / 2), later, LineState::Paid));
                    }
                    4 => lines.push(line(owed, today.day, LineState::Returned)),
                    5 => {
                        lines.push(line(owed, today.day, LineState::Paid));
                        repairs.push(line(owed, later, LineState::Paid));
                    }
                    _ => lines.push(line(owed, today.day, LineState::Paid)),
                }
            }
            let list = |lines| {
                Fact::PayListEntered(PayListEntered {
                    class,
                    from: due.from,
                    to: due.to,
                    lines,
                })
            };
            if !lines.is_empty() {
                today.facts.push(list(lines));
            }
            if !repairs.is_empty() {
                self.at(today.day, 8, list(repairs));
            }
        }
    }

    /// Villages report from the 16th on, most in time; townships check and report from the 22nd on.
    fn monthly_report(&mut self, today: &mut Today<'_, '_>) {
        let month = Month::of(today.day);
        let (day, reports) = (today.day.day(), &today.registers.monthly_reports);
        if (16..=22).contains(&day) {
            let stands = reports.villages(month, &self.villages, self.book);
            for village in stands
                .into_iter()
                .filter(|village| village.reported.is_none())
            {
                if day != 22 && !self.chance.one_in(3) {
                    continue;
                }
                let changes = (0..self.chance.below(3)).map(|_| Change {
                    household: None,
                    person: self.people.one(&mut self.chance),
                    kind: ListCode(self.chance.of(&[1, 2, 3, 4, 5, 6])),
                    words: words("村里报告的变动"),
                });
                today.facts.push(Fact::VillageReported(VillageReported {
                    place: village.place,
                    month,
                    changes: changes.collect(),
                }));
            }
        }
        if day == 23 {
            for village in reports.villages(month, &self.villages, self.book) {
                if let Some((report, _)) = village.reported {
                    let wrong = if village.changes != 0 && self.chance.one_in(20) {
                        vec![0]
                    } else {
                        vec![]
                    };
                    let check = VillageReportChecked { report, wrong };
                    today.facts.push(Fact::VillageReportChecked(check));
                }
            }
        }
        if day == 24 || day == 26 {
            for township in self.book.codes.open_townships() {
                if day == 26 || !self.chance.one_in(8) {
                    let place = Place {
                        township: township.code.clone(),
                        village: String::new(),
                    };
                    let stands = reports.townships(
                        month,
                        &[],
                        std::slice::from_ref(&township.code),
                        self.book,
                    );
                    if stands.iter().all(|one| one.reported.is_none()) {
                        today
                            .facts
                            .push(Fact::TownshipReported(TownshipReported { place, month }));
                    }
                }
            }
        }
        if day == 28 {
            for change in reports.changes().filter(ChangeLine::is_open) {
                today.facts.push(Fact::ChangeSettled(ChangeSettled {
                    report: change.report,
                    line: change.line,
                    outcome: self.chance.of(&ChangeOutcome::ALL),
                }));
            }
        }
    }

    /// Townships hand in what they owe, nine in ten in time.
    fn reports(&mut self, today: &mut Today<'_, '_>) {
        let townships: Vec<String> = self
            .book
            .codes
            .open_townships()
            .map(|one| one.code.clone())
            .collect();
        let first = today
            .day
            .checked_sub_days(Days::new(3))
            .unwrap_or(today.day);
        for owed in owed_reports(
            &today.registers.log,
            &townships,
            first,
            today.day,
            self.book,
        ) {
            let last_chance = owed.duty.due.date == first;
            if owed.handed_in.is_none()
                && (last_chance || (owed.duty.due.date == today.day && !self.chance.one_in(10)))
            {
                today.facts.push(Fact::ReportHandedIn(ReportHandedIn {
                    duty: owed.duty.id,
                    nominal: owed.duty.nominal,
                    township: owed.township,
                }));
            }
        }
    }

    fn special_groups(&mut self, today: &mut Today<'_, '_>) {
        let households: Vec<_> = today
            .registers
            .roster
            .households()
            .filter(|household| household.stopped().is_none())
            .collect();
        if households.is_empty() {
            return;
        }
        for _ in 0..2 {
            let group = match self.chance.below(80) {
                0 => SpecialGroup::Imprisoned,
                1 => SpecialGroup::Detained,
                2..=12 => SpecialGroup::NewlyDisabled,
                13..=20 => SpecialGroup::NewlyMonitored,
                21..=60 => SpecialGroup::Died,
                _ => continue,
            };
            let household = households[self.chance.below(households.len())];
            let month = Month::of(today.day);
            let (members, _) = household.members(month);
            let Some(member) = members.get(self.chance.below(members.len())) else {
                continue;
            };
            let leaves = group.leaves();
            let happened = self.chance.days_before(today.day, 60);
            today.facts.push(Fact::PersonFound(PersonFound {
                person: if leaves {
                    member.person.clone()
                } else {
                    self.people.one(&mut self.chance)
                },
                place: household.entered.place.clone(),
                group,
                happened,
                through: ListCode(self.chance.of(&[1, 2, 3, 4])),
                household: leaves.then_some(household.id),
                disability: (group == SpecialGroup::NewlyDisabled).then(|| Disability {
                    kind: ListCode(self.chance.of(&[1, 4, 5, 6])),
                    level: 1 + u8::try_from(self.chance.below(2)).unwrap_or(0),
                    certificate: words(""),
                }),
                family_size: u8::try_from(1 + self.chance.below(4)).unwrap_or(1),
            }));
        }
        for special in today.registers.special_groups.persons() {
            let open = !special.is_settled();
            if !open || !self.chance.one_in(20) {
                continue;
            }
            let found = special.id;
            if !special.found.group.leaves() {
                today.facts.push(if self.chance.one_in(3) {
                    Fact::PolicyNotApplied(PolicyNotApplied {
                        found,
                        qualifies: false,
                    })
                } else {
                    Fact::PolicyApplied(PolicyApplied {
                        found,
                        policy: ListCode(self.chance.of(&[1, 2, 4, 7])),
                        on: today.day,
                        had_before: self.chance.one_in(5),
                    })
                });
                continue;
            }
            let visitors = vec![name("核查员甲"), name("核查员乙")];
            if special.rechecked.is_none() {
                today
                    .facts
                    .push(Fact::HouseholdRechecked(HouseholdRechecked {
                        found,
                        on: today.day,
                        by: visitors,
                    }));
                continue;
            }
            self.settle(today, special.found, found);
        }
    }

    /// The household goes on without the person, or its support ends.
    fn settle(&mut self, today: &mut Today<'_, '_>, person: &PersonFound, found: EventId) {
        let Some(household) = person
            .household
            .and_then(|id| today.registers.roster.get(id))
        else {
            return;
        };
        let from = Month::of(today.day).plus(1);
        let (members, _) = household.members(from);
        let rest: Vec<HouseholdMember> = members
            .iter()
            .filter(|member| !member.person.is(&person.person))
            .cloned()
            .collect();
        let monthly = match (household.owed(from), rest.len()) {
            (Some(owed), left) if left != 0 => {
                let (left, all) = (left as i64, members.len() as i64);
                Fen(owed.monthly.0 * left / all)
            }
            _ => Fen::ZERO,
        };
        let gone = monthly == Fen::ZERO;
        today.facts.push(Fact::PersonSettled(PersonSettled {
            found,
            measure: if gone {
                Measure::Stopped
            } else {
                Measure::Reduced
            },
            from,
            monthly,
            decided: today.day,
            funeral: (household.entered.class.scheme() == SchemeId::TEKUN).then_some(Fen(300_000)),
        }));
        let household = household.id;
        if gone {
            today.facts.push(Fact::HouseholdStopped(HouseholdStopped {
                household,
                from,
                decided: today.day,
            }));
        } else {
            today
                .facts
                .push(Fact::AmountSet(relief::household::AmountSet {
                    household,
                    monthly,
                    from,
                    decided: today.day,
                }));
            today.facts.push(Fact::MembersSet(MembersSet {
                household,
                members: rest,
                from,
            }));
        }
    }

    /// Once it is known how much was paid too long, most of it comes back.
    fn overpayments(&mut self, today: &mut Today<'_, '_>) {
        if today.day.day() != 27 {
            return;
        }
        let registers = today.registers;
        for special in registers.special_groups.persons() {
            let Some(found) = overpaid(special, &registers.log, &registers.roster, self.book)
            else {
                continue;
            };
            let left = found.amount() - special.recovered();
            if found.is_known() && Fen::ZERO < left && !self.chance.one_in(4) {
                today.facts.push(Fact::MoneyRecovered(MoneyRecovered {
                    household: found.household,
                    amount: left,
                    on: today.day,
                    found: Some(special.id),
                    problem: None,
                }));
            }
        }
    }

    fn applications(&mut self, today: &mut Today<'_, '_>) {
        for _ in 0..self.chance.below(5) {
            self.slips += 1;
            let Ok(slip) = SlipNumber::new(140_428, 1, self.slips) else {
                continue;
            };
            let class = if self.chance.one_in(8) {
                SupportClass::TekunScattered
            } else {
                SupportClass::DibaoRural
            };
            let decided = today
                .day
                .checked_add_days(Days::new(40))
                .unwrap_or(today.day);
            let mut household = self.household(class, decided);
            household.slip = Some(slip);
            household.applied = Some(today.day);
            let officials: Vec<_> = today.registers.near_relatives.officials().collect();
            let official = officials[self.chance.below(officials.len())];
            today
                .facts
                .push(Fact::ApplicationEntered(ApplicationEntered {
                    slip,
                    scheme: class.scheme(),
                    place: household.place.clone(),
                    persons: household
                        .members
                        .iter()
                        .map(|member| member.person.clone())
                        .collect(),
                    declared: self.chance.one_in(12).then(|| Declared {
                        official_name: official.entered.person.name.clone(),
                        relation: relief::RelationCode(self.chance.of(&[2, 3, 4])),
                    }),
                    applied: today.day,
                }));
            if !self.chance.one_in(4) {
                self.at(today.day, 40, Fact::HouseholdEntered(household));
            }
        }
    }

    fn near_relatives(&mut self, today: &mut Today<'_, '_>) {
        let all = &today.registers.near_relatives;
        for candidate in all.unfiled() {
            let official = candidate.official.or_else(|| {
                let name = candidate.declared_name?;
                Some(all.officials_named(name.as_str(), today.day).next()?.id)
            });
            if let Some(official) = official
                && self.chance.one_in(5)
            {
                today.facts.push(Fact::RelativeFiled(RelativeFiled {
                    assisted: candidate.assisted,
                    official,
                    relation: candidate.relation,
                    found_by: candidate.found_by,
                }));
            }
        }
        for filing in all.filings() {
            let id = filing.id;
            if filing.recusals.is_empty() && self.chance.one_in(4) {
                today.facts.push(Fact::Recused(Recused {
                    filing: id,
                    instead: name("经办员乙"),
                }));
            }
            if filing.awaits_visit() && self.chance.one_in(10) {
                today.facts.push(Fact::FilingVisited(FilingVisited {
                    filing: id,
                    on: today.day,
                    by: vec![name("核查员甲"), name("核查员乙")],
                    qualifies: !self.chance.one_in(12),
                }));
            }
            if let (Some((visit, _)), None) = (filing.visit(), filing.result)
                && self.chance.one_in(6)
            {
                today.facts.push(Fact::FilingSettled(FilingSettled {
                    filing: id,
                    result: if visit.qualifies {
                        FilingResult::Kept
                    } else {
                        FilingResult::LeftUnqualified
                    },
                }));
            }
        }
        if today.day.day() == 5 {
            // An election or a transfer: one goes, one comes.
            let officials: Vec<_> = all.officials().filter(|one| one.last.is_none()).collect();
            let leaver = officials[self.chance.below(officials.len())];
            let (category, place) = (leaver.entered.category, leaver.entered.place.clone());
            let left = OfficialLeft {
                official: leaver.id,
                last: today.day,
            };
            today.facts.push(Fact::OfficialLeft(left));
            self.official(today, category, place);
        }
    }

    fn leads(&mut self, today: &mut Today<'_, '_>) {
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
    fn problems(&mut self, today: &mut Today<'_, '_>) {
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

    fn calls(&mut self, today: &mut Today<'_, '_>) {
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
    fn slip_of_the_pen(&mut self, today: &mut Today<'_, '_>) {
        let calls = relief::hotline::calls(&today.registers.log);
        if let Some(call) = calls.iter().rev().find(|call| call.settled.is_none()) {
            today.facts.push(Fact::Withdrawn(Withdrawn {
                event: call.event.id,
            }));
        }
    }
}
