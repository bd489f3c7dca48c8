//! Papers that are handed in together: pages of several forms, all of one case, in any order.

use crate::page_set::{PageNews, PageSet, PageTag};

/// One set of pages for each form, the form whose page came first in front; `T` is what the owner keeps of each page.
///
/// All pages that name a case name the same one, and a set without a page does not stay.
#[derive(Debug, Clone, PartialEq)]
pub struct PageSets<T> {
    case_ref: Option<String>,
    sets: Vec<PageSet<T>>,
}

impl<T> Default for PageSets<T> {
    fn default() -> Self {
        Self {
            case_ref: None,
            sets: Vec::new(),
        }
    }
}

impl<T> PageSets<T> {
    /// The case that the papers belong to: the one that was set, or else the one that a page names.
    #[must_use]
    pub fn case_ref(&self) -> Option<&str> {
        let named = || self.sets.iter().find_map(PageSet::case_ref);
        self.case_ref.as_deref().or_else(named)
    }

    /// Says which case the papers belong to; `false`, and nothing changes, if a page that is here names another.
    pub fn set_case(&mut self, case_ref: &str) -> bool {
        let mut named = self.sets.iter().filter_map(PageSet::case_ref);
        let fits = named.all(|named| named == case_ref);
        if fits {
            self.case_ref = Some(case_ref.to_owned());
        }
        fits
    }

    /// Hands a page in, of a form of `pages` pages; as [`PageSet::add`].
    pub fn add(&mut self, tag: PageTag, pages: u8, content: T) -> (PageNews, Option<T>) {
        self.hand_in(tag, pages, content, PageSet::add)
    }

    /// Hands a page in for the one that is here; as [`PageSet::replace`].
    pub fn replace(&mut self, tag: PageTag, pages: u8, content: T) -> (PageNews, Option<T>) {
        self.hand_in(tag, pages, content, PageSet::replace)
    }

    fn hand_in(
        &mut self,
        tag: PageTag,
        pages: u8,
        content: T,
        into: impl FnOnce(&mut PageSet<T>, PageTag, T) -> (PageNews, Option<T>),
    ) -> (PageNews, Option<T>) {
        let others = self.sets.iter().filter(|set| set.form() != tag.form);
        let known = self.case_ref.as_deref();
        let known = known.or_else(|| others.filter_map(PageSet::case_ref).next());
        if let (Some(known), Some(found)) = (known, &tag.case_ref)
            && known != found
        {
            let news = PageNews::OtherCase {
                case_ref: known.to_owned(),
                found: found.clone(),
            };
            return (news, Some(content));
        }
        let place = self.sets.iter().position(|set| set.form() == tag.form);
        let place = place.unwrap_or_else(|| {
            let set = PageSet::of_pages(&tag.form, &tag.edition, pages);
            self.sets.push(set);
            self.sets.len() - 1
        });
        let (news, back) = into(&mut self.sets[place], tag, content);
        self.sets.retain(|set| !set.is_empty());
        (news, back)
    }

    /// Takes a page out.
    pub fn remove(&mut self, form: &str, page: u8) -> Option<T> {
        let set = self.sets.iter_mut().find(|set| set.form() == form)?;
        let removed = set.remove(page);
        self.sets.retain(|set| !set.is_empty());
        removed
    }

    /// Takes out every page of the forms that `keep` says no to, in order.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) -> Vec<T> {
        let (kept, out) = std::mem::take(&mut self.sets)
            .into_iter()
            .partition(|set| keep(set.form()));
        self.sets = kept;
        let out: Vec<PageSet<T>> = out;
        out.into_iter().flat_map(PageSet::into_pages).collect()
    }

    /// The sets.
    #[must_use]
    pub fn sets(&self) -> &[PageSet<T>] {
        &self.sets
    }

    /// The set of a form, once it has a page.
    #[must_use]
    pub fn set(&self, form: &str) -> Option<&PageSet<T>> {
        self.sets.iter().find(|set| set.form() == form)
    }

    /// What is kept of the pages that are here: form by form, in their order on it.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let sets = self.sets.iter();
        sets.flat_map(|set| set.iter().map(|(_, content)| content))
    }

    /// How many pages are here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether no page is here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Whether no page is missing of any form that has a page here.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.sets.iter().all(PageSet::is_complete)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str = "140428-003-000017-0";
    const OTHER: &str = "140428-003-000018-8";

    fn tag(form: &str, page: u8, case_ref: Option<&str>) -> PageTag {
        PageTag {
            form: form.to_owned(),
            edition: "00000001".to_owned(),
            page,
            case_ref: case_ref.map(str::to_owned),
            sure: Vec::new(),
            grade: crate::Grade::default(),
        }
    }

    fn is_of_other_case(news: &PageNews) -> bool {
        matches!(news, PageNews::OtherCase { case_ref, found } if case_ref == CASE && found == OTHER)
    }

    #[test]
    fn pages_of_several_forms_come_in_any_order() {
        let mut sets = PageSets::default();
        for (form, page) in [("statement", 1), ("authorisation", 2), ("statement", 2)] {
            let (news, back) = sets.add(tag(form, page, None), 2, page);
            assert_eq!((news, back), (PageNews::Kept, None));
        }
        let missing: Vec<_> = sets
            .sets()
            .iter()
            .map(|set| (set.form(), set.missing()))
            .collect();
        assert_eq!(missing, [("statement", vec![]), ("authorisation", vec![1])]);
        assert_eq!((sets.len(), sets.is_complete()), (3, false));
        sets.add(tag("authorisation", 1, None), 2, 1);
        assert!(sets.is_complete());
        assert_eq!(sets.iter().copied().collect::<Vec<_>>(), [1, 2, 1, 2]);
    }

    #[test]
    fn a_page_of_another_case_is_refused_whichever_form_it_is_of() {
        let mut sets = PageSets::default();
        sets.add(tag("statement", 1, Some(CASE)), 1, "hers");
        assert_eq!(sets.case_ref(), Some(CASE));
        for form in ["statement", "authorisation"] {
            let (news, back) = sets.add(tag(form, 1, Some(OTHER)), 1, "his");
            assert!(is_of_other_case(&news), "{news:?}");
            assert_eq!(back, Some("his"));
        }
        assert_eq!(sets.len(), 1);
    }

    #[test]
    fn a_case_that_is_set_binds_every_page_and_contradicts_none() {
        let mut sets = PageSets::default();
        sets.add(tag("statement", 1, None), 1, "blank");
        assert!(sets.set_case(CASE));
        let (news, _) = sets.replace(tag("statement", 1, Some(OTHER)), 1, "his");
        assert!(is_of_other_case(&news), "{news:?}");
        sets.add(tag("authorisation", 1, Some(CASE)), 1, "hers");
        assert!(!sets.set_case(OTHER));
        assert_eq!(sets.case_ref(), Some(CASE));
    }

    #[test]
    fn a_page_may_be_replaced_by_one_of_another_case_if_no_other_names_one() {
        let mut sets = PageSets::default();
        sets.add(tag("statement", 1, Some(CASE)), 1, "hers");
        let (news, back) = sets.replace(tag("statement", 1, Some(OTHER)), 1, "his");
        assert_eq!((news, back), (PageNews::Replaced, Some("hers")));
    }

    #[test]
    fn a_form_without_a_page_is_forgotten() {
        let mut sets = PageSets::default();
        sets.add(tag("statement", 1, None), 2, "first");
        sets.add(tag("authorisation", 1, None), 1, "second");
        assert_eq!(sets.remove("statement", 2), None);
        assert_eq!(sets.remove("statement", 1), Some("first"));
        assert!(sets.set("statement").is_none());
        // A refused page leaves no empty set behind.
        sets.add(tag("commitment", 3, None), 2, "no such page");
        assert_eq!(sets.sets().len(), 1);
        assert_eq!(sets.retain(|form| form != "authorisation"), ["second"]);
        assert!(sets.is_empty() && sets.is_complete());
    }
}
