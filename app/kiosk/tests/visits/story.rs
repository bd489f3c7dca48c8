use std::sync::Arc;

use kiosk::flow::{
    Answers, Draft, Effect, FieldRole, Finished, FlowContent, GivenFor, IdCardData, Input, Mark,
    Page, PaperField, PaperPage, Picture, QrModules, RecordIds, SlipInfo, Touch, Typed, Visit,
};
use relief::{KioskTime, SlipNumber};

pub(crate) const MAN: &str = "140428188001010013";
pub(crate) const WOMAN: &str = "140428188002290029";
pub(crate) const OTHER_MAN: &str = "14042818830303001X";

pub(crate) struct Story {
    pub(crate) visit: Visit,
    pub(crate) now_ms: u64,
    pub(crate) effects: Vec<Effect>,
}

impl Story {
    pub(crate) fn new() -> Self {
        let visit = Visit::new(Arc::new(FlowContent::builtin()), 1_000);
        Self {
            visit,
            now_ms: 1_000,
            effects: Vec::new(),
        }
    }

    pub(crate) fn tell(&mut self, input: Input) -> &mut Self {
        self.now_ms += 1_000;
        self.effects.extend(self.visit.handle(input, self.now_ms));
        self
    }

    pub(crate) fn renew(&mut self, content: Arc<FlowContent>) -> &mut Self {
        self.now_ms += 1_000;
        self.effects.extend(self.visit.renew(content, self.now_ms));
        self
    }

    pub(crate) fn touch(&mut self, touch: Touch) -> &mut Self {
        self.tell(Input::Touch(touch))
    }

    /// Types a line that needs no pinyin, and confirms it.
    pub(crate) fn answer(&mut self, line: &str) -> &mut Self {
        self.touch(Touch::Type(Typed(line.to_owned())))
            .touch(Touch::Next)
    }

    pub(crate) fn wait(&mut self, ms: u64) -> &mut Self {
        self.now_ms += ms;
        self.effects
            .extend(self.visit.handle(Input::Tick, self.now_ms));
        self
    }

    pub(crate) fn page(&self) -> Page {
        self.visit.page()
    }

    pub(crate) fn answers(&self) -> &Answers {
        self.visit.answers()
    }

    /// From the first page to the question who applies.
    pub(crate) fn begin(&mut self) -> &mut Self {
        self.touch(Touch::Apply)
            .touch(Touch::Choose(0))
            .touch(Touch::Next);
        assert_eq!(self.page(), Page::Identify);
        self
    }

    /// The applicant's questions, all by hand.
    pub(crate) fn by_hand(&mut self) -> &mut Self {
        self.begin().touch(Touch::TypeByHand);
        self.answer("王秀英")
            .answer(WOMAN)
            .answer("丹朱镇东街1号")
            .touch(Touch::Choose(2));
        self.answer("13000000000");
        assert_eq!(self.page(), Page::Who);
        self
    }

    /// From the household to the question for a new member's number.
    pub(crate) fn add_member(&mut self, relation: usize, name: &str) -> &mut Self {
        self.touch(Touch::AddMember)
            .touch(Touch::Choose(relation))
            .answer(name)
    }

    /// Everything up to the review, with one member, two reasons and an official.
    pub(crate) fn up_to_review(&mut self) -> &mut Self {
        self.by_hand().touch(Touch::Next);
        self.add_member(0, "李大山").answer(MAN);
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

    /// From the review to the page of one of its lines.
    pub(crate) fn edit(&mut self, page: Page) -> &mut Self {
        let lines = self.answers().review_lines();
        let line = lines.iter().position(|line| *line == page).unwrap();
        self.touch(Touch::Edit(line))
    }

    pub(crate) fn submitted_draft(&self) -> &Draft {
        let draft = self.effects.iter().find_map(|effect| match effect {
            Effect::Submit(finished) => Some(&**finished),
            _ => None,
        });
        match draft.expect("nothing was submitted") {
            Finished::Application(draft) => draft,
            Finished::Handover(_) => panic!("papers were handed in without an application"),
        }
    }
}

pub(crate) fn card(name: &str) -> IdCardData {
    IdCardData {
        name: name.to_owned(),
        sex_code: 2,
        nation_code: 13,
        birth: "18800229".to_owned(),
        address: "山西省长子县丹朱镇东大街村一组12号".to_owned(),
        id_number: WOMAN.to_owned(),
    }
}

pub(crate) fn slip() -> SlipInfo {
    SlipInfo {
        slip_number: "140428-003-000017-0".to_owned(),
        submitted: "2026年11月23日 10:05".to_owned(),
        qr: QrModules {
            side: 1,
            dark: vec![true],
        },
        given_for: GivenFor::Application,
    }
}

pub(crate) fn ids() -> RecordIds {
    RecordIds {
        submission_id: [7; 16],
        slip_number: SlipNumber::new(140_428, 3, 17).unwrap(),
        submitted: KioskTime {
            boot_id: 4,
            tick_ms: 99,
            wall_ms: 1_795_000_000_000,
            county_ms: None,
            county_tick_ms: None,
        },
        attachments: Vec::new(),
        status_token_hash: [9; 32],
    }
}

pub(crate) fn page(signature: Mark) -> Arc<PaperPage> {
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
        page: 1,
        pages: 1,
        case_ref: None,
        grade: paper::Grade::default(),
        findings: Vec::new(),
        fields: vec![
            field("near.none", FieldRole::Tick, Mark::Marked),
            field("sign", FieldRole::Signature, signature),
        ],
        preview: Picture::default(),
        marked: None,
        scans: Vec::new(),
    })
}
