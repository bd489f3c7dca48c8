//! Forward error correction: Reed-Solomon codewords over the bytes of a frame.
//!
//! A codeword is at most 255 bytes, `2 * t` of them parity, and any `t` of its bytes may be wrong. The code is the common
//! one: the field of 256 elements modulo x^8 + x^4 + x^3 + x^2 + 1, generator roots 2^0 to 2^(2t-1), data first, and the
//! last codeword of a frame shortened.
//!
//! Source: I. Reed, G. Solomon, "Polynomial codes over certain finite fields", 1960; decoding after Berlekamp, Massey, Chien
//! and Forney as in S. Lin, D. Costello, "Error Control Coding", chapter 7.

/// Longest codeword: the field has so many elements besides 0.
pub(super) const CODEWORD_LEN: usize = 255;

/// How many wrong bytes a codeword may have, for each strength that there is.
const CORRECTABLE: [usize; 5] = [0, 1, 2, 4, 8];

/// Most parity bytes in a codeword.
pub(super) const PARITY_LEN_MAX: usize = 16;

/// The field's polynomial without its highest term.
const POLYNOMIAL: u16 = 0x11d;

/// Powers of 2, twice over, so that two logarithms may be added without a remainder.
const POWERS: [u8; 510] = powers();

/// Logarithms to base 2; that of 0 means nothing.
const LOGARITHMS: [u8; 256] = logarithms();

const fn powers() -> [u8; 510] {
    let mut powers = [0; 510];
    let mut value: u16 = 1;
    let mut exponent = 0;
    while exponent < 255 {
        powers[exponent] = value as u8;
        powers[exponent + 255] = value as u8;
        value <<= 1;
        if value & 0x100 != 0 {
            value ^= POLYNOMIAL;
        }
        exponent += 1;
    }
    powers
}

const fn logarithms() -> [u8; 256] {
    let mut logarithms = [0; 256];
    let mut exponent = 0;
    while exponent < 255 {
        logarithms[powers()[exponent] as usize] = exponent as u8;
        exponent += 1;
    }
    logarithms
}

/// 2 to the power `exponent`, which is below 510.
fn power(exponent: usize) -> u8 {
    POWERS[exponent % POWERS.len()]
}

fn logarithm(value: u8) -> usize {
    usize::from(LOGARITHMS[usize::from(value)])
}

fn multiply(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    power(logarithm(a) + logarithm(b))
}

fn divide(a: u8, b: u8) -> u8 {
    if a == 0 {
        return 0;
    }
    power(logarithm(a) + 255 - logarithm(b))
}

/// How much parity a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Strength(u8);

impl Strength {
    /// No parity at all.
    pub(crate) const NONE: Self = Self(0);
    /// What a greeting bears, as nothing is known of the line yet.
    pub(crate) const GREETING: Self = Self(2);
    /// Every strength, the weakest first.
    pub(crate) const ALL: [Self; CORRECTABLE.len()] = [Self(0), Self(1), Self(2), Self(3), Self(4)];

    /// The next strength up, or the strongest.
    pub(crate) fn stronger(self) -> Self {
        Self((self.0 + 1).min(CORRECTABLE.len() as u8 - 1))
    }

    /// How many wrong bytes a codeword may have.
    pub(crate) fn correctable(self) -> usize {
        CORRECTABLE[usize::from(self.0) % CORRECTABLE.len()]
    }

    pub(crate) fn parity_len(self) -> usize {
        2 * self.correctable()
    }

    /// Bytes before the parity of a full codeword.
    pub(crate) fn data_len(self) -> usize {
        CODEWORD_LEN - self.parity_len()
    }

    /// Parity bytes of all codewords for `len` bytes.
    pub(crate) fn overhead(self, len: usize) -> usize {
        len.div_ceil(self.data_len()) * self.parity_len()
    }
}

/// Computes the parity of one codeword as its bytes go by.
#[derive(Debug, Clone)]
pub(super) struct ParityEncoder {
    strength: Strength,
    /// Coefficients of the generator below its highest, highest first.
    generator: [u8; PARITY_LEN_MAX],
    remainder: [u8; PARITY_LEN_MAX],
}

impl ParityEncoder {
    pub(super) fn new(strength: Strength) -> Self {
        let len = strength.parity_len();
        // The product of (x - 2^i); one place more than the remainder has, for the leading 1.
        let mut product = [0; PARITY_LEN_MAX + 1];
        product[0] = 1;
        for root in 0..len {
            for place in (1..=root + 1).rev() {
                product[place] ^= multiply(product[place - 1], power(root));
            }
        }
        let mut generator = [0; PARITY_LEN_MAX];
        generator.copy_from_slice(&product[1..]);
        Self {
            strength,
            generator,
            remainder: [0; PARITY_LEN_MAX],
        }
    }

    pub(super) fn strength(&self) -> Strength {
        self.strength
    }

    pub(super) fn push(&mut self, byte: u8) {
        let len = self.strength.parity_len();
        if len == 0 {
            return;
        }
        let factor = byte ^ self.remainder[0];
        for place in 0..len {
            let next = if place + 1 < len {
                self.remainder[place + 1]
            } else {
                0
            };
            self.remainder[place] = next ^ multiply(self.generator[place], factor);
        }
    }

    /// The parity of what was pushed since the last call.
    pub(super) fn take(&mut self) -> ([u8; PARITY_LEN_MAX], usize) {
        let parity = self.remainder;
        self.remainder = [0; PARITY_LEN_MAX];
        (parity, self.strength.parity_len())
    }
}

/// Corrects a codeword in place; how many bytes were wrong, or `None` if more than the strength can find.
pub(super) fn correct(codeword: &mut [u8], strength: Strength) -> Option<usize> {
    let parity_len = strength.parity_len();
    if codeword.len() <= parity_len || CODEWORD_LEN < codeword.len() {
        return None;
    }
    let syndromes = syndromes(codeword, parity_len);
    if syndromes.iter().all(|&syndrome| syndrome == 0) {
        return Some(0);
    }
    let (locator, count) = locator(&syndromes, parity_len);
    if count == 0 || strength.correctable() < count {
        return None;
    }
    let evaluator = evaluator(&syndromes, &locator, parity_len);
    let mut found = 0;
    for place in 0..codeword.len() {
        // The locator is 0 at the inverse of 2^exponent, where the exponent counts from the codeword's end.
        let exponent = codeword.len() - 1 - place;
        let inverse = power((255 - exponent) % 255);
        if evaluate(&locator, inverse) != 0 {
            continue;
        }
        let slope = slope(&locator, inverse);
        if slope == 0 {
            return None;
        }
        // Forney with the first root 2^0: one more factor of the position.
        let magnitude = divide(evaluate(&evaluator, inverse), slope);
        codeword[place] ^= multiply(magnitude, power(exponent));
        found += 1;
    }
    // A locator whose zeros do not all lie inside belongs to a codeword with more errors.
    (found == count).then_some(found)
}

type Polynomial = [u8; PARITY_LEN_MAX + 1];

/// The received polynomial at each root; all 0 for a codeword.
fn syndromes(codeword: &[u8], parity_len: usize) -> [u8; PARITY_LEN_MAX] {
    let mut syndromes = [0; PARITY_LEN_MAX];
    for (root, syndrome) in syndromes.iter_mut().take(parity_len).enumerate() {
        *syndrome = codeword
            .iter()
            .fold(0, |sum, &byte| multiply(sum, power(root)) ^ byte);
    }
    syndromes
}

/// Berlekamp-Massey: the shortest polynomial that makes the syndromes, lowest coefficient first, and its degree.
fn locator(syndromes: &[u8; PARITY_LEN_MAX], parity_len: usize) -> (Polynomial, usize) {
    let mut locator: Polynomial = [0; PARITY_LEN_MAX + 1];
    locator[0] = 1;
    let mut previous = locator;
    let mut degree = 0;
    let mut shift = 1;
    let mut previous_discrepancy = 1;
    for step in 0..parity_len {
        let discrepancy = (1..=degree).fold(syndromes[step], |sum, place| {
            sum ^ multiply(locator[place], syndromes[step - place])
        });
        if discrepancy == 0 {
            shift += 1;
            continue;
        }
        let before = locator;
        let factor = divide(discrepancy, previous_discrepancy);
        for place in shift..locator.len() {
            locator[place] ^= multiply(factor, previous[place - shift]);
        }
        if 2 * degree <= step {
            degree = step + 1 - degree;
            previous = before;
            previous_discrepancy = discrepancy;
            shift = 1;
        } else {
            shift += 1;
        }
    }
    (locator, degree)
}

/// The syndromes times the locator, without what lies beyond the parity.
fn evaluator(
    syndromes: &[u8; PARITY_LEN_MAX],
    locator: &Polynomial,
    parity_len: usize,
) -> Polynomial {
    let mut evaluator: Polynomial = [0; PARITY_LEN_MAX + 1];
    for (place, coefficient) in evaluator.iter_mut().enumerate().take(parity_len) {
        *coefficient = (0..=place).fold(0, |sum, of_locator| {
            sum ^ multiply(locator[of_locator], syndromes[place - of_locator])
        });
    }
    evaluator
}

fn evaluate(polynomial: &Polynomial, at: u8) -> u8 {
    polynomial
        .iter()
        .rev()
        .fold(0, |sum, &coefficient| multiply(sum, at) ^ coefficient)
}

/// The derivative at a place: in this field only the odd terms are left of it.
fn slope(polynomial: &Polynomial, at: u8) -> u8 {
    let square = multiply(at, at);
    polynomial
        .iter()
        .skip(1)
        .step_by(2)
        .rev()
        .fold(0, |sum, &coefficient| multiply(sum, square) ^ coefficient)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn encode(data: &[u8], strength: Strength) -> Vec<u8> {
        let mut encoder = ParityEncoder::new(strength);
        let mut codeword = data.to_vec();
        for &byte in data {
            encoder.push(byte);
        }
        let (parity, len) = encoder.take();
        codeword.extend_from_slice(&parity[..len]);
        codeword
    }

    #[test]
    fn powers_and_logarithms_undo_each_other() {
        for value in 1..=255 {
            assert_eq!(power(logarithm(value)), value);
            assert_eq!(multiply(value, divide(1, value)), 1);
        }
    }

    #[test]
    fn the_generator_is_that_of_other_encoders() {
        // QR symbols have the same field and roots; their generator for four parity bytes is
        // x^4 + 15 x^3 + 54 x^2 + 120 x + 64.
        let encoder = ParityEncoder::new(Strength::ALL[2]);
        assert_eq!(encoder.generator[..4], [15, 54, 120, 64]);
    }

    #[test]
    fn every_single_wrong_byte_is_put_right() {
        for strength in &Strength::ALL[1..] {
            let data: Vec<u8> = (0..40_u8).map(|i| i.wrapping_mul(7)).collect();
            let whole = encode(&data, *strength);
            for place in 0..whole.len() {
                for change in 1..=255 {
                    let mut damaged = whole.clone();
                    damaged[place] ^= change;
                    assert_eq!(correct(&mut damaged, *strength), Some(1));
                    assert_eq!(damaged, whole);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn as_many_wrong_bytes_as_promised_are_put_right(
            data in prop::collection::vec(any::<u8>(), 1..=239),
            places in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 0..=8),
            strength in 1..5_usize,
        ) {
            let strength = Strength::ALL[strength];
            let whole = encode(&data, strength);
            let mut damaged = whole.clone();
            let mut hit: Vec<usize> = Vec::new();
            for (place, change) in places.into_iter().take(strength.correctable()) {
                let place = place.index(whole.len());
                if !hit.contains(&place) {
                    hit.push(place);
                    damaged[place] ^= change;
                }
            }
            prop_assert_eq!(correct(&mut damaged, strength), Some(hit.len()));
            prop_assert_eq!(damaged, whole);
        }

        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300), strength in 0..5_usize) {
            let _ = correct(&mut bytes, Strength::ALL[strength]);
        }
    }
}
