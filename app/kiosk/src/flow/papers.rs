//! The papers under the camera: what becomes of each page, and what the page about them shows.

use std::sync::Arc;

use paper::{FiledUnder, PageNews, PageSet, PageSets};
use relief::{SlipNumber, record::PAGES_MAX};

use super::{
    answers::PaperAnswer,
    draft::{BadPhoto, Finished, HandoverDraft, PaperPage},
    fault::Notice,
    input::{Effect, PaperFault, PaperOutcome, ScanProgress, TrayReport},
    page::Page,
    visit::{Visit, Waiting},
};

/// What the page about the papers shows beside the pages themselves.
#[derive(Clone, Default)]
pub struct Papers {
    /// The photo that could not be read, until another is taken.
    pub bad: Option<Arc<BadPhoto>>,
    /// The page that is shown.
    pub shown: Option<ShownPage>,
    /// What became of a page that was handed in twice.
    pub double: Option<Double>,
    /// What the camera sees.
    pub tray: Option<TrayReport>,
    /// How far the device is with the page that is being taken, if that takes it long.
    pub progress: Option<ScanProgress>,
    /// A page that waits for a person's word on which sheet is right.
    pub(super) pending: Option<Arc<PaperPage>>,
}

/// Which page is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPage {
    /// Key of its form.
    pub form: String,
    /// Its number, from 1.
    pub page: u8,
}

/// What became of a page that was handed in twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Double {
    /// The new photo is better and is used.
    New,
    /// The photo from before is as good and stays.
    Old,
}

/// Pages that are not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingPages {
    /// Key of their form.
    pub form: String,
    /// Their numbers, from 1; empty if no page of the form is here.
    pub pages: Vec<u8>,
}

impl Visit {
    /// The papers that are here; `None` before the first.
    #[must_use]
    pub fn page_sets(&self) -> Option<&PageSets<Arc<PaperPage>>> {
        match &self.answers().paper {
            Some(PaperAnswer::Pages { sets, .. }) => Some(sets),
            Some(PaperAnswer::Later) | None => None,
        }
    }

    /// The page that is shown, if it is here.
    #[must_use]
    pub fn shown_page(&self) -> Option<&PaperPage> {
        let shown = self.papers().shown.as_ref()?;
        let page = self.page_sets()?.set(&shown.form)?.get(shown.page)?;
        Some(page.as_ref())
    }

    /// What is missing of the forms that were begun and of the one that is asked for.
    #[must_use]
    pub fn missing_pages(&self) -> Vec<MissingPages> {
        self.answers.missing_pages(&self.content)
    }

    /// Whether nothing is missing.
    #[must_use]
    pub fn papers_are_complete(&self) -> bool {
        self.page_sets().is_some() && self.missing_pages().is_empty()
    }

    /// Whether the papers are an office's and belong to no case.
    #[must_use]
    pub fn are_office_papers(&self) -> bool {
        self.papers_filed_under() == Some(FiledUnder::Office)
    }

    fn papers_filed_under(&self) -> Option<FiledUnder> {
        let first = self.page_sets()?.sets().first()?;
        Some(self.content.form(first.form())?.filed_under)
    }

    /// Takes the camera's answer.
    pub(super) fn take_photo_outcome(&mut self, outcome: PaperOutcome, effects: &mut Vec<Effect>) {
        self.papers.bad = None;
        self.papers.double = None;
        self.papers.progress = None;
        match outcome {
            PaperOutcome::Read(read) => match self.hindrance(&read) {
                None => self.take_page(read, effects),
                Some(fault) => {
                    effects.push(Effect::DropScans(read));
                    self.notice = Some(Notice::Paper(fault));
                }
            },
            PaperOutcome::Slip(number) if self.page() == Page::Handover => self.take_slip(number),
            PaperOutcome::Slip(_) => self.notice = Some(Notice::Paper(PaperFault::NotOurForm)),
            PaperOutcome::Refused(PaperFault::Stopped) => {}
            PaperOutcome::Refused(fault) => self.notice = Some(Notice::Paper(fault)),
            PaperOutcome::Bad(photo) => self.papers.bad = Some(photo),
        }
    }

    /// Why the page cannot go with the others, whatever is in it.
    fn hindrance(&self, page: &PaperPage) -> Option<PaperFault> {
        let Some(form) = self.content.form(&page.form) else {
            return Some(PaperFault::OtherForm);
        };
        let is_application = self.page() == Page::Paper;
        let of_case = is_application || self.answers.case.is_some();
        let kind = self
            .papers_filed_under()
            .or(of_case.then_some(FiledUnder::Case));
        if kind.is_some_and(|kind| kind != form.filed_under) {
            return Some(PaperFault::Apart);
        }
        let scheme = self
            .answers
            .scheme_of(&self.content)
            .map(|scheme| scheme.id);
        if is_application && !form.goes_with(scheme) {
            return Some(PaperFault::OtherForm);
        }
        let of_county = |case: &String| {
            let number: Option<SlipNumber> = case.parse().ok();
            number.is_some_and(|number| number.county() == self.content.county_code)
        };
        if !page.case_ref.iter().all(of_county) {
            return Some(PaperFault::OtherCounty);
        }
        let sets = self.page_sets()?;
        let is_here = sets
            .set(&page.form)
            .is_some_and(|set| set.get(page.page).is_some());
        (sets.len() >= PAGES_MAX && !is_here).then_some(PaperFault::TooMany)
    }

    fn take_page(&mut self, page: Arc<PaperPage>, effects: &mut Vec<Effect>) {
        if self.page_sets().is_none() {
            let mut sets = PageSets::default();
            if let Some(case) = self.answers.case {
                sets.set_case(&case.to_string());
            }
            self.answers.paper = Some(PaperAnswer::Pages {
                sets,
                rest_later: false,
            });
        }
        let Some(PaperAnswer::Pages { sets, .. }) = &mut self.answers.paper else {
            return;
        };
        let shown = ShownPage::of(&page);
        let (news, back) = sets.add(page.tag(), page.pages, page);
        if sets.is_empty() {
            self.answers.paper = None;
        }
        match news {
            PageNews::Kept | PageNews::KeptNewer | PageNews::Replaced => {
                self.papers.shown = Some(shown);
            }
            PageNews::KeptBetter => {
                self.papers.shown = Some(shown);
                self.papers.double = Some(Double::New);
            }
            PageNews::HadAsGood => {
                self.papers.shown = Some(shown);
                self.papers.double = Some(Double::Old);
            }
            PageNews::OtherSheet { .. } => {
                self.papers.pending = back;
                self.notice = Some(Notice::OtherSheet { page: shown.page });
                return;
            }
            PageNews::OtherCase { .. } => self.notice = Some(Notice::OtherCase),
            PageNews::OtherForm { .. } => self.notice = Some(Notice::Paper(PaperFault::OtherForm)),
            PageNews::OtherEdition { .. } | PageNews::NoSuchPage { .. } => {
                self.notice = Some(Notice::Paper(PaperFault::OtherEdition));
            }
        }
        effects.extend(back.map(Effect::DropScans));
        self.learn_case();
    }

    /// A page that names its case says for which one papers are handed in.
    fn learn_case(&mut self) {
        if self.page() == Page::Handover && self.answers.case.is_none() {
            let named = self.page_sets().and_then(PageSets::case_ref);
            self.answers.case = named.and_then(|named| named.parse().ok());
        }
    }

    /// Takes the number of the case that papers are handed in for.
    pub(super) fn take_slip(&mut self, number: SlipNumber) {
        if number.county() != self.content.county_code {
            self.notice = Some(Notice::Paper(PaperFault::OtherCounty));
            return;
        }
        if self.answers.case == Some(number) {
            return;
        }
        if self.are_office_papers() {
            self.notice = Some(Notice::Paper(PaperFault::Apart));
            return;
        }
        if let Some(PaperAnswer::Pages { sets, .. }) = &mut self.answers.paper {
            // Pages that lie here for one person never become another's.
            if self.answers.case.is_some() || !sets.set_case(&number.to_string()) {
                self.notice = Some(Notice::OtherCase);
                return;
            }
        }
        self.answers.case = Some(number);
    }

    /// The person's word on a page of which two sheets were laid down.
    pub(super) fn settle_sheet(&mut self, takes_new: bool, effects: &mut Vec<Effect>) {
        let Some(page) = self.papers.pending.take() else {
            return;
        };
        match &mut self.answers.paper {
            Some(PaperAnswer::Pages { sets, .. }) if takes_new => {
                let shown = ShownPage::of(&page);
                let (_, back) = sets.replace(page.tag(), page.pages, page);
                self.papers.shown = Some(shown);
                effects.extend(back.map(Effect::DropScans));
            }
            Some(_) | None => effects.push(Effect::DropScans(page)),
        }
        self.learn_case();
    }

    /// Shows the first page that is here of the form at `place`.
    pub(super) fn show_form(&mut self, place: usize) {
        let set = self.page_sets().and_then(|sets| sets.sets().get(place));
        if let Some((_, page)) = set.and_then(|set| set.iter().next()) {
            self.papers.shown = Some(ShownPage::of(page));
            self.papers.bad = None;
        }
    }

    /// Shows the page at `place` of the form that is shown, if it is here.
    pub(super) fn show_page(&mut self, place: usize) {
        let number = u8::try_from(place).ok().and_then(|n| n.checked_add(1));
        let (Some(number), Some(set)) = (number, self.shown_set()) else {
            return;
        };
        if let Some(page) = set.get(number) {
            self.papers.shown = Some(ShownPage::of(page));
            self.papers.bad = None;
        }
    }

    /// The set whose pages are shown: that of the page that is shown, or else the first.
    #[must_use]
    pub fn shown_set(&self) -> Option<&PageSet<Arc<PaperPage>>> {
        let sets = self.page_sets()?;
        let shown = self.papers().shown.as_ref();
        let set = shown.and_then(|shown| sets.set(&shown.form));
        set.or_else(|| sets.sets().first())
    }

    /// Takes the page that is shown out.
    pub(super) fn drop_shown_page(&mut self, effects: &mut Vec<Effect>) {
        self.papers.double = None;
        let shown = self.papers.shown.take();
        let Some(PaperAnswer::Pages { sets, .. }) = &mut self.answers.paper else {
            return;
        };
        let dropped = shown.and_then(|shown| sets.remove(&shown.form, shown.page));
        effects.extend(dropped.map(Effect::DropScans));
        if sets.is_empty() {
            self.answers.paper = None;
        }
    }

    /// Gives up all pages.
    pub(super) fn drop_pages(&mut self, effects: &mut Vec<Effect>) {
        if let Some(PaperAnswer::Pages { sets, .. }) = self.answers.paper.take() {
            effects.extend(sets.iter().cloned().map(Effect::DropScans));
        }
    }

    /// Gives up the pages that do not go with the scheme, now another one.
    pub(super) fn drop_pages_of_other_schemes(&mut self, effects: &mut Vec<Effect>) {
        let scheme = self
            .answers
            .scheme_of(&self.content)
            .map(|scheme| scheme.id);
        let content = self.content.clone();
        let fits = |form: &str| {
            let form = content.form(form);
            form.is_some_and(|form| form.goes_with(scheme))
        };
        let Some(PaperAnswer::Pages { sets, rest_later }) = &mut self.answers.paper else {
            return;
        };
        let dropped = sets.retain(fits);
        if dropped.is_empty() {
            return;
        }
        *rest_later = false;
        if sets.is_empty() {
            self.answers.paper = None;
        }
        self.papers.shown = None;
        effects.extend(dropped.into_iter().map(Effect::DropScans));
    }

    /// Pages that are missing come later; without a page, all of them do.
    pub(super) fn leave_paper_for_later(&mut self, effects: &mut Vec<Effect>) {
        let complete = self.papers_are_complete();
        match &mut self.answers.paper {
            Some(PaperAnswer::Pages { rest_later, .. }) if !complete => *rest_later = true,
            Some(PaperAnswer::Pages { .. } | PaperAnswer::Later) | None => {
                self.drop_pages(effects);
                self.answers.paper = Some(PaperAnswer::Later);
            }
        }
        self.go_on(Page::Review);
    }

    /// Whether the papers can be handed in as they lie here: something is here, and it is known whose they are.
    #[must_use]
    pub fn can_hand_over(&self) -> bool {
        self.page_sets().is_some() && (self.answers.case.is_some() || self.are_office_papers())
    }

    /// Hands in what is here.
    pub(super) fn hand_over(&mut self, effects: &mut Vec<Effect>) {
        let Some(sets) = self.page_sets().filter(|_| self.can_hand_over()) else {
            return;
        };
        let draft = HandoverDraft {
            case: self.answers.case,
            paper: sets.iter().cloned().collect(),
        };
        effects.push(Effect::Submit(Box::new(Finished::Handover(draft))));
        self.go(Page::Submitting);
    }

    /// What the camera says while the tray is watched.
    pub(super) fn take_tray_report(&mut self, report: TrayReport) {
        if !self.page().takes_papers() || self.notice.is_some() {
            return;
        }
        if report == TrayReport::Taking && self.waiting == Waiting::Nothing {
            self.waiting = Waiting::Photo;
        }
        self.papers.tray = Some(report);
    }
}

impl ShownPage {
    fn of(page: &PaperPage) -> Self {
        Self {
            form: page.form.clone(),
            page: page.page,
        }
    }
}
