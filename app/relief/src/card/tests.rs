use proptest::prelude::*;

use super::*;
use crate::builtin;
use crate::clock::{Step, Subject};
use crate::scheme::PublicNotice;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

#[test]
fn seven_cards_explain_every_scheme_once() {
    let cards = builtin::cards();
    assert_eq!(cards.len(), 7);
    let explained: Vec<u16> = cards
        .iter()
        .flat_map(|card| card.schemes.iter().map(|scheme| scheme.0))
        .collect();
    assert_eq!(explained, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn every_clock_that_a_card_names_exists_with_the_number_it_tells() {
    for card in builtin::cards() {
        assert_eq!(card.agrees_with(&builtin::rules(), today()), Ok(()));
    }
}

#[test]
fn every_number_of_days_or_months_in_a_procedure_belongs_to_a_clock_it_names() {
    for card in builtin::cards() {
        for entry in &card.procedure {
            if entry.text.contains("个工作日") || entry.text.contains("公示7天") {
                assert!(!entry.clocks.is_empty(), "{}: {}", card.key, entry.text);
            }
        }
    }
}

#[test]
fn every_clock_of_an_allowance_and_of_extreme_hardship_is_told() {
    let cards = builtin::cards();
    let told: Vec<&str> = cards
        .iter()
        .flat_map(Card::entries)
        .flat_map(|entry| &entry.clocks)
        .map(String::as_str)
        .collect();
    for clock in builtin::rules().clocks() {
        // L4 has no number, N1 stands in for what is not known, A3 is told by the outcome of a review itself.
        if ["L4", "N1", "A3"].contains(&clock.id.as_str()) || clock.subject == Subject::Complaint {
            continue;
        }
        assert!(told.contains(&clock.id.as_str()), "{}", clock.id);
    }
}

#[test]
fn a_card_that_tells_another_number_than_the_county_is_found() {
    let county = builtin::CLOCKS_TOML
        .replace("set-by = \"national\"", "set-by = \"county\"")
        .replace("limit = 30", "limit = 25");
    let rules = builtin::rules().overridden_by(Rules::parse(&county).unwrap());
    let card = Card::parse(builtin::CARDS_TOML[0]).unwrap();
    assert_eq!(
        card.agrees_with(&rules, today()),
        Err(CardError::OtherNumber {
            card: "dibao".into(),
            clock: "L9".into(),
            expected: "25个工作日".into()
        })
    );
    let renamed = county.replace("id = \"L9\"", "id = \"CZ9\"");
    let rules = builtin::rules().overridden_by(Rules::parse(&renamed).unwrap());
    assert!(matches!(
        card.agrees_with(&rules, today()),
        Err(CardError::OtherNumber { .. })
    ));
    assert!(!says("13天", "3天") && says("公示3天", "3天"));
}

#[test]
fn a_clock_of_another_scheme_is_not_in_force_for_a_card() {
    let card = Card::parse(&builtin::CARDS_TOML[0].replace("\"L2\"", "\"T2\"")).unwrap();
    assert_eq!(
        card.agrees_with(&builtin::rules(), today()),
        Err(CardError::UnknownClock {
            card: "dibao".into(),
            clock: "T2".into()
        })
    );
}

#[test]
fn the_human_counter_is_on_every_card_and_so_is_acting_for_another() {
    for card in builtin::cards() {
        assert!(
            card.channels
                .iter()
                .any(|entry| entry.text.contains("人工窗口")),
            "{}",
            card.key
        );
        assert!(
            card.channels
                .iter()
                .any(|entry| entry.text.contains("代办") || entry.text.contains("委托")),
            "{}",
            card.key
        );
    }
}

#[test]
fn a_childrens_card_has_no_public_notice() {
    let schemes = builtin::schemes();
    for card in builtin::cards() {
        let never = card.schemes.iter().any(|scheme| {
            schemes
                .get(*scheme)
                .is_some_and(|scheme| scheme.public_notice == PublicNotice::Never)
        });
        if never {
            assert_eq!(card.key, "children");
            assert!(card.entries().all(|entry| !entry.text.contains("公示")));
            let rules = builtin::rules();
            for id in card.entries().flat_map(|entry| &entry.clocks) {
                let step = rules.by_id(id, today()).unwrap().step;
                assert!(!matches!(step, Step::Notice | Step::EndNotice));
            }
        }
    }
}

/// Sentences are heard, not read: what does not end within a breath is not understood.
#[test]
fn sentences_are_short_and_numbers_are_digits() {
    for card in builtin::cards() {
        for entry in card.entries() {
            for sentence in entry.text.split(['。', '；', '？', '！']) {
                assert!(sentence.chars().count() <= 45, "{}: {sentence}", card.key);
            }
            for numeral in [
                "三个",
                "七天",
                "十个",
                "三十",
                "十五",
                "两个",
                "六个月",
                "一年一",
            ] {
                assert!(
                    !entry.text.contains(numeral),
                    "{}: {}",
                    card.key,
                    entry.text
                );
            }
            assert_eq!(entry.text.trim(), entry.text);
        }
    }
}

#[test]
fn no_amount_and_no_telephone_number_is_invented() {
    for card in builtin::cards() {
        assert_eq!(card.hotline, None);
        assert!(card.amounts.iter().all(|slot| slot.amount.is_none()));
        for entry in card.entries() {
            assert!(!entry.text.contains('元'), "{}: {}", card.key, entry.text);
            let mut digits = 0;
            for c in entry.text.chars() {
                digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
                assert!(digits < 5, "{}: {}", card.key, entry.text);
            }
        }
    }
}

#[test]
fn a_county_fills_in_hotline_and_amounts() {
    let local = Local::parse(
        r#"
        hotline = "0355-0000000"
        office = ""
        hours = ""
        [[amount]]
        scheme = 1
        class = "农村"
        value = "1.50"
        unit = "元/月"
        valid-from = "2026-01-01"
        document = "某文件"
        "#,
    )
    .unwrap();
    let card = Card::parse(builtin::CARDS_TOML[0])
        .unwrap()
        .with_local(&local, today());
    assert_eq!(card.hotline.as_deref(), Some("0355-0000000"));
    let filled: Vec<_> = card
        .amounts
        .iter()
        .map(|slot| (slot.class.as_str(), slot.amount.is_some()))
        .collect();
    assert_eq!(filled, [("城市", false), ("农村", true)]);
}

#[test]
fn a_card_without_a_section_or_a_source_is_refused() {
    let dibao = builtin::CARDS_TOML[0];
    let cut = dibao.find("[[duty]]").unwrap();
    let no_duty = dibao.replace("[[duty]]", "[[paper]]");
    assert!(matches!(Card::parse(&no_duty), Err(CardError::Syntax(_))));
    assert!(matches!(
        Card::parse(&dibao[..cut]),
        Err(CardError::Syntax(_))
    ));
    let unsourced = dibao.replacen("source = \"民发〔2021〕57号 第14条\"", "source = \"\"", 1);
    assert!(matches!(
        Card::parse(&unsourced),
        Err(CardError::Entry {
            section: "condition",
            ..
        })
    ));
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text: String) {
        let _ = Card::parse(&text);
    }
}
