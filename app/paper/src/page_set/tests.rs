use super::*;

fn tag(page: u8) -> PageTag {
    PageTag {
        form: "two_pages".into(),
        edition: "00000001".into(),
        page,
        case_ref: None,
        sure: vec![("first".into(), true), ("second".into(), false)],
        grade: grade(10),
    }
}

fn grade(surplus: i32) -> Grade {
    Grade {
        surplus,
        findings: 0,
        print_fit_permille: 900,
    }
}

fn of_case(page: u8, case_ref: &str) -> PageTag {
    PageTag {
        case_ref: Some(case_ref.into()),
        ..tag(page)
    }
}

fn set() -> PageSet<&'static str> {
    PageSet::of_pages("two_pages", "00000001", 3)
}

#[test]
fn pages_come_in_any_order_and_stand_in_theirs() {
    let mut set = set();
    for page in [3, 1] {
        assert_eq!(set.add(tag(page), "sheet").0, PageNews::Kept);
    }
    assert_eq!((set.missing(), set.is_complete()), (vec![2], false));
    set.add(tag(2), "sheet");
    assert!(set.is_complete());
    let order: Vec<u8> = set.iter().map(|(page, _)| page).collect();
    assert_eq!(order, [1, 2, 3]);
}

#[test]
fn of_two_photos_of_a_sheet_the_better_one_stays_whichever_comes_first() {
    let good = PageTag {
        grade: grade(12),
        ..tag(1)
    };
    let mut set = set();
    set.add(tag(1), "poor");
    assert_eq!(
        set.add(good.clone(), "good"),
        (PageNews::KeptBetter, Some("poor"))
    );
    assert_eq!(
        set.add(tag(1), "poor again"),
        (PageNews::HadAsGood, Some("poor again"))
    );
    assert_eq!(set.get(1), Some(&"good"));
    // One finding less is better where as many fields are sure.
    let clean = good.grade;
    let told = Grade {
        findings: -1,
        ..clean
    };
    assert!(told < clean);
}

#[test]
fn the_same_page_with_other_marks_is_another_sheet_until_a_person_says_so() {
    let other = PageTag {
        sure: vec![("first".into(), false), ("second".into(), false)],
        grade: grade(20),
        ..tag(1)
    };
    let mut set = set();
    set.add(tag(1), "hers");
    let differ = vec!["first".to_owned()];
    assert_eq!(
        set.add(other.clone(), "his"),
        (PageNews::OtherSheet { differ }, Some("his"))
    );
    assert_eq!(set.get(1), Some(&"hers"));
    assert_eq!(
        set.replace(other, "his"),
        (PageNews::Replaced, Some("hers"))
    );
    assert_eq!(set.get(1), Some(&"his"));
}

#[test]
fn a_sheet_that_was_signed_meanwhile_takes_its_own_place_however_it_was_seen() {
    let signed = PageTag {
        sure: vec![("first".into(), true), ("second".into(), true)],
        grade: grade(3),
        ..tag(1)
    };
    let mut set = set();
    set.add(tag(1), "unsigned");
    assert_eq!(
        set.add(signed, "signed"),
        (PageNews::KeptNewer, Some("unsigned"))
    );
    // The photo from before, handed in again, has lost the signature.
    let (news, _) = set.add(tag(1), "unsigned");
    assert!(matches!(news, PageNews::OtherSheet { .. }), "{news:?}");
}

#[test]
fn a_sheet_that_names_a_case_is_not_one_that_names_none() {
    let mut set = set();
    set.add(tag(1), "blank print");
    let (news, _) = set.add(of_case(1, "140428-003-000017-C"), "named");
    assert_eq!(news, PageNews::OtherSheet { differ: Vec::new() });
}

#[test]
fn a_mark_that_nobody_is_sure_of_makes_no_other_sheet() {
    let unsure = PageTag {
        sure: vec![("second".into(), false)],
        grade: grade(8),
        ..tag(1)
    };
    let mut set = set();
    set.add(tag(1), "sheet");
    assert_eq!(set.add(unsure, "sheet").0, PageNews::HadAsGood);
}

#[test]
fn pages_of_two_cases_do_not_mix() {
    let mut set = set();
    set.add(tag(2), "blank print");
    set.add(of_case(1, "140428-003-000017-C"), "named");
    assert_eq!(
        set.add(of_case(3, "140428-003-000018-A"), "another's").0,
        PageNews::OtherCase {
            case_ref: "140428-003-000017-C".into(),
            found: "140428-003-000018-A".into(),
        }
    );
    assert_eq!((set.missing(), set.unnamed()), (vec![3], vec![2]));
}

#[test]
fn the_only_named_page_may_be_replaced_by_another_case_s_and_no_other() {
    let mut set = set();
    set.add(of_case(1, "140428-003-000017-C"), "one");
    let other = || of_case(1, "140428-003-000018-A");
    assert_eq!(
        set.replace(other(), "other"),
        (PageNews::Replaced, Some("one"))
    );
    set.add(of_case(2, "140428-003-000018-A"), "its second");
    let (news, back) = set.replace(of_case(2, "140428-003-000017-C"), "stray");
    assert!(matches!(news, PageNews::OtherCase { .. }), "{news:?}");
    assert_eq!((back, set.get(2)), (Some("stray"), Some(&"its second")));
}

#[test]
fn pages_of_another_form_edition_or_number_are_named_as_such() {
    let mut set = set();
    let other_form = PageTag {
        form: "another".into(),
        ..tag(1)
    };
    let other_edition = PageTag {
        edition: "00000002".into(),
        ..tag(1)
    };
    for (page, news) in [
        (
            other_form,
            PageNews::OtherForm {
                found: "another".into(),
            },
        ),
        (
            other_edition,
            PageNews::OtherEdition {
                found: "00000002".into(),
            },
        ),
        (tag(4), PageNews::NoSuchPage { page: 4, pages: 3 }),
        (tag(0), PageNews::NoSuchPage { page: 0, pages: 3 }),
    ] {
        assert_eq!(set.add(page.clone(), "page"), (news.clone(), Some("page")));
        assert_eq!(set.replace(page, "page"), (news, Some("page")));
    }
    assert!(set.is_empty());
}

#[test]
fn a_page_that_was_taken_out_is_missing_again() {
    let mut set = set();
    set.add(tag(2), "sheet");
    assert_eq!((set.remove(2), set.remove(2)), (Some("sheet"), None));
    assert_eq!((set.remove(0), set.remove(9)), (None, None));
    assert_eq!(set.missing(), [1, 2, 3]);
}

proptest::proptest! {
    #[test]
    fn no_order_of_handing_in_loses_a_page_or_mixes_two_cases(
        pages in proptest::collection::vec((0_u8..5, 0_i32..4, 0_u8..3), 0..24)
    ) {
        let mut set: PageSet<(u8, i32, u8)> =
            PageSet::of_pages("two_pages", "00000001", 3);
        let mut best = std::collections::BTreeMap::new();
        for (page, surplus, case) in pages {
            let tag = PageTag {
                case_ref: (case > 0).then(|| format!("CASE-{case}")),
                grade: grade(surplus),
                ..tag(page)
            };
            let (news, _) = set.add(tag, (page, surplus, case));
            if matches!(news, PageNews::Kept | PageNews::KeptBetter | PageNews::HadAsGood) {
                let known = best.entry(page).or_insert(surplus);
                *known = surplus.max(*known);
            }
        }
        let cases: std::collections::BTreeSet<u8> =
            set.iter().map(|(_, held)| held.2).filter(|case| *case > 0).collect();
        proptest::prop_assert!(cases.len() <= 1, "{:?}", cases);
        for (page, held) in set.iter() {
            proptest::prop_assert_eq!(page, held.0);
            proptest::prop_assert_eq!(best.get(&page), Some(&held.1));
        }
        proptest::prop_assert_eq!(set.missing().len() + set.iter().count(), 3);
    }
}
