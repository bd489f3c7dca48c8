//! What frames of a preview show, and when the photo is taken.

use image::{GrayImage, Luma, imageops};
use paper::{
    Corner, FillIn, Form, PageSeen, Preview, RectMm, STEADY_MS, Shot, Shutter, Typeface, Want,
};

const DEFINITION: &str = include_str!("../../../assets/forms/dibao_application.toml");

/// Pixels to the inch of a page in a frame: four to the millimetre, about a megapixel in all.
const FRAME_DPI: u32 = 100;

/// Where the page's upper left corner lies in a frame.
const MARGIN: (u32, u32) = (60, 40);

/// From one frame to the next.
const FRAME_MS: u64 = 100;

fn table() -> GrayImage {
    GrayImage::from_pixel(950, 1250, Luma([60]))
}

fn frame() -> GrayImage {
    let bytes = paper::NOTO_SANS_SC;
    let typeface = Typeface::parse(bytes).expect("the project's font");
    let form = Form::parse(DEFINITION, typeface).expect("the project's form");
    let page = form
        .render(FRAME_DPI, &FillIn::blank())
        .expect("the blank form");
    let mut frame = table();
    let lit = imageops::colorops::brighten(&page, -35);
    imageops::overlay(&mut frame, &lit, i64::from(MARGIN.0), i64::from(MARGIN.1));
    frame
}

/// Lays something of one grey over a rectangle of the page, which may reach over its edge.
fn lay(frame: &mut GrayImage, rect: RectMm, grey: u8) {
    let px = |mm: f64| (mm * f64::from(FRAME_DPI) / 25.4).round() as i64;
    let thing = GrayImage::from_pixel(px(rect.w) as u32, px(rect.h) as u32, Luma([grey]));
    let (x, y) = (
        px(rect.x) + i64::from(MARGIN.0),
        px(rect.y) + i64::from(MARGIN.1),
    );
    imageops::overlay(frame, &thing, x, y);
}

fn page(frame: &GrayImage) -> PageSeen {
    Preview::default().look(frame).page
}

#[test]
fn a_page_that_lies_well_is_whole_sharp_and_lit() {
    let PageSeen::Whole {
        fill,
        edge_mm,
        paper_level,
        hand,
        cut,
    } = page(&frame())
    else {
        panic!("not whole");
    };
    assert!((0.90..0.97).contains(&fill), "{fill}");
    assert!(edge_mm < 0.8, "{edge_mm}");
    assert!((210.0..=225.0).contains(&paper_level), "{paper_level}");
    assert!(!hand && !cut);
}

#[test]
fn a_hand_on_the_rim_is_seen_and_one_on_a_corner_hides_it() {
    let mut held = frame();
    lay(&mut held, RectMm::new(195.0, 140.0, 30.0, 25.0), 130);
    assert!(matches!(page(&held), PageSeen::Whole { hand: true, .. }));
    let mut hidden = frame();
    lay(&mut hidden, RectMm::new(185.0, -5.0, 40.0, 40.0), 130);
    assert_eq!(
        page(&hidden),
        PageSeen::Part {
            missing: vec![Corner::TopRight]
        }
    );
}

#[test]
fn a_rim_outside_of_the_frame_is_cut_and_an_empty_table_has_no_page() {
    let whole = frame();
    let (left, top) = (MARGIN.0 + 16, MARGIN.1);
    let part = imageops::crop_imm(
        &whole,
        left,
        top,
        whole.width() - left,
        whole.height() - top,
    );
    assert!(matches!(
        page(&part.to_image()),
        PageSeen::Whole { cut: true, .. }
    ));
    assert_eq!(page(&table()), PageSeen::None);
}

/// Shows the same frame until the photo is taken or `frames` are over; what was said last.
fn show(
    (preview, shutter, now_ms): (&mut Preview, &mut Shutter, &mut u64),
    frame: &GrayImage,
    frames: u64,
) -> Shot {
    let mut said = Shot::Wait(Want::Page);
    for _ in 0..frames {
        *now_ms += FRAME_MS;
        said = shutter.frame(*now_ms, &preview.look(frame));
        if said == Shot::Take {
            break;
        }
    }
    said
}

#[test]
fn a_page_is_taken_once_after_the_hand_has_left_it() {
    let (mut preview, mut shutter, mut now_ms) = (Preview::default(), Shutter::default(), 0);
    let good = frame();
    let mut held = good.clone();
    lay(&mut held, RectMm::new(195.0, 140.0, 30.0, 25.0), 130);
    let mut said =
        |frame: &GrayImage, frames| show((&mut preview, &mut shutter, &mut now_ms), frame, frames);
    assert_eq!(said(&table(), 3), Shot::Wait(Want::Page));
    assert_eq!(said(&held, 20), Shot::Wait(Want::HandAway));
    assert_eq!(said(&good, 1), Shot::Wait(Want::Still));
    assert_eq!(said(&good, STEADY_MS / FRAME_MS), Shot::Wait(Want::Moment));
    assert_eq!(said(&good, 1), Shot::Take);
    assert_eq!(said(&good, 20), Shot::Wait(Want::NextPage));
    // Taken away and laid down again, it is the next page.
    assert_eq!(said(&table(), 2), Shot::Wait(Want::Page));
    assert_eq!(said(&good, 20), Shot::Take);
}
