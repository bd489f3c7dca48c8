//! Stories of visits, told to the state machine alone.

use std::sync::Arc;

use kiosk::flow::{
    Answers, CardFault, Draft, Effect, Field, FieldFault, FieldRole, FlowContent, IdCardData,
    Input, LineReport, Mark, Notice, Page, PaperFault, PaperField, PaperOutcome, PaperPage, Pick,
    Picture, PrinterReport, QrModules, RecordIds, SlipInfo, StatusOutcome, StatusQuery,
    SubmitFault, Touch, Typed, Visit, Waiting,
};
use relief::{IdNumber, IdNumberError, KioskTime, NameError, NearRelative, Phone, Sex, SlipNumber};

const MAN: &str = "140428188001010013";
const WOMAN: &str = "140428188002290029";
const OTHER_MAN: &str = "14042818830303001X";

struct Story {
    visit: Visit,
    now_ms: u64,
    effects: Vec<Effect>,
}

impl Story {
    fn new() -> Self {
        let visit = Visit::new(Arc::new(FlowContent::builtin()), 1_000);
        Self {
            visit,
            now_ms: 1_000,
            effects: Vec::new(),
        }
    }

    fn tell(&mut self, input: Input) -> &mut Self {
        self.now_ms += 1_000;
        self.effects.extend(self.visit.handle(input, self.now_ms));
        self
    }

    fn touch(&mut self, touch: Touch) -> &mut Self {
        self.tell(Input::Touch(touch))
    }

    /// Types a line that needs no pinyin, and confirms it.
    fn answer(&mut self, line: &str) -> &mut Self {
        self.touch(Touch::Type(Typed(line.to_owned())))
            .touch(Touch::Next)
    }

    fn wait(&mut self, ms: u64) -> &mut Self {
        self.now_ms += ms;
        self.effects
            .extend(self.visit.handle(Input::Tick, self.now_ms));
        self
    }

    fn page(&self) -> Page {
        self.visit.page()
    }

    fn answers(&self) -> &Answers {
        self.visit.answers()
    }

    /// From the first page to the question who applies.
    fn begin(&mut self) -> &mut Self {
        self.touch(Touch::Apply)
            .touch(Touch::Choose(0))
            .touch(Touch::Next);
        assert_eq!(self.page(), Page::Identify);
        self
    }

    /// The applicant's questions, all by hand.
    fn by_hand(&mut self) -> &mut Self {
        self.begin().touch(Touch::TypeByHand);
        self.answer("王秀英")
            .answer(WOMAN)
            .answer("丹朱镇东街1号")
            .touch(Touch::Choose(2));
        self.answer("13000000000");
        assert_eq!(self.page(), Page::Who);
        self
    }

    /// Everything up to the review, with one member, two reasons and an official.
    fn up_to_review(&mut self) -> &mut Self {
        self.by_hand().touch(Touch::Next);
        self.touch(Touch::AddMember)
            .touch(Touch::Choose(0))
            .answer("李大山")
            .answer(MAN);
        self.touch(Touch::Next);
        self.touch(Touch::Choose(3))
            .touch(Touch::Choose(0))
            .touch(Touch::Edit(0));
        self.answer("房子被水淹了").touch(Touch::Next);
        self.touch(Touch::Choose(1))
            .answer("赵国强")
            .touch(Touch::Choose(3));
        self.touch(Touch::Tick(0))
            .touch(Touch::Tick(1))
            .touch(Touch::Next);
        self.touch(Touch::PaperLater);
        assert_eq!(self.page(), Page::Review);
        self
    }

    fn submitted_draft(&self) -> &Draft {
        let draft = self.effects.iter().find_map(|effect| match effect {
            Effect::Submit(draft) => Some(draft),
            _ => None,
        });
        draft.expect("nothing was submitted")
    }
}

fn card(name: &str) -> IdCardData {
    IdCardData {
        name: name.to_owned(),
        sex_code: 2,
        nation_code: 13,
        birth: "18800229".to_owned(),
        address: "山西省长子县丹朱镇东大街村一组12号".to_owned(),
        id_number: WOMAN.to_owned(),
    }
}

fn slip() -> SlipInfo {
    SlipInfo {
        slip_number: "140428-003-000017-0".to_owned(),
        submitted: "2026年11月23日 10:05".to_owned(),
        qr: QrModules {
            side: 1,
            dark: vec![true],
        },
    }
}

fn ids() -> RecordIds {
    RecordIds {
        submission_id: [7; 16],
        slip_number: SlipNumber::new(140_428, 3, 17).unwrap(),
        submitted: KioskTime {
            boot_id: 4,
            tick_ms: 99,
            wall_ms: 1_795_000_000_000,
        },
        attachments: Vec::new(),
        status_token_hash: [9; 32],
    }
}

fn page(signature: Mark) -> Arc<PaperPage> {
    let field = |id: &str, role, state| PaperField {
        id: id.to_owned(),
        label: id.to_owned(),
        role,
        state,
        required: true,
    };
    Arc::new(PaperPage {
        form: "dibao_application".to_owned(),
        edition: "1".to_owned(),
        fields: vec![
            field("near.none", FieldRole::Tick, Mark::Marked),
            field("sign", FieldRole::Signature, signature),
        ],
        preview: Picture::default(),
        scans: Vec::new(),
    })
}

#[test]
fn the_record_holds_exactly_what_was_typed() {
    let mut story = Story::new();
    story.up_to_review().touch(Touch::Next);
    let content = story.visit.content();
    let record = story.submitted_draft().to_application(ids()).unwrap();
    assert_eq!(record.scheme, content.schemes[0].id);
    assert_eq!(record.card_edition, content.schemes[0].card_edition);
    assert_eq!(record.township, content.townships[2].code);
    let person = &record.applicant;
    assert_eq!(person.name.entered(), "王秀英");
    assert_eq!(person.sex, Sex::Female);
    assert_eq!(person.nation_code, None);
    assert_eq!(person.birth.to_string(), "1880-02-29");
    assert_eq!(person.address, "丹朱镇东街1号");
    assert_eq!(person.id_number.as_ref().map(IdNumber::as_str), Some(WOMAN));
    assert_eq!(person.no_number_reason, None);
    assert_eq!(
        person.phone.as_ref().map(Phone::as_str),
        Some("13000000000")
    );
    assert!(!person.from_card);
    let [member] = record.household.as_slice() else {
        panic!("not one member")
    };
    assert_eq!(member.name.entered(), "李大山");
    assert_eq!(member.relation, content.relations[0].code);
    assert_eq!(member.id_number.as_ref().map(IdNumber::as_str), Some(MAN));
    assert_eq!(
        record.reasons,
        vec![content.reasons[0].code, content.reasons[3].code]
    );
    assert_eq!(record.reason_text, "房子被水淹了");
    match &record.near_relative {
        NearRelative::Related {
            official_name,
            relation,
        } => {
            assert_eq!(official_name.entered(), "赵国强");
            assert_eq!(*relation, content.official_relations[3].code);
        }
        NearRelative::None => panic!("the official is lost"),
    }
    let kinds: Vec<u8> = record
        .consents
        .iter()
        .map(|consent| consent.kind.0)
        .collect();
    assert_eq!(kinds, vec![1, 2, 3]);
    assert!(
        record
            .consents
            .iter()
            .all(|consent| !consent.text_edition.is_empty())
    );
    assert!(
        record
            .consents
            .is_sorted_by_key(|consent| consent.shown_tick_ms)
    );
    assert!(record.page_answers.is_empty());
    let bytes = record.to_cbor().unwrap();
    assert_eq!(relief::Application::from_cbor(&bytes).unwrap(), record);
}

#[test]
fn a_card_answers_all_but_township_and_telephone() {
    let mut story = Story::new();
    story.begin().tell(Input::CardRead(card("王秀英")));
    assert_eq!(story.page(), Page::Pick(Pick::Township));
    story.touch(Touch::Choose(0)).touch(Touch::NoneOfThese);
    assert_eq!(story.page(), Page::Who);
    assert!(story.answers().from_card);
    assert_eq!(story.answers().nation_code, Some(13));
    assert_eq!(
        story.answers().address.as_deref(),
        Some("山西省长子县丹朱镇东大街村一组12号")
    );
}

#[test]
fn a_changed_card_answer_is_no_longer_the_cards() {
    let mut story = Story::new();
    story.begin().tell(Input::CardRead(card("王秀英")));
    story
        .touch(Touch::Choose(0))
        .touch(Touch::NoneOfThese)
        .touch(Touch::Edit(2));
    assert_eq!(story.page(), Page::Type(Field::Address));
    story.touch(Touch::Next);
    assert!(
        story.answers().from_card,
        "confirming without a change is no change"
    );
    story.touch(Touch::Edit(2)).answer("东头");
    assert!(!story.answers().from_card);
    assert_eq!(
        story.answers().address.as_deref(),
        Some("山西省长子县丹朱镇东大街村一组12号东头")
    );
}

#[test]
fn the_reader_is_watched_only_while_a_card_is_asked_for() {
    let mut story = Story::new();
    story.begin();
    assert!(matches!(
        story.effects.last(),
        Some(Effect::WatchIdReader(true))
    ));
    story.tell(Input::CardRead(card("王秀英")));
    assert!(matches!(
        story.effects.last(),
        Some(Effect::WatchIdReader(false))
    ));
    let before = story.effects.len();
    story.tell(Input::CardRead(card("李四")));
    assert_eq!(
        story.answers().name.as_deref(),
        Some("王秀英"),
        "a late card changes nothing"
    );
    assert_eq!(story.effects.len(), before);
}

#[test]
fn a_card_that_fails_leaves_the_person_where_they_were() {
    let mut story = Story::new();
    story.begin().tell(Input::CardFailed(CardFault::Unreadable));
    assert_eq!(
        story.visit.notice(),
        Some(&Notice::Card(CardFault::Unreadable))
    );
    story.touch(Touch::Dismiss);
    assert_eq!((story.page(), story.visit.notice()), (Page::Identify, None));
    let mut bad = card("王秀英");
    bad.id_number = "140428188002290028".to_owned();
    story.tell(Input::CardRead(bad));
    let fault = FieldFault::IdNumber(IdNumberError::CheckDigit);
    assert_eq!(story.visit.notice(), Some(&Notice::CardRefused(fault)));
    assert_eq!(story.answers().name, None);
}

#[test]
fn rare_characters_of_names_are_kept_whether_or_not_the_screen_can_draw_them() {
    for (name, unshown) in [("王㛃", 0), ("龚䶮𬭎", 0), ("王𠮷", 0), ("张\u{2B73A}", 1)] {
        let mut story = Story::new();
        story.begin().tell(Input::CardRead(card(name)));
        let drawn = name.chars().filter(|c| !kiosk::font::covers(*c)).count();
        let expected = (drawn > 0).then_some(Notice::UnshownCharacters { count: drawn });
        assert_eq!(story.visit.notice(), expected.as_ref(), "{name}");
        assert!(drawn >= unshown, "{name}");
        assert_eq!(story.answers().name.as_deref(), Some(name));
    }
}

#[test]
fn a_wrong_number_is_refused_with_its_reason_and_nothing_is_lost() {
    let mut story = Story::new();
    story.begin().touch(Touch::TypeByHand).answer("王秀英");
    for (line, error) in [
        ("", IdNumberError::Empty),
        ("1404281880", IdNumberError::Length { got: 10 }),
        ("140428188001010014", IdNumberError::CheckDigit),
        ("140428188102290018", IdNumberError::BirthDate),
    ] {
        story.touch(Touch::EraseAll).answer(line);
        assert_eq!(story.page(), Page::Type(Field::IdNumber));
        assert_eq!(
            story.visit.editor().fault,
            Some(FieldFault::IdNumber(error)),
            "{line}"
        );
        assert_eq!(story.visit.editor().text(), line);
    }
    story.touch(Touch::EraseAll).answer("14042818830303001x");
    assert_eq!(
        story.page(),
        Page::Type(Field::Address),
        "a small x is as good"
    );
    assert_eq!(story.answers().name.as_deref(), Some("王秀英"));
}

#[test]
fn an_empty_and_an_endless_name_are_refused_with_their_lengths() {
    let mut story = Story::new();
    story.begin().touch(Touch::TypeByHand).answer("");
    assert_eq!(
        story.visit.editor().fault,
        Some(FieldFault::Name(NameError::Empty))
    );
    story.answer(&"长".repeat(200));
    let fault = FieldFault::Name(NameError::TooLong {
        chars: 200,
        limit: 50,
    });
    assert_eq!(story.visit.editor().fault, Some(fault));
    story.touch(Touch::Erase);
    assert_eq!(
        story.visit.editor().fault,
        None,
        "typing on takes the complaint away"
    );
}

#[test]
fn pinyin_becomes_a_name_one_character_at_a_time() {
    let mut story = Story::new();
    story.begin().touch(Touch::TypeByHand);
    for key in "wang".chars() {
        story.touch(Touch::Type(Typed(key.to_string())));
    }
    assert_eq!(story.visit.editor().candidates()[0], '王');
    story.touch(Touch::Candidate(0));
    story.touch(Touch::Type(Typed("jie".to_owned())));
    while !story.visit.editor().candidates().contains(&'㛃') {
        assert!(
            story.visit.editor().more_candidates().1,
            "the rare character is not offered"
        );
        story.touch(Touch::CandidatesForward);
    }
    let place = story
        .visit
        .editor()
        .candidates()
        .iter()
        .position(|c| *c == '㛃')
        .unwrap();
    story.touch(Touch::Candidate(place)).touch(Touch::Next);
    assert_eq!(story.answers().name.as_deref(), Some("王㛃"));
}

#[test]
fn letters_that_are_no_character_yet_are_erased_before_characters_are() {
    let mut story = Story::new();
    story.begin().touch(Touch::TypeByHand);
    story.touch(Touch::Type(Typed("王li".to_owned())));
    story.touch(Touch::Erase).touch(Touch::Erase);
    assert_eq!(
        (story.visit.editor().text(), story.visit.editor().letters()),
        ("王", "")
    );
    story.touch(Touch::Erase);
    assert_eq!(story.visit.editor().text(), "");
}

#[test]
fn a_person_without_a_number_tells_why_and_when_born() {
    let mut story = Story::new();
    story
        .begin()
        .touch(Touch::TypeByHand)
        .answer("王小宝")
        .touch(Touch::NoneOfThese);
    assert_eq!(story.page(), Page::Pick(Pick::NoNumberReason));
    story.touch(Touch::Choose(1));
    assert_eq!(story.page(), Page::Pick(Pick::Sex));
    story.touch(Touch::Choose(0));
    assert_eq!(story.page(), Page::Type(Field::BirthDate));
    story.answer("20260230");
    assert_eq!(story.visit.editor().fault, Some(FieldFault::BirthDate));
    story.touch(Touch::EraseAll).answer("20260228");
    assert_eq!(story.page(), Page::Type(Field::Address));
    assert_eq!(story.answers().birth.as_deref(), Some("20260228"));
}

#[test]
fn one_number_stands_for_one_person() {
    let mut story = Story::new();
    story.by_hand().touch(Touch::Next);
    story
        .touch(Touch::AddMember)
        .touch(Touch::Choose(1))
        .answer("王小宝")
        .answer(WOMAN);
    assert_eq!(story.visit.editor().fault, Some(FieldFault::SameNumber));
    story.touch(Touch::EraseAll).answer(OTHER_MAN);
    assert_eq!(story.page(), Page::Household);
    story
        .touch(Touch::AddMember)
        .touch(Touch::Choose(1))
        .answer("王二宝")
        .answer(OTHER_MAN);
    assert_eq!(story.visit.editor().fault, Some(FieldFault::SameNumber));
}

#[test]
fn a_member_may_be_without_number_and_be_taken_out_again() {
    let mut story = Story::new();
    story
        .by_hand()
        .touch(Touch::Next)
        .touch(Touch::AddMember)
        .touch(Touch::Choose(1));
    story
        .answer("王小宝")
        .touch(Touch::NoneOfThese)
        .touch(Touch::Choose(0));
    assert_eq!(story.page(), Page::Household);
    let [member] = story.answers().household.as_slice() else {
        panic!("not one member")
    };
    assert!(member.id_number.is_empty() && member.no_number_reason.is_some());
    story.touch(Touch::RemoveMember(0));
    assert!(story.answers().household.is_empty());
}

#[test]
fn the_household_is_full_at_its_limit() {
    let mut story = Story::new();
    story.by_hand().touch(Touch::Next);
    for n in 0..relief::record::MEMBERS_MAX {
        story
            .touch(Touch::AddMember)
            .touch(Touch::Choose(1))
            .answer(&format!("家人{n}"));
        story.touch(Touch::NoneOfThese).touch(Touch::Choose(0));
    }
    story.touch(Touch::AddMember);
    let limit = relief::record::MEMBERS_MAX;
    assert_eq!(story.visit.notice(), Some(&Notice::HouseholdFull { limit }));
    assert_eq!(story.answers().household.len(), limit);
}

#[test]
fn each_answer_can_be_changed_from_the_review_and_leads_back_there() {
    let mut story = Story::new();
    story.up_to_review();
    for (line, page) in story.answers().review_lines().into_iter().enumerate() {
        story.touch(Touch::Edit(line));
        assert_eq!(story.page(), page);
        match page {
            Page::Pick(Pick::Scheme) => story.touch(Touch::Choose(2)),
            Page::Pick(Pick::Township | Pick::NearRelative) => story.touch(Touch::Choose(0)),
            _ => story.touch(Touch::Next),
        };
        if page == Page::Paper {
            story.touch(Touch::PaperLater);
        }
        assert_eq!(story.page(), Page::Review, "after {page:?}");
    }
    story.touch(Touch::Next);
    assert_eq!(
        story.submitted_draft().scheme,
        story.visit.content().schemes[2].id
    );
    assert!(story.submitted_draft().near_relative.is_none());
}

#[test]
fn back_walks_the_way_that_was_come_and_keeps_every_answer() {
    let mut story = Story::new();
    story.up_to_review();
    let mut passed = vec![story.page()];
    while story.page() != Page::Home {
        story.touch(Touch::Back);
        passed.push(story.page());
        assert!(passed.len() < 30, "no way home: {passed:?}");
    }
    assert_eq!(story.answers().name.as_deref(), Some("王秀英"));
}

#[test]
fn both_texts_must_be_ticked() {
    let mut story = Story::new();
    story
        .by_hand()
        .touch(Touch::Next)
        .touch(Touch::Next)
        .touch(Touch::Choose(0));
    story.touch(Touch::Next).touch(Touch::Choose(0));
    assert_eq!(story.page(), Page::Consents);
    story
        .touch(Touch::Next)
        .touch(Touch::Tick(0))
        .touch(Touch::Next);
    assert_eq!(story.page(), Page::Consents);
    story.touch(Touch::Tick(1)).touch(Touch::Next);
    assert_eq!(story.page(), Page::Paper);
}

#[test]
fn no_reason_no_next_step() {
    let mut story = Story::new();
    story
        .by_hand()
        .touch(Touch::Next)
        .touch(Touch::Next)
        .touch(Touch::Next);
    assert_eq!(story.page(), Page::Pick(Pick::Reasons));
    story
        .touch(Touch::Choose(1))
        .touch(Touch::Choose(1))
        .touch(Touch::Next);
    assert_eq!(
        story.page(),
        Page::Pick(Pick::Reasons),
        "ticked and unticked is no reason"
    );
}

#[test]
fn a_photo_of_something_else_is_said_and_another_may_be_taken() {
    let mut story = Story::new();
    story.up_to_review();
    let paper = story
        .answers()
        .review_lines()
        .iter()
        .position(|page| *page == Page::Paper)
        .unwrap();
    story
        .touch(Touch::Edit(paper))
        .touch(Touch::TakePhoto)
        .touch(Touch::TakePhoto);
    let taken = story
        .effects
        .iter()
        .filter(|effect| matches!(effect, Effect::TakePhoto))
        .count();
    assert_eq!(taken, 1, "one picture at a time");
    assert_eq!(story.visit.waiting(), Waiting::Photo);
    story.tell(Input::PhotoRead(PaperOutcome::Refused(
        PaperFault::NotOurForm,
    )));
    assert_eq!(
        story.visit.notice(),
        Some(&Notice::Paper(PaperFault::NotOurForm))
    );
    story.touch(Touch::Dismiss).touch(Touch::TakePhoto);
    story
        .tell(Input::PhotoRead(PaperOutcome::Read(page(Mark::Marked))))
        .touch(Touch::Next);
    story.touch(Touch::Next);
    let record = story.submitted_draft().to_application(ids()).unwrap();
    let read: Vec<(&str, u8)> = record
        .page_answers
        .iter()
        .map(|answer| (answer.field.as_str(), answer.state))
        .collect();
    assert_eq!(read, vec![("near.none", 2), ("sign", 2)]);
}

#[test]
fn a_page_of_another_form_is_refused_and_a_changed_scheme_asks_for_its_own() {
    let mut story = Story::new();
    story.up_to_review();
    let lines = story.answers().review_lines();
    let line = |wanted: Page| lines.iter().position(|page| *page == wanted).unwrap();
    let mut other = page(Mark::Marked).as_ref().clone();
    other.form = "another".to_owned();
    story
        .touch(Touch::Edit(line(Page::Paper)))
        .touch(Touch::TakePhoto)
        .tell(Input::PhotoRead(PaperOutcome::Read(Arc::new(other))));
    assert_eq!(
        story.visit.notice(),
        Some(&Notice::Paper(PaperFault::OtherForm))
    );
    story.touch(Touch::Dismiss).touch(Touch::TakePhoto);
    story
        .tell(Input::PhotoRead(PaperOutcome::Read(page(Mark::Marked))))
        .touch(Touch::Next);
    story
        .touch(Touch::Edit(line(Page::Pick(Pick::Scheme))))
        .touch(Touch::Choose(1));
    assert_eq!(story.page(), Page::Review);
    story.touch(Touch::Next);
    assert_eq!(story.page(), Page::Paper);
}

#[test]
fn a_photo_that_comes_after_the_page_was_left_is_dropped() {
    let mut story = Story::new();
    story.up_to_review();
    let paper = story
        .answers()
        .review_lines()
        .iter()
        .position(|page| *page == Page::Paper)
        .unwrap();
    story
        .touch(Touch::Edit(paper))
        .touch(Touch::TakePhoto)
        .touch(Touch::Back);
    story.tell(Input::PhotoRead(PaperOutcome::Refused(PaperFault::Blurred)));
    assert_eq!((story.page(), story.visit.notice()), (Page::Review, None));
}

#[test]
fn a_full_disk_loses_nothing_and_says_so() {
    let mut story = Story::new();
    story.up_to_review().touch(Touch::Next);
    assert_eq!(story.page(), Page::Submitting);
    story.tell(Input::SubmitFailed(SubmitFault::DiskFull));
    assert_eq!(story.page(), Page::Review);
    assert_eq!(
        story.visit.notice(),
        Some(&Notice::Submit(SubmitFault::DiskFull))
    );
    story.touch(Touch::Dismiss).touch(Touch::Next);
    let drafts: Vec<&Draft> = story
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Submit(draft) => Some(&**draft),
            _ => None,
        })
        .collect();
    assert!(
        drafts.len() == 2 && drafts[0] == drafts[1],
        "the second try is the same draft"
    );
}

#[test]
fn nobody_is_thanked_before_the_submission_is_stored() {
    let mut story = Story::new();
    story.up_to_review().touch(Touch::Next);
    story
        .touch(Touch::Home)
        .touch(Touch::Back)
        .touch(Touch::Next)
        .wait(500_000);
    assert_eq!(
        story.page(),
        Page::Submitting,
        "neither touch nor time ends the storing"
    );
    story.tell(Input::Submitted(slip()));
    assert_eq!(story.page(), Page::Slip);
    let printed = matches!(story.effects.last(), Some(Effect::PrintSlip(number)) if *number == slip().slip_number);
    assert!(printed);
    assert_eq!(
        story.answers().name,
        None,
        "nothing readable stays once it is sealed"
    );
}

#[test]
fn the_slip_survives_a_printer_without_paper_and_is_printed_again_on_request() {
    let mut story = Story::new();
    story
        .up_to_review()
        .touch(Touch::Next)
        .tell(Input::Submitted(slip()));
    let prints = |story: &Story| {
        story
            .effects
            .iter()
            .filter(|effect| matches!(effect, Effect::PrintSlip(_)))
            .count()
    };
    story.touch(Touch::PrintAgain);
    assert_eq!(prints(&story), 1, "not while it is printing");
    story
        .tell(Input::PrinterReport(PrinterReport::NoPaper))
        .touch(Touch::PrintAgain);
    assert_eq!(prints(&story), 2);
    story
        .tell(Input::PrinterReport(PrinterReport::Printed))
        .touch(Touch::Next);
    assert_eq!((story.page(), story.visit.slip()), (Page::Home, None));
    assert!(matches!(story.effects.last(), Some(Effect::Wipe)));
}

#[test]
fn going_home_in_the_middle_asks_first() {
    let mut story = Story::new();
    story.by_hand().touch(Touch::Home);
    assert_eq!(story.visit.notice(), Some(&Notice::LeaveApplication));
    story.touch(Touch::Dismiss);
    assert_eq!(story.page(), Page::Who);
    story.touch(Touch::Home).touch(Touch::Home);
    assert_eq!(story.page(), Page::Home);
    assert_eq!(story.answers().name, None);
    assert!(matches!(story.effects.last(), Some(Effect::Wipe)));
}

#[test]
fn a_person_who_left_is_warned_and_then_wiped() {
    let mut story = Story::new();
    story.by_hand().wait(59_999);
    assert_eq!(story.visit.idle_warning_s(), None);
    story.wait(1);
    assert_eq!(story.visit.idle_warning_s(), Some(30));
    story.wait(29_999);
    assert_eq!(story.visit.idle_warning_s(), Some(1));
    assert_eq!(story.page(), Page::Who);
    story.wait(1);
    assert_eq!(story.page(), Page::Home);
    assert_eq!(story.answers().name, None);
    assert!(matches!(story.effects.last(), Some(Effect::Wipe)));
    assert_eq!(
        story.visit.deadline_ms(),
        None,
        "the first page needs no clock"
    );
}

#[test]
fn a_touch_during_the_warning_only_ends_the_warning() {
    let mut story = Story::new();
    story.by_hand().wait(70_000);
    story.touch(Touch::Next);
    assert_eq!(
        (story.page(), story.visit.idle_warning_s()),
        (Page::Who, None)
    );
    story.wait(59_000);
    assert_eq!(
        story.visit.idle_warning_s(),
        None,
        "the minute starts again"
    );
}

#[test]
fn waking_at_each_deadline_is_enough_for_warning_countdown_and_wipe() {
    let mut story = Story::new();
    story.by_hand();
    let start_ms = story.now_ms;
    let mut seen = Vec::new();
    while let Some(deadline_ms) = story.visit.deadline_ms() {
        assert!(deadline_ms > story.now_ms, "a deadline lies ahead");
        let ahead = deadline_ms - story.now_ms;
        story.wait(ahead);
        seen.extend(story.visit.idle_warning_s());
    }
    assert_eq!(seen, (1..=30).rev().collect::<Vec<u64>>());
    assert_eq!(story.now_ms, start_ms + 90_000);
}

#[test]
fn a_slip_number_is_checked_before_it_is_looked_up() {
    let mut story = Story::new();
    story.touch(Touch::Status).touch(Touch::TypeByHand);
    let number = SlipNumber::new(140_428, 3, 17).unwrap().to_string();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let wrong = format!("{}1", &digits[..15]);
    if wrong != digits {
        story.answer(&wrong);
        assert!(matches!(
            story.visit.editor().fault,
            Some(FieldFault::SlipNumber(_))
        ));
    }
    story.touch(Touch::EraseAll).answer(&digits);
    let asked = matches!(
        story.effects.last(),
        Some(Effect::LookUpStatus(StatusQuery::SlipNumber(asked))) if *asked == number
    );
    assert!(asked);
    story.tell(Input::StatusFound(StatusOutcome::Unknown));
    assert_eq!(story.visit.notice(), Some(&Notice::UnknownSlip));
}

#[test]
fn a_card_of_one_scheme_leads_straight_to_its_application() {
    let mut story = Story::new();
    story
        .touch(Touch::Cards)
        .touch(Touch::Choose(0))
        .touch(Touch::Section(2));
    assert_eq!(
        story.page(),
        Page::Card {
            card: 0,
            section: 2
        }
    );
    story.touch(Touch::Apply);
    assert_eq!(story.page(), Page::Privacy);
    assert_eq!(story.answers().scheme, Some(0));
}

#[test]
fn a_card_of_two_schemes_asks_which() {
    let content = FlowContent::builtin();
    let card = content
        .cards
        .iter()
        .position(|card| card.schemes.len() == 2)
        .unwrap();
    let mut story = Story::new();
    story
        .touch(Touch::Cards)
        .touch(Touch::Choose(card))
        .touch(Touch::Apply);
    assert_eq!(story.page(), Page::Pick(Pick::Scheme));
    assert_eq!(story.visit.offered_schemes(), content.cards[card].schemes);
    story.touch(Touch::Choose(1));
    assert_eq!(story.answers().scheme, Some(content.cards[card].schemes[1]));
}

#[test]
fn the_line_is_told_on_the_first_page_and_outlives_the_person() {
    let mut story = Story::new();
    let report = LineReport {
        waiting: 2,
        connected: false,
    };
    story.tell(Input::LineReport(report)).by_hand().wait(90_000);
    assert_eq!((story.page(), story.visit.line()), (Page::Home, report));
}

#[test]
fn a_report_that_comes_with_the_wipe_is_heard_and_a_touch_is_not() {
    let report = LineReport {
        waiting: 1,
        connected: true,
    };
    let mut story = Story::new();
    story.by_hand();
    story.now_ms += 100_000;
    story.tell(Input::LineReport(report));
    assert_eq!((story.page(), story.visit.line()), (Page::Home, report));
    story.by_hand();
    story.now_ms += 100_000;
    story.touch(Touch::Apply);
    assert_eq!(story.page(), Page::Home);
}

#[test]
fn no_touch_on_any_page_panics() {
    let touches = || {
        vec![
            Touch::Back,
            Touch::Next,
            Touch::Apply,
            Touch::Cards,
            Touch::Status,
            Touch::Choose(0),
            Touch::Choose(1),
            Touch::Choose(usize::MAX),
            Touch::SheetForward,
            Touch::SheetBack,
            Touch::Section(1),
            Touch::Section(usize::MAX),
            Touch::TypeByHand,
            Touch::Edit(0),
            Touch::Edit(usize::MAX),
            Touch::AddMember,
            Touch::RemoveMember(0),
            Touch::NoneOfThese,
            Touch::Tick(0),
            Touch::Tick(9),
            Touch::TakePhoto,
            Touch::PaperLater,
            Touch::PrintAgain,
            Touch::Dismiss,
            Touch::Type(Typed("zh1X·王".to_owned())),
            Touch::Erase,
            Touch::Candidate(0),
            Touch::Candidate(99),
            Touch::CandidatesForward,
            Touch::CandidatesBack,
            Touch::EraseAll,
            Touch::Home,
        ]
    };
    let mut story = Story::new();
    // A walk that is the same each time and comes through most pages: each touch after each other.
    for n in 0..20_000_usize {
        let all = touches();
        let touch = all[(n * n + n / 7) % all.len()].clone();
        story.touch(touch);
        let _ = kiosk::views::view(&story.visit);
        match n % 11 {
            3 => story.tell(Input::CardRead(card("王秀英"))),
            5 => story.tell(Input::Submitted(slip())),
            7 => story.tell(Input::PhotoRead(PaperOutcome::Read(page(Mark::Unsure)))),
            _ => &mut story,
        };
    }
}
