//! The model of black strokes on white that pages are packed with: how likely each pixel is black, by those before it.

use crate::arithmetic::{BitCoder, Chance, Mixer};

/// Pixels at the left and right of each row that are taken as white.
const MARGIN: usize = 8;

/// Side of the squares in which it is remembered whether there is black.
const SQUARE: usize = 32;

/// How many bits the chances of strokes remember: a page with little ink has few.
const STROKE_MEMORY: u16 = 60;
/// The same of white paper: long, because black is rare there.
const WHITE_MEMORY: u16 = 4095;
/// How fast the weights of the three contexts follow.
const SPEED: i32 = 12;

/// Codes the pixels of rows of `width`, `true` being black; a reader fills `pixels`.
///
/// Returns how many rows were coded: all of them unless a reader runs out of data.
pub(crate) fn code(coder: &mut impl BitCoder, pixels: &mut [bool], width: usize) -> usize {
    Model::new().page(coder, pixels, width)
}

struct Model {
    /// Where all around is white, by which squares around have black.
    white: [Chance; 32],
    /// By 10, 16 and 25 pixels around; the last is hashed.
    near: Vec<Chance>,
    middle: Vec<Chance>,
    far: Vec<Chance>,
    mixer: Mixer<3>,
}

impl Model {
    fn new() -> Self {
        Self {
            white: [Chance::EVEN; 32],
            near: vec![Chance::EVEN; 1 << 10],
            middle: vec![Chance::EVEN; 1 << 16],
            far: vec![Chance::EVEN; 1 << 18],
            mixer: Mixer::new(64, SPEED, STROKE_MEMORY),
        }
    }

    fn page(&mut self, coder: &mut impl BitCoder, pixels: &mut [bool], width: usize) -> usize {
        let stride = width + 2 * MARGIN;
        let squares = width.div_ceil(SQUARE) + 2;
        let mut above = vec![false; squares];
        let mut here = vec![false; squares];
        let mut rows = vec![vec![0_u8; stride]; 4];
        for (y, line) in pixels.chunks_exact_mut(width).enumerate() {
            if coder.is_overrun() {
                return y;
            }
            if y % SQUARE == 0 {
                std::mem::swap(&mut above, &mut here);
                here.fill(false);
            }
            rows.rotate_right(1);
            rows[0].fill(0);
            let [row, up, up2, up3] = &mut rows[..] else {
                return y;
            };
            let (mut a, mut b, mut c) = (0_u32, 0_u32, 0_u32);
            for x in 0..4 {
                a = a << 1 | u32::from(up[MARGIN + x]);
                b = b << 1 | u32::from(up2[MARGIN + x]);
                c = c << 1 | u32::from(up3[MARGIN + x]);
            }
            let mut left = 0_u32;
            for (x, pixel) in line.iter_mut().enumerate() {
                // Bit 4 of a, b and c is the pixel straight above; bits 3 to 0 lie to its right.
                a = (a << 1 | u32::from(up[MARGIN + x + 4])) & 0x1FF;
                b = (b << 1 | u32::from(up2[MARGIN + x + 4])) & 0x1FF;
                c = (c << 1 | u32::from(up3[MARGIN + x + 4])) & 0x1FF;
                let bit = if left & 0xFF | a | b | c == 0 {
                    let s = x / SQUARE + 1;
                    let around = usize::from(here[s])
                        | usize::from(here[s - 1]) << 1
                        | usize::from(above[s]) << 2
                        | usize::from(above[s - 1]) << 3
                        | usize::from(above[s + 1]) << 4;
                    self.white[around].code(coder, *pixel, WHITE_MEMORY)
                } else {
                    let near = (left & 0xF) | (a >> 2 & 0x1F) << 4 | (b >> 3 & 1) << 9;
                    let middle = (left & 0xF) | (a >> 1 & 0x7F) << 4 | (b >> 2 & 0x1F) << 11;
                    let far = (left & 0x3F)
                        | (a >> 1 & 0x7F) << 6
                        | (b >> 1 & 0x7F) << 13
                        | (c >> 2 & 0x1F) << 20;
                    let far = (far.wrapping_mul(0x9E37_79B1) >> 14) as usize;
                    let situation = ((left & 3) | (a >> 3 & 7) << 2 | (b >> 4 & 1) << 5) as usize;
                    self.mixer.code(
                        coder,
                        situation,
                        [
                            &mut self.near[near as usize],
                            &mut self.middle[middle as usize],
                            &mut self.far[far],
                        ],
                        *pixel,
                    )
                };
                *pixel = bit;
                row[MARGIN + x] = u8::from(bit);
                left = left << 1 | u32::from(bit);
                if bit {
                    here[x / SQUARE + 1] = true;
                }
            }
        }
        pixels.len() / width
    }
}
