//! How many finder patterns of QR codes a picture has.
//!
//! Decoders try each three of the patterns that they see, so that a picture full of them takes many times as long as a page.

use image::GrayImage;

use crate::pixels::dark;

/// A page has six, and the papers around it a few.
const CROWD: f32 = 60.0;

/// Rows that are looked at are this far apart; a finder's middle is three modules high.
const ROW_STEP: usize = 3;

/// Whether `picture` has more finder patterns than pages and papers around them have: it shows something else.
pub(crate) fn crowd(picture: &GrayImage) -> bool {
    let (width, height) = picture.dimensions();
    let (w, h) = (width as usize, height as usize);
    let dark = dark(picture, (width.max(height) / 28).max(4), 0.8);
    let mut count = 0.0;
    for y in (0..h).step_by(ROW_STEP) {
        let row = &dark[y * w..(y + 1) * w];
        let runs: Vec<&[bool]> = row.chunk_by(|a, b| a == b).collect();
        let mut start = 0;
        for window in runs.windows(5) {
            let lengths = [0, 1, 2, 3, 4].map(|i| window[i].len());
            let middle = start + lengths[0] + lengths[1] + lengths[2] / 2;
            start += lengths[0];
            let module = lengths.iter().sum::<usize>() as f32 / 7.0;
            let down = || (y..h).map(|y| dark[y * w + middle]);
            let up = || (0..=y).rev().map(|y| dark[y * w + middle]);
            if window[0][0]
                && is_finder(lengths, module)
                && (arm(down(), module) + arm(up(), module)) == 2
            {
                // As many rows as this cross the middle of a finder.
                count += ROW_STEP as f32 / (3.0 * module).max(ROW_STEP as f32);
            }
        }
    }
    CROWD < count
}

/// Whether runs are as long as those across a finder: one module, one, three, one and one.
fn is_finder(lengths: [usize; 5], module: f32) -> bool {
    let fits =
        |length: usize, modules: f32| (length as f32 - modules * module).abs() < 0.6 * module + 0.5;
    1.0 <= module
        && lengths
            .into_iter()
            .zip([1.0, 1.0, 3.0, 1.0, 1.0])
            .all(|(length, modules)| fits(length, modules))
}

/// 1 if from the middle of a finder on there are dark, light and dark runs of its size, else 0.
fn arm(pixels: impl Iterator<Item = bool>, module: f32) -> u8 {
    let mut runs = [0_usize; 4];
    let mut at = 0;
    let mut last = true;
    for pixel in pixels {
        at += usize::from(pixel != last);
        last = pixel;
        match runs.get_mut(at) {
            Some(run) => *run += 1,
            None => break,
        }
        if 3.0 * module < runs[at] as f32 {
            break;
        }
    }
    let ring = |run: usize| (0.3 * module..1.8 * module + 1.0).contains(&(run as f32));
    u8::from(ring(runs[1]) && ring(runs[2]) && 0 < runs[0])
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;
    use crate::{DEFINITIONS, FillIn, Form, NOTO_SANS_SC, Typeface};

    /// Rows of finder patterns with modules of `px` pixels.
    fn finders(px: u32) -> GrayImage {
        GrayImage::from_fn(9 * 12 * px, 9 * 12 * px, |x, y| {
            let from_middle = |v: u32| (v / px % 9).abs_diff(4);
            let ring = from_middle(x).max(from_middle(y));
            Luma([if ring == 3 || ring <= 1 { 0 } else { 255 }])
        })
    }

    #[test]
    fn a_hundred_finders_are_a_crowd_at_any_size() {
        for px in [2, 3, 5, 8] {
            assert!(crowd(&finders(px)), "{px}");
        }
    }

    #[test]
    fn a_page_of_text_and_codes_is_none() {
        let typeface = Typeface::parse(NOTO_SANS_SC).expect("the project's font");
        for definition in DEFINITIONS {
            let form = Form::parse(definition, typeface).expect("a form of the project");
            for dpi in [70, 145] {
                let page = form.render(dpi, &FillIn::blank()).expect("a first page");
                assert!(!crowd(&page), "{} at {dpi} dpi", form.key());
            }
        }
    }
}
