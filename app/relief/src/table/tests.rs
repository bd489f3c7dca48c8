use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::random_events::{FIRST, list, lists};
use super::recount::recount;
use super::*;
use crate::county_event::samples::day;
use crate::registers::Registers;
use crate::rulebook::Rulebook;

/// The lists that the properties below draw from reach everything, or they would prove little.
#[test]
fn lists_at_random_hold_every_kind_of_fact_and_move_every_figure() {
    let book = Rulebook::builtin();
    let (mut kinds, mut moved) = (BTreeSet::new(), BTreeSet::new());
    for seed in 1..60_u64 {
        let mut state = seed;
        let numbers: Vec<u16> = (0..900)
            .map(|_| {
                // Knuth's multiplier; the upper bits are the random ones.
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(seed);
                u16::try_from(state >> 48).unwrap()
            })
            .collect();
        let events = list(&numbers, &book);
        kinds.extend(events.iter().map(|event| event.fact.title()));
        let scope = Scope {
            from: day("2024-05-01"),
            to: day("2025-02-28"),
            township: None,
        };
        let registers = Registers::known_on(&events, &book, scope.to);
        for definition in book.tables.all() {
            let drawn = draw(definition, &scope, &registers);
            for name in definition.rows.figures() {
                let of_row = |row: &DrawnRow| {
                    row.get(name).is_some_and(|figure| {
                        !matches!(figure.value, Value::Empty | Value::Count(0))
                            && figure.value != Value::Money(crate::fen::Fen::ZERO)
                    })
                };
                if drawn.rows.iter().any(of_row) {
                    moved.insert((definition.id.as_str(), *name));
                }
            }
        }
    }
    assert_eq!(kinds.len(), 38, "{kinds:?}");
    let all = book.tables.all().iter().flat_map(|table| {
        table
            .rows
            .figures()
            .iter()
            .map(|name| (table.id.as_str(), *name))
    });
    let still: Vec<_> = all.filter(|figure| !moved.contains(figure)).collect();
    assert_eq!(still, []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_of_every_table_equals_a_recount_from_the_raw_events(
        events in lists(),
        from in 0..400_u64,
        lasts in 0..200_u64,
        known_after in 0..60_u64,
        township in proptest::option::of(0..3_usize),
    ) {
        let book = Rulebook::builtin();
        let later = |day: NaiveDate, days| day.checked_add_days(Days::new(days)).unwrap();
        let from = later(day(FIRST), from);
        let to = later(from, lasts);
        let scope = Scope {
            from,
            to,
            township: township.map(|index| format!("14042810{index}")),
        };
        let registers = Registers::known_on(&events, &book, later(to, known_after));
        for definition in book.tables.all() {
            let drawn = draw(definition, &scope, &registers);
            prop_assert_eq!(recount(&drawn, &events, &book), []);
            let adds_up = drawn.broken.iter().filter(|one| one.title.ends_with("相加等于合计"));
            prop_assert_eq!(adds_up.collect::<Vec<_>>(), Vec::<&Broken>::new());
        }
        let _ = draft(&scope, &registers);
    }

    #[test]
    fn a_figure_names_events_that_are_there_and_none_that_were_taken_back(events in lists()) {
        let book = Rulebook::builtin();
        let scope = Scope { from: day(FIRST), to: day("2026-12-31"), township: None };
        let registers = Registers::known_on(&events, &book, scope.to);
        for definition in book.tables.all() {
            let drawn = draw(definition, &scope, &registers);
            for row in drawn.rows.iter().chain([&drawn.total]) {
                for figure in definition.rows.figures() {
                    let Some(figure) = row.get(figure) else {
                        continue;
                    };
                    for source in &figure.sources {
                        prop_assert!(registers.log.get(source.event).is_some());
                    }
                    let nothing = matches!(figure.value, Value::Count(0) | Value::Empty)
                        || figure.value == Value::Money(crate::fen::Fen::ZERO);
                    if figure.value.adds_up() && !nothing {
                        prop_assert!(!figure.sources.is_empty());
                    }
                }
            }
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text: String) {
        let _ = TableDefinitions::parse(&text);
    }
}
