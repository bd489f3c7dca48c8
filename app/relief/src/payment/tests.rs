use super::*;
use crate::county_event::samples::{
    County, day, household, member, month, paid, pay_list, person, place, words,
};
use crate::county_event::{EventId, Evidence, Fact, NotAdmitted};
use crate::fen::Fen;
use crate::household::{AmountSet, HouseholdStopped, SupportClass};
use crate::lists::ListCode;
use crate::special_group::{HouseholdRechecked, Measure, PersonFound, PersonSettled, SpecialGroup};
use SupportClass::{DibaoRural, TekunCollective, TekunScattered};

/// A household on 300 yuan a month since April 2026.
fn rural(county: &mut County) -> EventId {
    county.state(
        "2026-03-02",
        Fact::HouseholdEntered(household(DibaoRural, 1, 300, "2026-04")),
    )
}

/// What is found of each account whose first month is `from`, as of a day.
fn findings(county: &County, from: &str, on: &str) -> Vec<String> {
    let registers = county.on(on);
    let accounts = registers.accounts(month(from), month(from)).accounts;
    accounts
        .iter()
        .filter(|account| account.pay_day.from == month(from))
        .flat_map(|account| account.findings(day(on)))
        .map(Finding::words)
        .collect()
}

#[test]
fn money_on_its_day_is_no_finding_and_the_day_is_the_one_before_a_rest_day() {
    let mut county = County::new();
    let id = rural(&mut county);
    // 10 May 2026 is a Sunday, and Saturday a make-up working day.
    let line = paid(id, 300, "2026-05-09");
    county.state(
        "2026-05-09",
        pay_list(DibaoRural, "2026-05", "2026-05", vec![line]),
    );
    assert_eq!(findings(&county, "2026-05", "2026-05-31"), [""; 0]);
    let registers = county.on("2026-05-31");
    let accounts = registers
        .accounts(month("2026-05"), month("2026-05"))
        .accounts;
    assert_eq!(accounts[0].pay_day.due.date, day("2026-05-09"));
    assert_eq!(accounts[0].made_up(), []);
}

#[test]
fn nothing_is_missing_before_the_day_is_over() {
    let mut county = County::new();
    rural(&mut county);
    assert_eq!(findings(&county, "2026-04", "2026-04-09"), [""; 0]);
    assert_eq!(findings(&county, "2026-04", "2026-04-10"), ["未发300.00元"]);
}

#[test]
fn late_short_twice_and_returned_money_is_each_found() {
    for (lines, expected) in [
        (vec![(300, "2026-04-13")], vec!["迟发3天"]),
        (vec![(200, "2026-04-10")], vec!["少发100.00元"]),
        (
            vec![(200, "2026-04-10"), (100, "2026-04-28")],
            vec!["迟发18天"],
        ),
        (
            vec![(300, "2026-04-10"), (300, "2026-04-12")],
            vec!["重复发放，多发300.00元"],
        ),
        (vec![(350, "2026-04-10")], vec!["多发50.00元"]),
        (vec![(100, "2026-04-12")], vec!["少发200.00元"]),
    ] {
        let mut county = County::new();
        let id = rural(&mut county);
        let lines = lines
            .into_iter()
            .map(|(yuan, on)| paid(id, yuan, on))
            .collect();
        county.state(
            "2026-04-28",
            pay_list(DibaoRural, "2026-04", "2026-04", lines),
        );
        assert_eq!(findings(&county, "2026-04", "2026-04-30"), expected);
    }
    let mut county = County::new();
    let id = rural(&mut county);
    let mut line = paid(id, 300, "2026-04-10");
    line.state = LineState::Returned;
    county.state(
        "2026-04-10",
        pay_list(DibaoRural, "2026-04", "2026-04", vec![line]),
    );
    assert_eq!(findings(&county, "2026-04", "2026-04-30"), ["未发300.00元"]);
}

/// A household that was paid the second quarter on its day.
fn quarter_paid() -> (County, EventId) {
    let mut county = County::new();
    let id = county.state(
        "2026-03-02",
        Fact::HouseholdEntered(household(TekunScattered, 1, 700, "2026-04")),
    );
    let line = paid(id, 2100, "2026-04-10");
    county.state(
        "2026-04-10",
        pay_list(TekunScattered, "2026-04", "2026-06", vec![line]),
    );
    (county, id)
}

#[test]
fn a_quarter_is_paid_at_its_beginning_and_a_rise_within_it_by_the_next_tenth() {
    let (mut county, id) = quarter_paid();
    assert_eq!(findings(&county, "2026-04", "2026-04-30"), [""; 0]);
    county.state(
        "2026-04-20",
        Fact::AmountSet(AmountSet {
            household: id,
            monthly: Fen(75_000),
            from: month("2026-05"),
            decided: day("2026-04-20"),
        }),
    );
    // 10 May is a Sunday, and the day before a make-up working day.
    assert_eq!(findings(&county, "2026-04", "2026-05-08"), [""; 0]);
    assert_eq!(findings(&county, "2026-04", "2026-05-09"), ["少发50.00元"]);
    // June's own part has June's own day.
    assert_eq!(findings(&county, "2026-04", "2026-06-10"), ["少发100.00元"]);
}

#[test]
fn a_county_may_let_the_rise_wait_for_the_next_quarter() {
    let mut county = County::new();
    let setting = "edition = \"t\"\nset-by = \"county\"\n[[setting]]\nkey = \"late-decision-payment\"\nvalue = \"next-pay-day\"\nsource = \"x\"\n";
    let files = [("settings.toml".to_owned(), setting.to_owned())].into();
    county.book = county.book.clone().with_files(&files).unwrap();
    let mut entered = household(TekunScattered, 1, 700, "2026-05");
    entered.decided = day("2026-04-20");
    county.state("2026-04-20", Fact::HouseholdEntered(entered));
    assert_eq!(findings(&county, "2026-04", "2026-07-09"), [""; 0]);
    assert_eq!(
        findings(&county, "2026-04", "2026-07-10"),
        ["未发1400.00元"]
    );
}

#[test]
fn an_institution_is_owed_for_everybody_whom_it_takes_care_of() {
    let mut county = County::new();
    for key in 1..=3 {
        let one = household(TekunCollective, key, 800, "2026-04");
        county.state("2026-03-02", Fact::HouseholdEntered(one));
    }
    let line = PayLine {
        payee: Payee::Institution(words("某敬老院")),
        amount: Fen(720_000),
        on: day("2026-04-10"),
        state: LineState::Paid,
    };
    county.state(
        "2026-04-10",
        pay_list(TekunCollective, "2026-04", "2026-06", vec![line]),
    );
    let registers = county.on("2026-04-30");
    let accounts = registers
        .accounts(month("2026-04"), month("2026-04"))
        .accounts;
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0].households.len(), 3);
    assert_eq!(
        (accounts[0].owed(), accounts[0].paid()),
        (Fen(720_000), Fen(720_000))
    );
}

#[test]
fn a_line_that_belongs_to_nobody_is_kept_apart() {
    let mut county = County::new();
    rural(&mut county);
    let line = PayLine {
        payee: Payee::Unmatched(person("王某", 9)),
        amount: Fen(100),
        on: day("2026-04-10"),
        state: LineState::Paid,
    };
    let list = county.state(
        "2026-04-10",
        pay_list(DibaoRural, "2026-04", "2026-04", vec![line]),
    );
    let registers = county.on("2026-04-10");
    let accounts = registers.accounts(month("2026-04"), month("2026-04"));
    assert_eq!(accounts.unmatched.len(), 1);
    assert_eq!(
        (
            accounts.unmatched[0].source.event,
            accounts.unmatched[0].source.line
        ),
        (list, Some(0))
    );
}

#[test]
fn a_file_is_taken_in_once_and_for_one_pay_day() {
    let mut county = County::new();
    let id = rural(&mut county);
    let list = |from, to| pay_list(DibaoRural, from, to, vec![paid(id, 300, "2026-04-10")]);
    let mut event = county.event("2026-04-10", list("2026-04", "2026-04"));
    event.evidence = Some(Evidence {
        reference: words("四月发放明细.csv"),
        sha256: Some([7; 32]),
    });
    county.on("2026-04-10").admit(&event).unwrap();
    county.events.push(event.clone());
    event.id = EventId(99);
    assert_eq!(
        county.on("2026-04-11").admit(&event),
        Err(NotAdmitted::Twice)
    );
    let long = list("2026-04", "2026-05");
    assert_eq!(
        county.try_state("2026-04-11", long),
        Err(NotAdmitted::PayDays)
    );
}

fn died(household: EventId, on: &str) -> Fact {
    Fact::PersonFound(PersonFound {
        person: person("张三", 1),
        place: place(),
        group: SpecialGroup::Died,
        happened: day(on),
        through: ListCode(1),
        household: Some(household),
        disability: None,
        family_size: 1,
    })
}

/// Months and amount paid for the person found, as of a day.
fn too_much(county: &County, found: EventId, on: &str) -> Option<(Vec<String>, Option<Fen>)> {
    let registers = county.on(on);
    let special = registers.special_groups.get(found).unwrap();
    let overpaid = overpaid(special, &registers.log, &registers.roster, &county.book)?;
    let months = overpaid
        .months
        .iter()
        .map(|month| month.month.to_string())
        .collect();
    Some((months, overpaid.is_known().then(|| overpaid.amount())))
}

#[test]
fn months_paid_after_a_death_are_found_with_their_amount() {
    let mut county = County::new();
    let id = rural(&mut county);
    for (month, on) in [
        ("2026-04", "2026-04-10"),
        ("2026-05", "2026-05-09"),
        ("2026-06", "2026-06-10"),
    ] {
        county.state(
            on,
            pay_list(DibaoRural, month, month, vec![paid(id, 300, on)]),
        );
    }
    // Known in June only: the months after that of the death were too much.
    let found = county.state("2026-06-20", died(id, "2026-04-15"));
    let expected = vec!["2026-05".to_owned(), "2026-06".to_owned()];
    assert_eq!(
        too_much(&county, found, "2026-06-30"),
        Some((expected, Some(Fen(60_000))))
    );
}

#[test]
fn of_a_household_of_several_nobody_knows_the_amount_before_it_is_settled() {
    let mut county = County::new();
    let mut entered = household(DibaoRural, 1, 900, "2026-04");
    entered.members.push(member("李四", 2));
    let id = county.state("2026-03-02", Fact::HouseholdEntered(entered));
    let line = paid(id, 900, "2026-05-09");
    county.state(
        "2026-05-09",
        pay_list(DibaoRural, "2026-05", "2026-05", vec![line]),
    );
    let found = county.state("2026-05-20", died(id, "2026-04-15"));
    let may = || vec!["2026-05".to_owned()];
    assert_eq!(too_much(&county, found, "2026-05-31"), Some((may(), None)));
    let settled = Fact::PersonSettled(PersonSettled {
        found,
        measure: Measure::Reduced,
        from: month("2026-06"),
        monthly: Fen(50_000),
        decided: day("2026-06-01"),
        funeral: None,
    });
    let refused = county.try_state("2026-06-01", settled.clone());
    assert_eq!(refused, Err(NotAdmitted::RecheckFirst));
    county.state(
        "2026-06-01",
        Fact::HouseholdRechecked(HouseholdRechecked {
            found,
            on: day("2026-05-30"),
            by: vec![crate::county_event::samples::name("赵六")],
        }),
    );
    county.state("2026-06-01", settled);
    assert_eq!(
        too_much(&county, found, "2026-06-30"),
        Some((may(), Some(Fen(40_000))))
    );
}

#[test]
fn a_quarter_that_was_paid_before_a_death_was_paid_rightly() {
    let (mut county, id) = quarter_paid();
    let found = county.state("2026-05-20", died(id, "2026-04-15"));
    assert_eq!(too_much(&county, found, "2026-05-31"), None);
}

#[test]
fn a_county_may_count_from_the_end_of_the_three_months_on() {
    let mut county = County::new();
    let setting = "edition = \"t\"\nset-by = \"county\"\n[[setting]]\nkey = \"overpaid-from\"\nvalue = \"after-three-months\"\nsource = \"x\"\n";
    let files = [("settings.toml".to_owned(), setting.to_owned())].into();
    county.book = county.book.clone().with_files(&files).unwrap();
    let id = rural(&mut county);
    for (month, on) in [("2026-07", "2026-07-10"), ("2026-08", "2026-08-10")] {
        county.state(
            on,
            pay_list(DibaoRural, month, month, vec![paid(id, 300, on)]),
        );
    }
    // Three months after 15 April are over on 15 July.
    let found = county.state("2026-08-20", died(id, "2026-04-15"));
    let expected = vec!["2026-08".to_owned()];
    assert_eq!(
        too_much(&county, found, "2026-08-31"),
        Some((expected, Some(Fen(30_000))))
    );
}

#[test]
fn a_household_that_left_is_owed_nothing_and_what_it_gets_is_too_much() {
    let mut county = County::new();
    let id = rural(&mut county);
    county.state(
        "2026-04-20",
        Fact::HouseholdStopped(HouseholdStopped {
            household: id,
            from: month("2026-05"),
            decided: day("2026-04-20"),
        }),
    );
    let line = paid(id, 300, "2026-05-09");
    county.state(
        "2026-05-09",
        pay_list(DibaoRural, "2026-05", "2026-05", vec![line]),
    );
    assert_eq!(findings(&county, "2026-05", "2026-05-31"), ["多发300.00元"]);
}
