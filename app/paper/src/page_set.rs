//! The pages of one paper form, handed in one by one in any order.
//!
//! A set belongs to one form in one edition and, once a page names one, to one case. [`PageSet::add`] says what became of a page:
//! kept, kept instead of a worse photo of the same sheet, or not kept and why. Nothing is dropped silently: what staff have to
//! know comes out as a [`PageNews`] or stays visible in [`PageSet::missing`].

use crate::form::Form;
use crate::quality::{Quality, Severity};
use crate::reading::PageReading;
use crate::score::FieldState;

/// What a page says of itself, and how well it was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct PageTag {
    /// Key of the form.
    pub form: String,
    /// Edition of the form, as its code names it.
    pub edition: String,
    /// Which page of the form, from 1.
    pub page: u8,
    /// The case that the page was printed for; `None` on a form that was printed blank.
    pub case_ref: Option<String>,
    /// The boxes whose state is sure, by id: true is marked. Two sheets of the same page differ in them.
    pub sure: Vec<(String, bool)>,
    /// How well it was seen.
    pub grade: Grade,
}

/// How good a photo of a page is; the better one is larger.
///
/// Fewer fields that a person must look at come first, because they are what a second photo is taken for; then findings; then
/// how well the print fits its blank, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Grade {
    /// Fields that are not unsure, less those that are, so that more is better.
    surplus: i32,
    /// No finding is 0, each one takes one away.
    findings: i32,
    print_fit_permille: i32,
}

/// What became of a page that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageNews {
    /// It is kept; the set had no such page.
    Kept,
    /// It is kept, and a worse photo of the same sheet is given up.
    KeptBetter,
    /// It is kept: the same sheet with more on it, such as a signature. The photo from before is given up.
    KeptNewer,
    /// It is kept for the page that was here, because a person said so.
    Replaced,
    /// The set holds a photo of the same sheet that is at least as good; this one is given up.
    HadAsGood,
    /// It is not kept: the set holds this page, and the two are not the same sheet.
    OtherSheet {
        /// The boxes that are marked on one and clear on the other, by id; empty when one names a case and the other
        /// does not.
        differ: Vec<String>,
    },
    /// It is not kept: it was printed for another case.
    OtherCase {
        /// The set's.
        case_ref: String,
        /// The page's.
        found: String,
    },
    /// It is not kept: it is of another form.
    OtherForm {
        /// Key of the page's form.
        found: String,
    },
    /// It is not kept: it is of the right form in another edition than the pages that are here.
    OtherEdition {
        /// The page's edition.
        found: String,
    },
    /// It is not kept: the form has no such page.
    NoSuchPage {
        /// The page's number.
        page: u8,
        /// How many the form has.
        pages: u8,
    },
}

/// A page that stands in a set.
#[derive(Debug, Clone, PartialEq)]
struct Held<T> {
    tag: PageTag,
    content: T,
}

/// The pages of one form that were handed in so far; `T` is what the owner keeps of each.
#[derive(Debug, Clone, PartialEq)]
pub struct PageSet<T> {
    form: String,
    edition: String,
    slots: Vec<Option<Held<T>>>,
}

impl PageTag {
    /// The tag of a page that was read from a photo of this `quality`.
    #[must_use]
    pub fn of(reading: &PageReading, quality: &Quality) -> Self {
        let sure = reading
            .fields
            .iter()
            .filter_map(|field| match field.state {
                FieldState::Clear => Some((field.id.clone(), false)),
                FieldState::Marked => Some((field.id.clone(), true)),
                FieldState::Unsure => None,
            })
            .collect();
        Self {
            form: reading.form_key.clone(),
            edition: reading.edition.to_string(),
            page: reading.page,
            case_ref: reading.case_ref.clone(),
            sure,
            grade: Grade::of(reading, quality),
        }
    }

    /// The boxes that are surely `marked` here and surely are not on `other`.
    fn only_here<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a String> {
        let clear_there = |id: &String| {
            other
                .sure
                .iter()
                .any(|(known, marked)| known == id && !marked)
        };
        self.sure
            .iter()
            .filter(move |(id, marked)| *marked && clear_there(id))
            .map(|(id, _)| id)
    }
}

impl Grade {
    /// The grade of a page that was read from a photo of this `quality`.
    #[must_use]
    pub fn of(reading: &PageReading, quality: &Quality) -> Self {
        let weigh = |state: FieldState| if state == FieldState::Unsure { -1 } else { 1 };
        let told = quality
            .findings
            .iter()
            .filter(|finding| finding.severity > Severity::Fine);
        Self {
            surplus: reading.fields.iter().map(|field| weigh(field.state)).sum(),
            findings: -(told.count() as i32),
            print_fit_permille: (reading.quality.print_fit * 1000.0) as i32,
        }
    }
}

impl<T> PageSet<T> {
    /// An empty set for `form`.
    #[must_use]
    pub fn new(form: &Form) -> Self {
        Self::of_pages(form.key(), &form.edition().to_string(), form.pages())
    }

    /// An empty set for the form of this key and edition with `pages` pages.
    #[must_use]
    pub fn of_pages(form: &str, edition: &str, pages: u8) -> Self {
        Self {
            form: form.to_owned(),
            edition: edition.to_owned(),
            slots: (0..pages).map(|_| None).collect(),
        }
    }

    /// Key of the set's form.
    #[must_use]
    pub fn form(&self) -> &str {
        &self.form
    }

    /// How many pages the form has.
    #[must_use]
    pub fn pages(&self) -> u8 {
        self.slots.len() as u8
    }

    /// The case that pages of the set were printed for, once one names it.
    #[must_use]
    pub fn case_ref(&self) -> Option<&str> {
        let mut tags = self.slots.iter().flatten();
        tags.find_map(|held| held.tag.case_ref.as_deref())
    }

    /// Hands a page in. `content` is kept, or given back when the page is not; a worse photo that makes way is given back
    /// too.
    pub fn add(&mut self, tag: PageTag, content: T) -> (PageNews, Option<T>) {
        if let Some(refused) = self.refuses(&tag) {
            return (refused, Some(content));
        }
        let index = usize::from(tag.page) - 1;
        let Some(held) = &self.slots[index] else {
            self.slots[index] = Some(Held { tag, content });
            return (PageNews::Kept, None);
        };
        // A sheet gains ink and never loses any: a mark that is gone is another sheet's. One sheet has one code, too,
        // which names a case or none.
        let lost = held.tag.only_here(&tag).count() > 0;
        let gained = tag.only_here(&held.tag).count() > 0;
        if lost || held.tag.case_ref != tag.case_ref {
            let differ = held.tag.only_here(&tag).chain(tag.only_here(&held.tag));
            let differ = differ.cloned().collect();
            return (PageNews::OtherSheet { differ }, Some(content));
        }
        if !gained && held.tag.grade >= tag.grade {
            return (PageNews::HadAsGood, Some(content));
        }
        let old = self.slots[index].replace(Held { tag, content });
        let news = if gained {
            PageNews::KeptNewer
        } else {
            PageNews::KeptBetter
        };
        (news, old.map(|held| held.content))
    }

    /// Hands a page in for the one that is here, whatever that one says: a person has decided so. It is refused only when it
    /// does not belong to the set, once the page that it replaces is left out.
    pub fn replace(&mut self, tag: PageTag, content: T) -> (PageNews, Option<T>) {
        let index = usize::from(tag.page).checked_sub(1);
        let old = index
            .and_then(|index| self.slots.get_mut(index))
            .and_then(Option::take);
        let (news, back) = self.add(tag, content);
        if news == PageNews::Kept {
            return match old {
                Some(old) => (PageNews::Replaced, Some(old.content)),
                None => (news, back),
            };
        }
        if let (Some(index), Some(old)) = (index, old) {
            self.slots[index] = Some(old);
        }
        (news, back)
    }

    /// Takes a page out.
    pub fn remove(&mut self, page: u8) -> Option<T> {
        let index = usize::from(page).checked_sub(1)?;
        let held = self.slots.get_mut(index)?.take()?;
        Some(held.content)
    }

    /// Its pages, in their order on the form.
    pub(crate) fn into_pages(self) -> impl Iterator<Item = T> {
        self.slots.into_iter().flatten().map(|held| held.content)
    }

    fn refuses(&self, tag: &PageTag) -> Option<PageNews> {
        if tag.form != self.form {
            return Some(PageNews::OtherForm {
                found: tag.form.clone(),
            });
        }
        if tag.edition != self.edition {
            return Some(PageNews::OtherEdition {
                found: tag.edition.clone(),
            });
        }
        if tag.page == 0 || tag.page > self.pages() {
            return Some(PageNews::NoSuchPage {
                page: tag.page,
                pages: self.pages(),
            });
        }
        match (self.case_ref(), &tag.case_ref) {
            (Some(own), Some(found)) if own != found => Some(PageNews::OtherCase {
                case_ref: own.to_owned(),
                found: found.clone(),
            }),
            // A page printed blank may belong to any case; that is said by `unnamed`.
            (Some(_) | None, Some(_) | None) => None,
        }
    }

    /// The numbers of the pages that are not here.
    #[must_use]
    pub fn missing(&self) -> Vec<u8> {
        self.numbers(Option::is_none)
    }

    /// The numbers of the pages that name no case, in a set in which another page does: nothing printed says that they are of
    /// the same person.
    #[must_use]
    pub fn unnamed(&self) -> Vec<u8> {
        if self.case_ref().is_none() {
            return Vec::new();
        }
        self.numbers(|slot| matches!(slot, Some(held) if held.tag.case_ref.is_none()))
    }

    fn numbers(&self, wanted: impl Fn(&Option<Held<T>>) -> bool) -> Vec<u8> {
        let slots = (1..).zip(&self.slots);
        slots
            .filter(|(_, slot)| wanted(slot))
            .map(|(page, _)| page)
            .collect()
    }

    /// Whether no page is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.slots.iter().all(Option::is_some)
    }

    /// Whether no page is here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.iter().all(Option::is_none)
    }

    /// What is kept of `page`, from 1.
    #[must_use]
    pub fn get(&self, page: u8) -> Option<&T> {
        let index = usize::from(page).checked_sub(1)?;
        Some(&self.slots.get(index)?.as_ref()?.content)
    }

    /// The pages that are here, in their order on the form, whichever way they came in.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &T)> {
        let slots = (1..).zip(&self.slots);
        slots.filter_map(|(page, slot)| Some((page, &slot.as_ref()?.content)))
    }
}

#[cfg(test)]
mod tests;
