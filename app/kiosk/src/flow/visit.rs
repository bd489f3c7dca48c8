//! One person at the kiosk, from the first touch to the wipe.

use std::sync::Arc;

use relief::RelationCode;

use super::{
    answers::{Answers, IdAnswer},
    content::FlowContent,
    editor::Editor,
    fault::Notice,
    input::{Effect, Input, LineReport, PrinterReport, SlipInfo, StatusInfo},
    page::{Field, Page, Pick},
    papers::Papers,
    routes_report::RoutesReport,
    sheets,
};

/// The state of a visit: told everything, asking for what it needs.
///
/// The owner passes milliseconds of one monotonic clock, carries the effects out in order, and calls
/// again by [`Visit::deadline_ms`] with [`Input::Tick`]; early calls are harmless.
pub struct Visit {
    pub(super) content: Arc<FlowContent>,
    /// What the next visit offers, if that is something else.
    next_content: Option<Arc<FlowContent>>,
    /// The way back; the last one is on the screen. A page stands here once, so it cannot grow.
    pub(super) pages: Vec<Page>,
    pub(super) sheet: usize,
    pub(super) answers: Answers,
    pub(super) member: MemberBegun,
    pub(super) official_name: Option<String>,
    pub(super) offered: Offered,
    pub(super) editor: Editor,
    pub(super) notice: Option<Notice>,
    pub(super) waiting: Waiting,
    pub(super) slip: Option<SlipShown>,
    pub(super) status: Option<StatusInfo>,
    pub(super) line: LineReport,
    pub(super) routes: Arc<RoutesReport>,
    pub(super) papers: Papers,
    watching_reader: bool,
    watching_tray: bool,
    pub(super) now_ms: u64,
    pub(super) last_touch_ms: u64,
}

/// A member whose questions are not all answered.
#[derive(Default)]
pub(super) struct MemberBegun {
    pub(super) relation: Option<RelationCode>,
    pub(super) name: Option<String>,
}

/// Which schemes the first question offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offered {
    /// All of them.
    All,
    /// Those of the card at this place.
    OfCard(usize),
}

/// What a page waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Nothing but the person.
    Nothing,
    /// The camera's picture of the signed page.
    Photo,
    /// The answer to a status query.
    Status,
}

/// The slip on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlipShown {
    /// The stored submission.
    pub info: SlipInfo,
    /// What the printer last said.
    pub printer: PrinterReport,
}

impl Visit {
    /// A kiosk that stands at its first page.
    #[must_use]
    pub fn new(content: Arc<FlowContent>, now_ms: u64) -> Self {
        Self {
            content,
            next_content: None,
            pages: vec![Page::Home],
            sheet: 0,
            answers: Answers::default(),
            member: MemberBegun::default(),
            official_name: None,
            offered: Offered::All,
            editor: Editor::default(),
            notice: None,
            waiting: Waiting::Nothing,
            slip: None,
            status: None,
            line: LineReport::default(),
            routes: Arc::default(),
            papers: Papers::default(),
            watching_reader: false,
            watching_tray: false,
            now_ms,
            last_touch_ms: now_ms,
        }
    }

    /// Takes one input; what is to be done follows in order.
    ///
    /// An input that means nothing at this point changes nothing, so late reports are harmless.
    pub fn handle(&mut self, input: Input, now_ms: u64) -> Vec<Effect> {
        self.now_ms = self.now_ms.max(now_ms);
        let mut effects = Vec::new();
        let left = self.idle_ms() >= self.content.idle.wipe_ms;
        if left {
            self.wipe(&mut effects);
        }
        if let Input::Touch(touch) = input {
            let warned = self.idle_warning_s().is_some();
            self.last_touch_ms = self.now_ms;
            // The warning lies over everything: a touch answers it and nothing else. One that comes
            // with the wipe was meant for the page that is gone.
            if !warned && !left {
                self.touch(touch, &mut effects);
            }
        } else {
            self.report(input, &mut effects);
        }
        if self.page() == Page::Home
            && let Some(content) = self.next_content.take()
        {
            self.content = content;
            self.wipe(&mut effects);
        }
        let watch = self.page() == Page::Identify;
        if watch != self.watching_reader {
            self.watching_reader = watch;
            effects.push(Effect::WatchIdReader(watch));
        }
        let watch = self.page().takes_papers();
        if watch != self.watching_tray {
            self.watching_tray = watch;
            effects.push(Effect::WatchTray(watch));
        }
        effects
    }

    /// From the next visit on this is offered: what a person has begun with stays until they have gone.
    pub fn renew(&mut self, content: Arc<FlowContent>, now_ms: u64) -> Vec<Effect> {
        self.next_content = Some(content);
        self.handle(Input::Tick, now_ms)
    }

    /// When [`Input::Tick`] is next of use, in the milliseconds of [`Visit::handle`].
    #[must_use]
    pub fn deadline_ms(&self) -> Option<u64> {
        if !self.can_go_idle() {
            return None;
        }
        let idle_ms = self.idle_ms();
        let limits = self.content.idle;
        let next_ms = if idle_ms < limits.warn_ms {
            limits.warn_ms
        } else {
            // Each second of the countdown is drawn.
            let left_ms = limits.wipe_ms.saturating_sub(idle_ms);
            limits.wipe_ms - left_ms.saturating_sub(1) / 1000 * 1000
        };
        Some(self.last_touch_ms + next_ms)
    }

    /// Seconds until everything typed is wiped, while the person is being warned.
    #[must_use]
    pub fn idle_warning_s(&self) -> Option<u64> {
        let limits = self.content.idle;
        let idle_ms = self.idle_ms();
        (idle_ms >= limits.warn_ms).then(|| limits.wipe_ms.saturating_sub(idle_ms).div_ceil(1000))
    }

    /// The page on the screen.
    #[must_use]
    pub fn page(&self) -> Page {
        self.pages.last().copied().unwrap_or(Page::Home)
    }

    /// Which sheet of the page is shown, from 0.
    #[must_use]
    pub const fn sheet(&self) -> usize {
        self.sheet
    }

    /// What the kiosk offers.
    #[must_use]
    pub fn content(&self) -> &FlowContent {
        &self.content
    }

    /// What has been answered.
    #[must_use]
    pub const fn answers(&self) -> &Answers {
        &self.answers
    }

    /// The line that is being typed.
    #[must_use]
    pub const fn editor(&self) -> &Editor {
        &self.editor
    }

    /// What lies over the page.
    #[must_use]
    pub const fn notice(&self) -> Option<&Notice> {
        self.notice.as_ref()
    }

    /// What the page waits for.
    #[must_use]
    pub const fn waiting(&self) -> Waiting {
        self.waiting
    }

    /// The slip, once the submission is stored.
    #[must_use]
    pub const fn slip(&self) -> Option<&SlipShown> {
        self.slip.as_ref()
    }

    /// The case that was asked for.
    #[must_use]
    pub const fn status(&self) -> Option<&StatusInfo> {
        self.status.as_ref()
    }

    /// How outbox and line stand.
    #[must_use]
    pub const fn line(&self) -> LineReport {
        self.line
    }

    /// What the page about the papers shows beside the pages themselves.
    #[must_use]
    pub const fn papers(&self) -> &Papers {
        &self.papers
    }

    /// How each route stands and what waits.
    #[must_use]
    pub fn routes(&self) -> &RoutesReport {
        &self.routes
    }

    /// The schemes the first question offers, as places in the content.
    #[must_use]
    pub fn offered_schemes(&self) -> Vec<usize> {
        match self.offered {
            Offered::OfCard(card) => self
                .content
                .cards
                .get(card)
                .map(|card| card.schemes.clone())
                .unwrap_or_default(),
            Offered::All => (0..self.content.schemes.len()).collect(),
        }
    }

    /// How many sheets the page has.
    #[must_use]
    pub fn sheet_count(&self) -> usize {
        let content = &self.content;
        let picks = |items| sheets::sheet_count(items, sheets::PICKS_PER_SHEET);
        match self.page() {
            Page::Cards => sheets::sheet_count(content.cards.len(), sheets::CARDS_PER_SHEET),
            Page::Card { card, section } => content
                .cards
                .get(card)
                .and_then(|card| card.sections.get(section))
                .map_or(1, |section| sheets::card_sheets(&section.lines).len()),
            Page::Pick(pick) => picks(self.pick_count(pick)),
            Page::Who => sheets::sheet_count(
                self.answers.applicant_lines().len(),
                sheets::LINES_PER_SHEET,
            ),
            Page::Household => {
                sheets::sheet_count(self.answers.household.len(), sheets::LINES_PER_SHEET)
            }
            Page::Review => {
                sheets::sheet_count(self.answers.review_lines().len(), sheets::LINES_PER_SHEET)
            }
            Page::Home
            | Page::StatusAsk
            | Page::StatusShown
            | Page::Routes
            | Page::Privacy
            | Page::Identify
            | Page::Type(_)
            | Page::Consents
            | Page::Paper
            | Page::Handover
            | Page::Submitting
            | Page::Slip => 1,
        }
    }

    pub(super) fn pick_count(&self, pick: Pick) -> usize {
        let content = &self.content;
        match pick {
            Pick::Scheme => self.offered_schemes().len(),
            Pick::NoNumberReason | Pick::MemberNoNumberReason => content.no_number_reasons.len(),
            Pick::Sex | Pick::NearRelative => 2,
            Pick::Township => content.townships.len(),
            Pick::MemberRelation => content.relations.len(),
            Pick::Reasons => content.reasons.len(),
            Pick::OfficialRelation => content.official_relations.len(),
        }
    }

    /// Shows `page`; one that was passed since the last summary is returned to.
    ///
    /// What lies before a summary (the applicant's page, the review) stays the way back from it, also
    /// while one of its answers is changed.
    pub(super) fn go(&mut self, page: Page) {
        let summary = |passed: &Page| matches!(passed, Page::Who | Page::Review) && *passed != page;
        let floor = self.pages.iter().rposition(summary).unwrap_or(0);
        match self.pages[floor..]
            .iter()
            .position(|passed| *passed == page)
        {
            Some(place) => self.pages.truncate(floor + place + 1),
            None => {
                self.pages.retain(|passed| *passed != page);
                self.pages.push(page);
            }
        }
        self.enter();
    }

    /// Shows `page`, or the review if the person came from there to change one answer.
    pub(super) fn go_on(&mut self, page: Page) {
        let reviewed = self.pages.contains(&Page::Review);
        self.go(if reviewed { Page::Review } else { page });
    }

    /// After an answer about the applicant: the next question, or back to where it was changed from.
    pub(super) fn go_on_about_applicant(&mut self) {
        match self.answers.next_about_applicant() {
            Page::Who => self.go_on(Page::Who),
            question => self.go(question),
        }
    }

    pub(super) fn enter(&mut self) {
        self.sheet = 0;
        self.waiting = Waiting::Nothing;
        self.papers.bad = None;
        self.papers.double = None;
        self.papers.tray = None;
        self.papers.progress = None;
        match self.page() {
            Page::Type(field) => self.editor = Editor::with(self.answer_text(field)),
            Page::Privacy => {
                self.answers.privacy_shown_ms.get_or_insert(self.now_ms);
            }
            Page::Consents => {
                self.answers.consents_shown_ms.get_or_insert(self.now_ms);
            }
            _ => {}
        }
    }

    fn answer_text(&self, field: Field) -> &str {
        let answers = &self.answers;
        match field {
            Field::Name => answers.name.as_deref(),
            Field::IdNumber => match &answers.id_number {
                Some(IdAnswer::Number(number)) => Some(number.as_str()),
                Some(IdAnswer::Missing(_)) | None => None,
            },
            Field::BirthDate => answers.birth.as_deref(),
            Field::Address => answers.address.as_deref(),
            Field::Phone => answers.phone.as_deref(),
            Field::ReasonText => Some(answers.reason_text.as_str()),
            Field::MemberName => self.member.name.as_deref(),
            Field::OfficialName => self.official_name.as_deref(),
            Field::MemberIdNumber | Field::SlipNumber | Field::CaseNumber => None,
        }
        .unwrap_or_default()
    }

    /// Back to the first page, with nothing left of the person.
    pub(super) fn wipe(&mut self, effects: &mut Vec<Effect>) {
        let (line, routes) = (self.line, self.routes.clone());
        let (watching_reader, watching_tray) = (self.watching_reader, self.watching_tray);
        let next_content = self.next_content.take();
        *self = Self::new(self.content.clone(), self.now_ms);
        self.next_content = next_content;
        self.line = line;
        self.routes = routes;
        self.watching_reader = watching_reader;
        self.watching_tray = watching_tray;
        effects.push(Effect::Wipe);
    }

    /// A stored submission is not yet on the screen while it is being stored; the first page holds nothing.
    fn can_go_idle(&self) -> bool {
        !matches!(self.page(), Page::Home | Page::Submitting)
    }

    fn idle_ms(&self) -> u64 {
        if self.can_go_idle() {
            self.now_ms.saturating_sub(self.last_touch_ms)
        } else {
            0
        }
    }
}
