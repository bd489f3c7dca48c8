//! Lists of events drawn at random: whatever the rules admit, in any order.

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use crate::codes::RelationCode;
use crate::county_event::samples::{day, name, place, words};
use crate::county_event::{CountyEvent, EventId, Fact, Place, Withdrawn};
use crate::event::{Actor, Role};
use crate::fen::Fen;
use crate::hotline::{CallSettled, CallTaken};
use crate::household::{
    AmountSet, HouseholdEntered, HouseholdMember, HouseholdStopped, MembersSet, SupportClass,
};
use crate::id_number::IdNumber;
use crate::lead::{
    LeadAnswered, LeadEntered, LeadExtended, LeadHandedOver, LeadTold, LeadVerified, Verdict,
};
use crate::lists::{FocusItem, ListCode};
use crate::month::Month;
use crate::monthly_report::{
    Change, ChangeOutcome, ChangeSettled, TownshipReported, VillageReportChecked, VillageReported,
};
use crate::near_relative::{
    ApplicationEntered, Assisted, Declared, FilingResult, FilingSettled, FilingVisited, FoundBy,
    OfficialCategory, OfficialEntered, OfficialLeft, Recused, RelativeFiled, RelativeNamed,
};
use crate::payment::{LineState, MoneyRecovered, PayLine, PayListEntered, Payee};
use crate::person_entry::{PersonEntry, PersonKey};
use crate::rectification::{
    ProblemClosed, ProblemEntered, ProblemProgressed, ProblemState, StaffSanctioned, SystemImproved,
};
use crate::registers::Registers;
use crate::report_calendar::ReportHandedIn;
use crate::rulebook::Rulebook;
use crate::scheme::SchemeId;
use crate::slip_number::SlipNumber;
use crate::special_group::{
    Disability, HouseholdRechecked, Measure, PersonFound, PersonSettled, PolicyApplied,
    PolicyNotApplied, SpecialGroup,
};
use crate::words::Words;

/// The first day on which something is stated.
pub(crate) const FIRST: &str = "2024-03-01";

/// Numbers that decide; when they are used up every choice is the first one, so that a failing list shrinks.
struct Choices<'c>(std::slice::Iter<'c, u16>);

impl Choices<'_> {
    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % bound.max(1)
    }

    fn is(&mut self, one_in: usize) -> bool {
        self.below(one_in) == one_in - 1
    }

    fn of<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.below(things.len())]
    }

    fn person(&mut self) -> PersonEntry {
        let key = u8::try_from(self.below(30)).unwrap();
        PersonEntry {
            id_number: (key == 1).then(|| IdNumber::parse("140428188001010013").unwrap()),
            key: (key != 0).then_some(PersonKey([key; 32])),
            birth: NaiveDate::from_ymd_opt(1940 + i32::from(key) * 3, 5, 6),
            ..PersonEntry::named(name(["张三", "李四", "王五"][usize::from(key) % 3]))
        }
    }

    fn place(&mut self) -> Place {
        let township = self.of(&["140428100", "140428101", "140428102"]);
        Place {
            township: township.into(),
            village: format!("{township}20{}", self.below(3)),
        }
    }

    fn before(&mut self, today: NaiveDate) -> NaiveDate {
        let days = self.below(40).saturating_sub(10);
        today
            .checked_sub_days(Days::new(u64::try_from(days).unwrap()))
            .unwrap()
    }

    fn month(&mut self, today: NaiveDate) -> Month {
        Month::of(today).plus(i32::try_from(self.below(6)).unwrap() - 3)
    }

    fn yuan(&mut self) -> Fen {
        Fen(i64::try_from(self.below(8)).unwrap() * 12_345)
    }

    fn members(&mut self) -> Vec<HouseholdMember> {
        let len = 1 + self.below(4);
        (0..len)
            .map(|_| HouseholdMember {
                person: self.person(),
                disabled: self.is(4),
            })
            .collect()
    }
}

/// What a list refers to.
fn ids(events: &[CountyEvent], is: impl Fn(&Fact) -> bool) -> Vec<EventId> {
    let mut ids: Vec<EventId> = events
        .iter()
        .filter(|event| is(&event.fact))
        .map(|event| event.id)
        .collect();
    // So that there is one to choose, which is then not admitted.
    if ids.is_empty() {
        ids.push(EventId(0));
    }
    ids
}

/// Something that might be stated.
fn fact(choices: &mut Choices<'_>, events: &[CountyEvent], today: NaiveDate) -> Fact {
    let households = ids(events, |fact| matches!(fact, Fact::HouseholdEntered(_)));
    let officials = ids(events, |fact| matches!(fact, Fact::OfficialEntered(_)));
    let filings = ids(events, |fact| matches!(fact, Fact::RelativeFiled(_)));
    let reports = ids(events, |fact| matches!(fact, Fact::VillageReported(_)));
    let found = ids(events, |fact| matches!(fact, Fact::PersonFound(_)));
    let leads = ids(events, |fact| matches!(fact, Fact::LeadEntered(_)));
    let problems = ids(events, |fact| matches!(fact, Fact::ProblemEntered(_)));
    let calls = ids(events, |fact| matches!(fact, Fact::CallTaken(_)));
    let applications = ids(events, |fact| matches!(fact, Fact::ApplicationEntered(_)));
    match choices.below(44) {
        0..=4 => household(choices, events, today),
        5 => Fact::AmountSet(AmountSet {
            household: choices.of(&households),
            monthly: choices.yuan(),
            from: choices.month(today),
            decided: choices.before(today),
        }),
        6 => Fact::MembersSet(MembersSet {
            household: choices.of(&households),
            members: choices.members(),
            from: choices.month(today),
        }),
        7 => Fact::HouseholdStopped(HouseholdStopped {
            household: choices.of(&households),
            from: choices.month(today),
            decided: choices.before(today),
        }),
        8..=12 => pay_list(choices, events, &households, today),
        13 => Fact::OfficialEntered(OfficialEntered {
            person: choices.person(),
            category: choices.of(&OfficialCategory::ALL),
            place: choices.place(),
            post: words("民政助理员"),
            from: choices.before(today),
        }),
        14 => Fact::OfficialLeft(OfficialLeft {
            official: choices.of(&officials),
            last: choices.before(today),
        }),
        15 | 16 => Fact::RelativeNamed(RelativeNamed {
            official: choices.of(&officials),
            relative: choices.person(),
            relation: RelationCode(choices.of(&[1, 2, 3, 20])),
        }),
        17 | 18 => application(choices, events, today),
        19 | 20 => Fact::RelativeFiled(RelativeFiled {
            assisted: if choices.is(2) {
                Assisted::Application(choices.of(&applications))
            } else {
                Assisted::Household(choices.of(&households))
            },
            official: choices.of(&officials),
            relation: choices.is(2).then_some(RelationCode(2)),
            found_by: choices.of(&[FoundBy::Declared, FoundBy::Matched, FoundBy::Reported]),
        }),
        21 => Fact::FilingVisited(FilingVisited {
            filing: choices.of(&filings),
            on: choices.before(today),
            by: vec![name("赵六"), name("孙七")],
            qualifies: choices.is(2),
        }),
        22 => Fact::FilingSettled(FilingSettled {
            filing: choices.of(&filings),
            result: choices.of(&FilingResult::ALL),
        }),
        23 => Fact::Recused(Recused {
            filing: choices.of(&filings),
            instead: name("周八"),
        }),
        24 => Fact::MoneyRecovered(MoneyRecovered {
            household: choices.of(&households),
            amount: choices.yuan(),
            on: choices.before(today),
            found: choices.is(2).then(|| choices.of(&found)),
            problem: choices.is(2).then(|| choices.of(&problems)),
        }),
        25 => Fact::VillageReported(VillageReported {
            place: choices.place(),
            month: choices.month(today),
            changes: (0..choices.below(3))
                .map(|_| Change {
                    household: None,
                    person: choices.person(),
                    kind: ListCode(choices.of(&[1, 5, 6])),
                    words: words("住院"),
                })
                .collect(),
        }),
        26 => Fact::VillageReportChecked(VillageReportChecked {
            report: choices.of(&reports),
            wrong: if choices.is(3) { vec![0] } else { Vec::new() },
        }),
        27 => Fact::TownshipReported(TownshipReported {
            place: choices.place(),
            month: choices.month(today),
        }),
        28 => Fact::ChangeSettled(ChangeSettled {
            report: choices.of(&reports),
            line: 0,
            outcome: choices.of(&ChangeOutcome::ALL),
        }),
        29..=31 => person_found(choices, &households, today),
        32 => Fact::HouseholdRechecked(HouseholdRechecked {
            found: choices.of(&found),
            on: choices.before(today),
            by: vec![name("赵六")],
        }),
        33 => Fact::PersonSettled(PersonSettled {
            found: choices.of(&found),
            measure: choices.of(&Measure::ALL),
            from: choices.month(today),
            monthly: choices.yuan(),
            decided: choices.before(today),
            funeral: choices.is(3).then_some(Fen(300_000)),
        }),
        34 => match choices.below(3) {
            0 | 1 => Fact::PolicyApplied(PolicyApplied {
                found: choices.of(&found),
                policy: ListCode(1),
                on: choices.before(today),
                had_before: choices.is(2),
            }),
            _ => Fact::PolicyNotApplied(PolicyNotApplied {
                found: choices.of(&found),
                qualifies: choices.is(2),
            }),
        },
        35 => Fact::LeadEntered(LeadEntered {
            by: choices.is(2).then(|| choices.person()),
            place: choices.place(),
            through: ListCode(5),
            focus: FocusItem(choices.of(&[1, 2, 3, 4, 5])),
            words: words("反映"),
            received: choices.before(today),
            repeats: None,
            skipped_level: false,
        }),
        36 => lead_step(choices, &leads, today),
        37 | 38 => Fact::ProblemEntered(ProblemEntered {
            focus: FocusItem(choices.of(&[1, 2, 3, 4, 5])),
            origin: ListCode(1),
            place: choices.place(),
            words: words("迟发"),
            households: u32::try_from(choices.below(9)).unwrap(),
            persons: u32::try_from(choices.below(20)).unwrap(),
            amount: choices.yuan(),
            measures: words("补发"),
            unit: Words::default(),
            leader: choices.is(2).then(|| name("郑十")),
            responsible: choices.is(2).then(|| name("周八")),
            due: choices.before(today),
            lead: None,
        }),
        39 | 40 => Fact::ProblemProgressed(ProblemProgressed {
            problem: choices.of(&problems),
            state: choices.of(&ProblemState::ALL),
            on: choices.before(today),
            recovered: choices.yuan(),
            made_up: choices.yuan(),
        }),
        41 => match choices.below(3) {
            0 => Fact::ProblemClosed(ProblemClosed {
                problem: choices.of(&problems),
                on: choices.before(today),
                accepted_by: name("吴九"),
            }),
            1 => Fact::StaffSanctioned(StaffSanctioned {
                problem: choices.of(&problems),
                persons: 2,
            }),
            _ => Fact::SystemImproved(SystemImproved {
                problem: choices.of(&problems),
                title: words("发放核对办法"),
            }),
        },
        42 => match choices.below(3) {
            0 => Fact::CallTaken(CallTaken {
                kind: ListCode(1),
                place: choices.place(),
                words: words("问低保"),
                phone: None,
                answered: choices.is(2),
            }),
            1 => Fact::CallSettled(CallSettled {
                call: choices.of(&calls),
            }),
            _ => Fact::ReportHandedIn(ReportHandedIn {
                duty: "W2".into(),
                nominal: day(choices.of(&["2024-05-14", "2024-05-29", "2024-06-14"])),
                township: choices.place().township,
            }),
        },
        _ => Fact::Withdrawn(Withdrawn {
            event: EventId(u64::try_from(1 + choices.below(events.len())).unwrap()),
        }),
    }
}

fn household(choices: &mut Choices<'_>, events: &[CountyEvent], today: NaiveDate) -> Fact {
    let class = choices.of(&SupportClass::ALL);
    let collective = class == SupportClass::TekunCollective;
    let mut slips = events.iter().filter_map(|event| match &event.fact {
        Fact::ApplicationEntered(application) => Some(application.slip),
        _ => None,
    });
    Fact::HouseholdEntered(HouseholdEntered {
        place: choices.place(),
        class,
        members: choices.members(),
        monthly: choices.yuan(),
        from: choices.month(today),
        decided: choices.before(today),
        institution: if collective {
            words(choices.of(&["甲院", "乙院"]))
        } else {
            Words::default()
        },
        slip: slips.next_back().filter(|_| choices.is(2)),
        applied: None,
    })
}

fn pay_list(
    choices: &mut Choices<'_>,
    events: &[CountyEvent],
    households: &[EventId],
    today: NaiveDate,
) -> Fact {
    let class = choices.of(&SupportClass::ALL);
    let from = choices.month(today);
    let of = |id: EventId| {
        events.iter().find_map(|event| match &event.fact {
            Fact::HouseholdEntered(household) if event.id == id => Some(household),
            _ => None,
        })
    };
    let lines = (0..1 + choices.below(6))
        .map(|_| {
            let id = choices.of(households);
            let owed = of(id).map_or(Fen(100), |household| household.monthly);
            let payee = match of(id) {
                Some(household) if household.class == SupportClass::TekunCollective => {
                    Payee::Institution(household.institution.clone())
                }
                Some(_) => Payee::Household(id),
                None => Payee::Unmatched(choices.person()),
            };
            PayLine {
                payee,
                amount: Fen(owed.0 * choices.of(&[1, 1, 1, 2, 3])),
                on: choices.before(today),
                state: if choices.is(8) {
                    LineState::Returned
                } else {
                    LineState::Paid
                },
            }
        })
        .collect();
    Fact::PayListEntered(PayListEntered {
        class,
        from,
        to: from.plus(choices.of(&[0, 0, 0, 1, 2])),
        lines,
    })
}

fn application(choices: &mut Choices<'_>, events: &[CountyEvent], today: NaiveDate) -> Fact {
    Fact::ApplicationEntered(ApplicationEntered {
        slip: SlipNumber::new(140_428, 1, u32::try_from(events.len()).unwrap()).unwrap(),
        scheme: choices.of(&[SchemeId::DIBAO, SchemeId::TEKUN, SchemeId::TEMPORARY]),
        place: choices.place(),
        persons: choices
            .members()
            .into_iter()
            .map(|member| member.person)
            .collect(),
        declared: choices.is(2).then(|| Declared {
            official_name: name("张三"),
            relation: RelationCode(choices.of(&[1, 2, 20])),
        }),
        applied: choices.before(today),
    })
}

fn person_found(choices: &mut Choices<'_>, households: &[EventId], today: NaiveDate) -> Fact {
    let group = choices.of(&SpecialGroup::ALL);
    let disabled = group == SpecialGroup::NewlyDisabled;
    let household = choices.of(households);
    Fact::PersonFound(PersonFound {
        person: choices.person(),
        place: place(),
        group,
        happened: choices.before(today),
        through: ListCode(1),
        household: (household != EventId(0) && !choices.is(4)).then_some(household),
        disability: disabled.then(|| Disability {
            kind: ListCode(4),
            level: 1,
            certificate: words(choices.of(&["", "某号"])),
        }),
        family_size: u8::try_from(choices.below(5)).unwrap(),
    })
}

fn lead_step(choices: &mut Choices<'_>, leads: &[EventId], today: NaiveDate) -> Fact {
    // One lead goes further than many.
    let some = if choices.is(2) { leads } else { &leads[..1] };
    let lead = choices.of(some);
    let on = choices.before(today);
    match choices.below(6) {
        0 => Fact::LeadTold(LeadTold { lead, on }),
        1 => Fact::LeadVerified(LeadVerified {
            lead,
            on,
            by: vec![name("赵六")],
            verdict: choices.of(&Verdict::ALL),
        }),
        2 | 5 => Fact::LeadAnswered(LeadAnswered { lead, on }),
        3 => Fact::LeadExtended(LeadExtended { lead }),
        _ => Fact::LeadHandedOver(LeadHandedOver {
            lead,
            on,
            to: words("县纪委监委"),
        }),
    }
}

/// The list that these numbers decide on.
pub(crate) fn list(numbers: &[u16], book: &Rulebook) -> Vec<CountyEvent> {
    let mut choices = Choices(numbers.iter());
    let mut events: Vec<CountyEvent> = Vec::new();
    let mut today = day(FIRST);
    // A fact takes four numbers or more.
    for _ in 0..numbers.len() / 4 {
        let days = u64::try_from(choices.below(8)).unwrap();
        today = today.checked_add_days(Days::new(days)).unwrap();
        let fact = fact(&mut choices, &events, today);
        let event = CountyEvent {
            id: EventId(u64::try_from(events.len()).unwrap() + 1),
            actor: Actor {
                role: Role::Township,
                name: String::new(),
            },
            at_ms: today
                .and_hms_opt(4, 0, 0)
                .unwrap()
                .and_utc()
                .timestamp_millis(),
            reason: words("依据核查结果"),
            evidence: None,
            fact,
        };
        if Registers::known_on(&events, book, today)
            .admit(&event)
            .is_ok()
        {
            events.push(event);
        }
    }
    events
}

/// Lists of some tens of events.
pub(crate) fn lists() -> impl Strategy<Value = Vec<CountyEvent>> {
    let book = Rulebook::builtin();
    proptest::collection::vec(any::<u16>(), 0..900).prop_map(move |numbers| list(&numbers, &book))
}
