//! Base 32 in digits and capitals that are not mistaken for one another, after D. Crockford:
//! no I, L, O or U.

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Writes `bytes`, most significant bit first; the last digit is filled up with zero bits.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity((bytes.len() * 8).div_ceil(5));
    let (mut window, mut bits) = (0u32, 0);
    for &byte in bytes {
        window = window << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(digit(window >> bits));
        }
    }
    if bits > 0 {
        text.push(digit(window << (5 - bits)));
    }
    text
}

fn digit(value: u32) -> char {
    char::from(DIGITS[(value & 31) as usize])
}

/// Reads exactly `N` bytes. Small letters count as capitals, `o` as zero, `i` and `l` as one.
///
/// `None` if a character is no digit, the length is another, or a fill bit is set.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != (N * 8).div_ceil(5) {
        return None;
    }
    let mut bytes = [0; N];
    let mut filled = bytes.iter_mut();
    let (mut window, mut bits) = (0u32, 0);
    for character in text.bytes() {
        window = window << 5 | value(character)?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            *filled.next()? = (window >> bits & 0xff) as u8;
        }
    }
    (window & ((1 << bits) - 1) == 0).then_some(bytes)
}

fn value(character: u8) -> Option<u32> {
    let capital = match character.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    let position = DIGITS.iter().position(|&digit| digit == capital)?;
    u32::try_from(position).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bits_are_written_from_the_most_significant() {
        assert_eq!(encode(&[0xff, 0x00]), "ZW00");
        assert_eq!(encode(&[0x12, 0x34, 0x56, 0x78, 0x9a]), "28T5CY4T");
        assert_eq!(decode("ZW00"), Some([0xff, 0x00]));
    }

    #[test]
    fn look_alikes_and_small_letters_are_read_as_meant() {
        assert_eq!(decode::<2>("zwoO"), decode("ZW00"));
        assert_eq!(decode::<5>("iIlL1111"), decode("11111111"));
    }

    #[test]
    fn a_set_fill_bit_a_foreign_character_and_another_length_are_refused() {
        assert_eq!(decode::<2>("ZW01"), None);
        assert_eq!(decode::<2>("ZWU0"), None);
        assert_eq!(decode::<2>("ZW-0"), None);
        assert_eq!(decode::<2>("ZW0"), None);
        assert_eq!(decode::<2>("ZW000"), None);
        assert_eq!(decode::<2>("明白"), None);
    }

    proptest! {
        #[test]
        fn written_bytes_read_back(bytes: [u8; 99]) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
    }
}
