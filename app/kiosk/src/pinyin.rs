//! Pinyin without tones → the characters that are read so, common ones first.
//!
//! The table is `assets/i18n/pinyin.txt`, one syllable a line, sorted; its sources and order are told in
//! `assets/i18n/PINYIN.md`. `v` stands for ü.

use std::{collections::BTreeMap, sync::LazyLock};

const TABLE: &str = include_str!("../../../assets/i18n/pinyin.txt");

/// Of each longer syllable that begins with the letters typed, this many characters are offered:
/// the first sheet of it. Another letter brings the rest.
const FROM_LONGER_SYLLABLE: usize = 9;

/// Candidates by the letters typed; every beginning of a syllable is a key.
static BY_LETTERS: LazyLock<BTreeMap<&'static str, Vec<char>>> = LazyLock::new(|| {
    let syllables: BTreeMap<&str, &str> = TABLE
        .lines()
        .filter_map(|line| line.split_once(' '))
        .collect();
    let mut by_letters: BTreeMap<&'static str, Vec<char>> = BTreeMap::new();
    for (syllable, characters) in &syllables {
        by_letters
            .entry(syllable)
            .or_default()
            .extend(characters.chars());
    }
    for (syllable, characters) in &syllables {
        for len in 1..syllable.len() {
            by_letters
                .entry(&syllable[..len])
                .or_default()
                .extend(characters.chars().take(FROM_LONGER_SYLLABLE));
        }
    }
    by_letters
});

/// How many of `letters` the candidates stand for, and the candidates.
///
/// The longest beginning of `letters` that begins a syllable counts, so `wangf` offers what `wang`
/// offers and leaves the `f`.
#[must_use]
pub fn candidates(letters: &str) -> (usize, &'static [char]) {
    (1..=letters.len())
        .rev()
        .filter_map(|len| Some((len, BY_LETTERS.get(letters.get(..len)?)?)))
        .map(|(len, characters)| (len, characters.as_slice()))
        .next()
        .unwrap_or((0, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_characters_of_names_are_reached_by_their_syllable() {
        for (letters, character) in [("jie", '㛃'), ("yan", '䶮'), ("hong", '𬭎'), ("lv", '吕')]
        {
            let (used, offered) = candidates(letters);
            assert_eq!(used, letters.len());
            assert!(
                offered.contains(&character),
                "{letters} does not offer {character}"
            );
        }
    }

    #[test]
    fn common_characters_stand_on_the_first_sheet() {
        for (letters, character) in [("wang", '王'), ("li", '李'), ("zeng", '曾'), ("cun", '村')]
        {
            let place = candidates(letters).1.iter().position(|c| *c == character);
            assert!(
                place.is_some_and(|place| place < 9),
                "{letters} offers {character} at {place:?}"
            );
        }
    }

    #[test]
    fn letters_past_the_syllable_are_left_for_the_next_character() {
        assert_eq!(candidates("wangf").0, 4);
        assert_eq!(candidates("wangf").1, candidates("wang").1);
    }

    #[test]
    fn a_beginning_of_a_syllable_offers_what_may_follow() {
        let (used, offered) = candidates("zh");
        assert_eq!(used, 2);
        assert!(offered.contains(&'张') && offered.contains(&'中'));
    }

    #[test]
    fn no_letters_and_no_syllable_offer_nothing() {
        assert_eq!(candidates(""), (0, &[][..]));
        assert_eq!(candidates("v").0, 0);
    }

    #[test]
    fn every_offered_character_has_a_shape_on_the_screen() {
        for character in TABLE
            .lines()
            .filter_map(|line| line.split_once(' '))
            .flat_map(|(_, all)| all.chars())
        {
            assert!(crate::font::covers(character), "no shape for {character}");
        }
    }

    #[test]
    fn the_table_is_sorted_so_that_a_change_shows_as_one_line() {
        let syllables: Vec<&str> = TABLE
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        assert!(syllables.is_sorted());
    }
}
