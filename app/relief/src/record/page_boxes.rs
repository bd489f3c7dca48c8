//! What was read in the boxes of a paper page.

use std::fmt;

use minicbor::{Decode, Encode};

use crate::kept::Numbered;

/// What was seen in a box. The numbers stand in records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum BoxState {
    /// Clean paper.
    Clear = 0,
    /// A person must look.
    Unsure = 1,
    /// Inked.
    Marked = 2,
}

impl BoxState {
    /// The number in records.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The state of this number.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Clear),
            1 => Some(Self::Unsure),
            2 => Some(Self::Marked),
            _ => None,
        }
    }
}

/// The boxes of one page: ticks, signatures and fingerprints in the form's reading order.
///
/// The record names form and edition, and the form's definition names the boxes. A reader that has no
/// such edition shows the scanned page instead: it never guesses which box is which.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PageBoxes {
    /// The form's key, such as `dibao_application`.
    #[n(0)]
    pub form: String,
    /// The form's edition, eight hexadecimal digits.
    #[n(1)]
    pub edition: String,
    /// Which page of the form, from 1.
    #[n(2)]
    pub page: u8,
    /// What was seen in each box.
    #[cbor(n(3), with = "packed")]
    pub states: Vec<BoxState>,
}

impl Numbered for PageBoxes {
    const FIELDS: i64 = 4;
}

impl PageBoxes {
    /// Each box of `boxes`, the page's boxes by its form's definition, with what was seen in it; `None` if
    /// the definition has another number of boxes, and so is not the one that was read.
    pub fn beside<'a, B>(&self, boxes: &'a [B]) -> Option<Vec<(&'a B, BoxState)>> {
        (boxes.len() == self.states.len())
            .then(|| boxes.iter().zip(self.states.iter().copied()).collect())
    }
}

impl fmt::Debug for PageBoxes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageBoxes(hidden)")
    }
}

/// Four states in a byte, the first in its lowest bits; 3 fills the places behind the last box.
mod packed {
    use minicbor::decode::{self as de, Decoder};
    use minicbor::encode::{self as en, Encoder, Write};

    use super::BoxState;

    const PER_BYTE: usize = 4;
    const NO_BOX: u8 = 3;

    pub(super) fn encode<C, W: Write>(
        states: &[BoxState],
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), en::Error<W::Error>> {
        let packed: Vec<u8> = states
            .chunks(PER_BYTE)
            .map(|part| {
                (0..PER_BYTE).rev().fold(0, |byte, place| {
                    byte << 2 | part.get(place).map_or(NO_BOX, |state| state.code())
                })
            })
            .collect();
        e.bytes(&packed)?.ok()
    }

    pub(super) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Vec<BoxState>, de::Error> {
        let packed = d.bytes()?;
        let mut codes = packed
            .iter()
            .flat_map(|byte| (0..PER_BYTE).map(move |place| byte >> (2 * place) & 3));
        let states: Vec<BoxState> = codes.by_ref().map_while(BoxState::from_code).collect();
        // The first code that is no state ends the boxes; only others like it may follow, and not a whole byte.
        if states.len().div_ceil(PER_BYTE) == packed.len() && codes.all(|code| code == NO_BOX) {
            Ok(states)
        } else {
            Err(de::Error::message("a box has no known state"))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(states: Vec<BoxState>) -> PageBoxes {
        PageBoxes {
            form: "f".into(),
            edition: "0A1B2C3D".into(),
            page: 1,
            states,
        }
    }

    #[test]
    fn four_boxes_share_a_byte_and_the_last_byte_is_filled() {
        use BoxState::{Clear, Marked, Unsure};
        let bytes = minicbor::to_vec(page(vec![Marked, Clear, Unsure, Clear, Marked])).unwrap();
        let mut expected = vec![0xA4, 0, 0x61, b'f', 1, 0x68];
        expected.extend(b"0A1B2C3D");
        expected.extend([2, 1, 3, 0x42, 0b00_01_00_10, 0b11_11_11_10]);
        assert_eq!(bytes, expected);
    }

    #[test]
    fn a_box_without_a_known_state_is_not_read() {
        let read = |states: &[u8]| {
            let mut bytes = vec![0xA4, 0, 0x60, 1, 0x60, 2, 1, 3, 0x40 | states.len() as u8];
            bytes.extend(states);
            minicbor::decode::<PageBoxes>(&bytes).map(|page| page.states.len())
        };
        assert_eq!(read(&[]).ok(), Some(0));
        assert_eq!(read(&[0b11_11_11_00]).ok(), Some(1));
        assert_eq!(read(&[0]).ok(), Some(4));
        for wrong in [
            &[0b11_11_11_11][..],
            &[0, 0xFF],
            &[0b00_11_00_00],
            &[0b11_11_00_00, 0],
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn boxes_have_names_only_beside_a_definition_of_their_number() {
        let read = page(vec![BoxState::Marked, BoxState::Clear]);
        assert_eq!(
            read.beside(&["a", "b"]),
            Some(vec![(&"a", BoxState::Marked), (&"b", BoxState::Clear)])
        );
        assert_eq!(read.beside(&["a"]), None);
        assert_eq!(read.beside(&["a", "b", "c"]), None);
    }

    proptest! {
        #[test]
        fn any_number_of_boxes_reads_back(codes in prop::collection::vec(0_u8..3, 0..200)) {
            let sent = page(codes.into_iter().filter_map(BoxState::from_code).collect());
            let bytes = minicbor::to_vec(&sent).unwrap();
            prop_assert!(minicbor::decode::<PageBoxes>(&bytes).unwrap() == sent);
        }
    }
}
