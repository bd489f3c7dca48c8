//! The signed pages under the camera: what becomes of each, and what the page about them shows.

use std::sync::Arc;

use paper::{PageNews, PageSet};

use super::{
    answers::PaperAnswer,
    draft::{BadPhoto, PaperPage},
    fault::Notice,
    input::{Effect, PaperFault, PaperOutcome, TrayReport},
    page::Page,
    visit::{Visit, Waiting},
};

/// What the page about the papers shows beside the pages themselves.
#[derive(Clone, Default)]
pub struct Papers {
    /// The photo that could not be read, until another is taken.
    pub bad: Option<Arc<BadPhoto>>,
    /// The page of the form that is shown, from 1.
    pub shown: Option<u8>,
    /// What became of a page that was handed in twice.
    pub double: Option<Double>,
    /// What the camera sees.
    pub tray: Option<TrayReport>,
    /// A page that waits for a person's word on which sheet is right.
    pub(super) pending: Option<Arc<PaperPage>>,
}

/// What became of a page that was handed in twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Double {
    /// The new photo is better and is used.
    New,
    /// The photo from before is as good and stays.
    Old,
}

impl Visit {
    /// The signed pages that are here; `None` before the first.
    #[must_use]
    pub fn page_set(&self) -> Option<&PageSet<Arc<PaperPage>>> {
        match &self.answers().paper {
            Some(PaperAnswer::Pages { set, .. }) => Some(set),
            Some(PaperAnswer::Later) | None => None,
        }
    }

    /// Takes the camera's answer.
    pub(super) fn take_photo_outcome(&mut self, outcome: PaperOutcome, effects: &mut Vec<Effect>) {
        self.papers.bad = None;
        self.papers.double = None;
        match outcome {
            PaperOutcome::Read(read) if self.answers.is_its_form(&read, &self.content) => {
                self.take_page(read, effects);
            }
            PaperOutcome::Read(read) => {
                effects.push(Effect::DropScans(read));
                self.notice = Some(Notice::Paper(PaperFault::OtherForm));
            }
            PaperOutcome::Refused(fault) => self.notice = Some(Notice::Paper(fault)),
            PaperOutcome::Bad(photo) => self.papers.bad = Some(photo),
        }
    }

    fn take_page(&mut self, page: Arc<PaperPage>, effects: &mut Vec<Effect>) {
        // Pages of a form that was asked for before the scheme was changed are of no use any more.
        let current = self.page_set().is_some_and(|set| set.form() == page.form);
        if !current {
            self.drop_pages(effects);
            self.answers.paper = Some(PaperAnswer::Pages {
                set: PageSet::of_pages(&page.form, &page.edition, page.pages),
                rest_later: false,
            });
        }
        let Some(PaperAnswer::Pages { set, .. }) = &mut self.answers.paper else {
            return;
        };
        let number = page.page;
        let (news, back) = set.add(page.tag(), page);
        match news {
            PageNews::Kept | PageNews::KeptNewer | PageNews::Replaced => {
                self.papers.shown = Some(number);
            }
            PageNews::KeptBetter => {
                self.papers.shown = Some(number);
                self.papers.double = Some(Double::New);
            }
            PageNews::HadAsGood => {
                self.papers.shown = Some(number);
                self.papers.double = Some(Double::Old);
            }
            PageNews::OtherSheet { .. } => {
                self.papers.pending = back;
                self.notice = Some(Notice::OtherSheet { page: number });
                return;
            }
            PageNews::OtherCase { .. } => self.notice = Some(Notice::OtherCase),
            PageNews::OtherForm { .. } => self.notice = Some(Notice::Paper(PaperFault::OtherForm)),
            PageNews::OtherEdition { .. } | PageNews::NoSuchPage { .. } => {
                self.notice = Some(Notice::Paper(PaperFault::OtherEdition));
            }
        }
        effects.extend(back.map(Effect::DropScans));
    }

    /// The person's word on a page of which two sheets were laid down.
    pub(super) fn settle_sheet(&mut self, takes_new: bool, effects: &mut Vec<Effect>) {
        let Some(page) = self.papers.pending.take() else {
            return;
        };
        let number = page.page;
        match &mut self.answers.paper {
            Some(PaperAnswer::Pages { set, .. }) if takes_new => {
                let (_, back) = set.replace(page.tag(), page);
                self.papers.shown = Some(number);
                effects.extend(back.map(Effect::DropScans));
            }
            Some(_) | None => effects.push(Effect::DropScans(page)),
        }
    }

    /// Takes the page that is shown out.
    pub(super) fn drop_shown_page(&mut self, effects: &mut Vec<Effect>) {
        self.papers.double = None;
        let shown = self.papers.shown.take();
        let Some(PaperAnswer::Pages { set, .. }) = &mut self.answers.paper else {
            return;
        };
        let dropped = shown.and_then(|page| set.remove(page));
        effects.extend(dropped.map(Effect::DropScans));
        if set.is_empty() {
            self.answers.paper = None;
        }
    }

    /// Gives up all pages.
    pub(super) fn drop_pages(&mut self, effects: &mut Vec<Effect>) {
        if let Some(PaperAnswer::Pages { set, .. }) = self.answers.paper.take() {
            effects.extend(set.iter().map(|(_, page)| Effect::DropScans(page.clone())));
        }
    }

    /// Pages that are missing come later; without a page, all of them do.
    pub(super) fn leave_paper_for_later(&mut self, effects: &mut Vec<Effect>) {
        match &mut self.answers.paper {
            Some(PaperAnswer::Pages { set, rest_later }) if !set.is_complete() => {
                *rest_later = true;
            }
            Some(PaperAnswer::Pages { .. } | PaperAnswer::Later) | None => {
                self.drop_pages(effects);
                self.answers.paper = Some(PaperAnswer::Later);
            }
        }
        self.go_on(Page::Review);
    }

    /// What the camera says while the tray is watched.
    pub(super) fn take_tray_report(&mut self, report: TrayReport) {
        if self.page() != Page::Paper || self.notice.is_some() {
            return;
        }
        if report == TrayReport::Taking && self.waiting == Waiting::Nothing {
            self.waiting = Waiting::Photo;
        }
        self.papers.tray = Some(report);
    }
}
