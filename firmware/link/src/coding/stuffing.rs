//! Byte stuffing: COBS keeps the delimiter out of a frame, and escapes keep out what a line would act on.
//!
//! Source: S. Cheshire, M. Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on Networking, 1999; escapes as
//! in RFC 1662.

use alloc::vec::Vec;

use super::DELIMITER;

/// Most bytes between two code bytes.
const GROUP_LEN_MAX: usize = 254;

const XON: u8 = 0x11;
const XOFF: u8 = 0x13;
const PLUS: u8 = b'+';
const ESCAPE: u8 = 0x7d;
/// What an escaped byte differs by.
const TOGGLE: u8 = 0x20;

/// Bytes that must not appear on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Escape {
    /// XON and XOFF, which some modems take for themselves. What arrives of them is not ours and is skipped.
    pub flow_control: bool,
    /// `+`, as a modem may take three of them between two silences for a wish to talk to itself.
    pub plus: bool,
}

impl Escape {
    pub(crate) const ALL: Self = Self {
        flow_control: true,
        plus: true,
    };

    pub(crate) fn union(self, other: Self) -> Self {
        Self {
            flow_control: self.flow_control || other.flow_control,
            plus: self.plus || other.plus,
        }
    }

    fn is_any(self) -> bool {
        self.flow_control || self.plus
    }

    fn must_escape(self, byte: u8) -> bool {
        match byte {
            XON | XOFF => self.flow_control,
            PLUS => self.plus,
            ESCAPE => self.is_any(),
            _ => false,
        }
    }
}

/// Stuffs bytes as they come; what is complete goes to `out` at once, so that a frame can be cut short.
#[derive(Debug)]
pub(super) struct Stuffer {
    escape: Escape,
    group: Vec<u8>,
    /// The last group was full, so nothing need follow it.
    after_full: bool,
}

impl Stuffer {
    pub(super) fn new(escape: Escape) -> Self {
        Self {
            escape,
            group: Vec::new(),
            after_full: false,
        }
    }

    pub(super) fn push(&mut self, byte: u8, out: &mut Vec<u8>) {
        if byte == DELIMITER {
            self.end_group(out);
            self.after_full = false;
            return;
        }
        self.group.push(byte);
        self.after_full = self.group.len() == GROUP_LEN_MAX;
        if self.after_full {
            self.end_group(out);
        }
    }

    /// Ends the frame, delimiter included.
    pub(super) fn finish(mut self, out: &mut Vec<u8>) {
        if !self.after_full {
            self.end_group(out);
        }
        out.push(DELIMITER);
    }

    fn end_group(&mut self, out: &mut Vec<u8>) {
        let code = self.group.len() as u8 + 1;
        for byte in core::iter::once(code).chain(self.group.drain(..)) {
            if self.escape.must_escape(byte) {
                out.extend_from_slice(&[ESCAPE, byte ^ TOGGLE]);
            } else {
                out.push(byte);
            }
        }
    }
}

/// Undoes COBS; `None` if a group runs past the end.
pub(super) fn unstuff(stuffed: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = stuffed;
    while let Some((&code, after)) = rest.split_first() {
        let len = usize::from(code).checked_sub(1)?;
        let (group, next) = after.split_at_checked(len)?;
        out.extend_from_slice(group);
        if len < GROUP_LEN_MAX && !next.is_empty() {
            out.push(DELIMITER);
        }
        rest = next;
    }
    Some(())
}

/// Undoes escapes byte by byte.
#[derive(Debug, Default)]
pub(super) struct Unescaper {
    escape: Escape,
    is_open: bool,
}

impl Unescaper {
    pub(super) fn new(escape: Escape) -> Self {
        Self {
            escape,
            is_open: false,
        }
    }

    pub(super) fn escape(&self) -> Escape {
        self.escape
    }

    /// The byte that is meant, if this one completes it.
    pub(super) fn push(&mut self, byte: u8) -> Option<u8> {
        if !self.escape.is_any() {
            return Some(byte);
        }
        match byte {
            XON | XOFF if self.escape.flow_control => None,
            // A frame's end is never part of an escape.
            DELIMITER => {
                self.is_open = false;
                Some(DELIMITER)
            }
            ESCAPE => {
                self.is_open = true;
                None
            }
            _ if core::mem::take(&mut self.is_open) => Some(byte ^ TOGGLE),
            _ => Some(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    fn stuffed(bytes: &[u8], escape: Escape) -> Vec<u8> {
        let mut out = Vec::new();
        let mut stuffer = Stuffer::new(escape);
        for &byte in bytes {
            stuffer.push(byte, &mut out);
        }
        stuffer.finish(&mut out);
        out
    }

    #[test]
    fn known_frames() {
        let check = |bytes: &[u8], wire: &[u8]| {
            assert_eq!(stuffed(bytes, Escape::default()), wire);
        };
        check(&[], &[1, 0]);
        check(&[0], &[1, 1, 0]);
        check(&[1, 2, 0, 3], &[3, 1, 2, 2, 3, 0]);
        check(&[7; 254], &[&[255][..], &[7; 254], &[0]].concat());
        check(&[7; 255], &[&[255][..], &[7; 254], &[2, 7, 0]].concat());
    }

    #[test]
    fn escaped_bytes_stay_off_the_line() {
        let bytes = vec![XON, XOFF, PLUS, ESCAPE, 0, 5];
        let wire = stuffed(&bytes, Escape::ALL);
        assert!(![XON, XOFF, PLUS].iter().any(|byte| wire.contains(byte)));
        assert_eq!(wire.len(), bytes.len() + 4 + 2);
    }

    #[test]
    fn flow_control_from_the_line_is_skipped() {
        let escape = Escape {
            flow_control: true,
            plus: false,
        };
        let mut unescaper = Unescaper::new(escape);
        let heard: Vec<u8> = [b'a', XOFF, ESCAPE, XON, XOFF ^ TOGGLE, PLUS]
            .into_iter()
            .filter_map(|byte| unescaper.push(byte))
            .collect();
        assert_eq!(heard, [b'a', XOFF, PLUS]);
    }

    proptest! {
        #[test]
        fn what_is_stuffed_comes_back(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(XON), Just(ESCAPE)], 0..1200),
            flow_control: bool, plus: bool,
        ) {
            let escape = Escape { flow_control, plus };
            let wire = stuffed(&bytes, escape);
            let mut unescaper = Unescaper::new(escape);
            let heard: Vec<u8> = wire.into_iter().filter_map(|byte| unescaper.push(byte)).collect();
            let (end, body) = heard.split_last().unwrap();
            prop_assert_eq!(*end, DELIMITER);
            prop_assert!(!body.contains(&DELIMITER));
            let mut back = Vec::new();
            prop_assert_eq!(unstuff(body, &mut back), Some(()));
            prop_assert_eq!(back, bytes);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = unstuff(&bytes, &mut Vec::new());
        }
    }
}
