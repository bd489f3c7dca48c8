//! What is wrong with a photo, told by what was done to it.

use image::{GrayImage, Luma, imageops};
use paper::quality::{Defect, Finding, Quality, Severity, overlay};
use paper::{Corner, FillIn, Form, READ_DPI, RectMm, Typeface, read};

const DEFINITION: &str = include_str!("../../../assets/forms/dibao_application.toml");

/// Where the page's upper left corner lies in a picture made by [`scan`].
const MARGIN: (u32, u32) = (120, 90);

fn form() -> Form {
    let bytes = paper::NOTO_SANS_SC;
    let typeface = Typeface::parse(bytes).expect("the project's font");
    Form::parse(DEFINITION, typeface).expect("the project's form")
}

/// A page on a dark table, evenly lit.
fn scan(form: &Form) -> GrayImage {
    let page = form
        .render(READ_DPI, &FillIn::blank())
        .expect("the blank form");
    let mut scan = GrayImage::from_pixel(page.width() + 240, page.height() + 180, Luma([60]));
    // Paper under a camera is not at the end of the scale.
    let lit = imageops::colorops::brighten(&page, -35);
    imageops::overlay(&mut scan, &lit, i64::from(MARGIN.0), i64::from(MARGIN.1));
    scan
}

fn px(mm: f64) -> i64 {
    (mm * f64::from(READ_DPI) / 25.4).round() as i64
}

/// Changes every pixel of a rectangle of the page, which may reach over its edge.
fn change(scan: &mut GrayImage, rect: RectMm, to: impl Fn(u8) -> u8) {
    for y in px(rect.y)..px(rect.y + rect.h) {
        for x in px(rect.x)..px(rect.x + rect.w) {
            let (x, y) = (x + i64::from(MARGIN.0), y + i64::from(MARGIN.1));
            if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
                && x < scan.width()
                && y < scan.height()
            {
                let pixel = scan.get_pixel_mut(x, y);
                pixel.0[0] = to(pixel.0[0]);
            }
        }
    }
}

fn judge(photo: &GrayImage, forms: &[Form]) -> Quality {
    Quality::judge(photo, read(photo, forms).as_ref(), forms)
}

fn only(quality: &Quality) -> &Finding {
    let [finding] = &quality.findings[..] else {
        panic!("{:?}", quality.findings);
    };
    finding
}

fn rect(form: &Form, id: &str) -> RectMm {
    form.field(id).expect("a field of the form").rect
}

#[test]
fn a_good_photo_has_nothing_wrong_with_it() {
    let forms = [form()];
    let quality = judge(&scan(&forms[0]), &forms);
    assert_eq!(quality.findings, []);
    assert_eq!(quality.severity(), Severity::Fine);
    let measures = quality.measures.expect("a page that was read");
    assert!((measures.smear - 1.0).abs() < 0.05, "{measures:?}");
    assert!(measures.bend_mm < 0.3, "{measures:?}");
}

#[test]
fn glare_names_the_fields_that_it_washes_out_and_no_other() {
    let forms = [form()];
    let mut photo = scan(&forms[0]);
    let washed = rect(&forms[0], "sex_male").inset(-5.0);
    change(&mut photo, washed, |v| v.saturating_add(200));
    let quality = judge(&photo, &forms);
    let finding = only(&quality);
    assert!(
        matches!(finding.defect, Defect::Glare { share } if share > 0.9),
        "{finding:?}"
    );
    assert_eq!(finding.severity, Severity::Check);
    assert!(
        finding.fields.contains(&"sex_male".to_owned()),
        "{finding:?}"
    );
    assert!(!finding.fields.contains(&"signature_applicant".to_owned()));
    // The place is where the box is in the photo.
    let at = rect(&forms[0], "sex_male").centre();
    let (x, y) = (
        (px(at.x) + i64::from(MARGIN.0)) as f64,
        (px(at.y) + i64::from(MARGIN.1)) as f64,
    );
    let holds = finding.places.iter().any(|place| {
        let range = |of: fn(&paper::Point) -> f64| {
            let values = || place.iter().map(of);
            (
                values().fold(f64::MAX, f64::min),
                values().fold(f64::MIN, f64::max),
            )
        };
        let ((left, right), (top, bottom)) = (range(|p| p.x), range(|p| p.y));
        (left..right).contains(&x) && (top..bottom).contains(&y)
    });
    assert!(holds, "{finding:?}");
}

#[test]
fn a_thumb_over_the_rim_is_seen_with_the_fields_under_it() {
    let forms = [form()];
    let mut photo = scan(&forms[0]);
    let signature = rect(&forms[0], "signature_applicant");
    let y = signature.y + signature.h / 2.0 - 10.0;
    change(&mut photo, RectMm::new(185.0, y, 40.0, 20.0), |_| 130);
    let quality = judge(&photo, &forms);
    let finding = only(&quality);
    assert!(
        matches!(finding.defect, Defect::Covered { share } if (0.5..0.7).contains(&share)),
        "{finding:?}"
    );
}

#[test]
fn a_soft_shadow_is_no_hand() {
    let forms = [form()];
    let mut photo = scan(&forms[0]);
    let width = f64::from(photo.width());
    for (x, _, pixel) in photo.enumerate_pixels_mut() {
        let light = 1.0 - 0.5 / (1.0 + (-(f64::from(x) - width / 2.0) / 60.0).exp());
        pixel.0[0] = (f64::from(pixel.0[0]) * light) as u8;
    }
    assert_eq!(judge(&photo, &forms).findings, []);
}

#[test]
fn a_thumb_over_one_code_is_told_and_over_both_the_page_cannot_be_read() {
    let forms = [form()];
    let mut photo = scan(&forms[0]);
    // A page's codes stand at its upper right and its lower left.
    change(&mut photo, RectMm::new(157.0, 6.0, 30.0, 30.0), |_| 140);
    let quality = judge(&photo, &forms);
    let codes = |quality: &Quality| {
        let codes = quality
            .findings
            .iter()
            .filter(|finding| matches!(finding.defect, Defect::CodeCovered { .. }));
        codes.count()
    };
    assert_eq!((codes(&quality), quality.severity()), (1, Severity::Check));
    change(&mut photo, RectMm::new(20.0, 260.0, 32.0, 34.0), |_| 140);
    let quality = judge(&photo, &forms);
    assert_eq!(
        (codes(&quality), quality.severity()),
        (2, Severity::CannotRead),
        "{:?}",
        quality.findings
    );
}

#[test]
fn a_page_that_leaves_the_photo_is_told_by_its_corners() {
    let forms = [form()];
    let photo = scan(&forms[0]);
    let cut = |left: i64, top: i64| {
        let (x, y) = (
            (i64::from(MARGIN.0) + px(left as f64)) as u32,
            (i64::from(MARGIN.1) + px(top as f64)) as u32,
        );
        imageops::crop_imm(&photo, x, y, photo.width() - x, photo.height() - y).to_image()
    };
    let corners = |quality: &Quality| -> Vec<Corner> {
        let corners = quality
            .findings
            .iter()
            .filter_map(|finding| match finding.defect {
                Defect::CutOff { corner, outside_mm } => {
                    assert!(outside_mm > 1.0, "{finding:?}");
                    Some(corner)
                }
                _ => None,
            });
        corners.collect()
    };
    let quality = judge(&cut(10, 0), &forms);
    let mut found = corners(&quality);
    found.sort();
    assert_eq!(found, [Corner::TopLeft, Corner::BottomLeft]);
    // Half of the page is read as far as it goes; a third alone is not, and one sees on which side it is cut.
    for (top_mm, severity) in [(150, Severity::Check), (200, Severity::CannotRead)] {
        let quality = judge(&cut(0, top_mm), &forms);
        let mut found = corners(&quality);
        found.sort();
        assert_eq!(found, [Corner::TopLeft, Corner::TopRight]);
        assert_eq!(quality.severity(), severity);
    }
}

#[test]
fn a_blurred_a_moved_a_dark_a_far_and_a_faint_page_are_told_apart() {
    let forms = [form()];
    let page = scan(&forms[0]);

    let blurred = judge(&imageops::blur(&page, 4.0), &forms);
    assert!(
        matches!(only(&blurred).defect, Defect::Blurred { edge_mm } if edge_mm > 0.95),
        "{blurred:?}"
    );

    let moved = GrayImage::from_fn(page.width(), page.height(), |x, y| {
        let sum: u32 = (0..10)
            .map(|k| u32::from(page.get_pixel((x + k).min(page.width() - 1), y).0[0]))
            .sum();
        Luma([(sum / 10) as u8])
    });
    let moved = judge(&moved, &forms);
    assert!(
        matches!(only(&moved).defect, Defect::Moved { smear } if smear > 1.2),
        "{moved:?}"
    );

    let mut dark = page.clone();
    dark.iter_mut().for_each(|v| *v /= 4);
    let dark = judge(&dark, &forms);
    assert!(
        matches!(only(&dark).defect, Defect::Dark { paper_level } if (40.0..70.0).contains(&paper_level)),
        "{dark:?}"
    );

    let mut far = GrayImage::from_pixel(1600, 1200, Luma([60]));
    let small = imageops::thumbnail(&page, page.width() * 3 / 10, page.height() * 3 / 10);
    imageops::overlay(&mut far, &small, 300, 200);
    let far = judge(&far, &forms);
    assert!(
        far.findings
            .iter()
            .any(|finding| matches!(finding.defect, Defect::Far { px_per_mm } if px_per_mm < 3.0)),
        "{far:?}"
    );

    let mut faint = page;
    change(&mut faint, RectMm::new(0.0, 0.0, 210.0, 297.0), |v| {
        220 - (220 - v.min(220)) / 3
    });
    let faint = judge(&faint, &forms);
    assert!(
        faint
            .findings
            .iter()
            .any(|finding| matches!(finding.defect, Defect::Faint { toner } if toner < 0.5)),
        "{faint:?}"
    );
}

#[test]
fn another_paper_and_an_empty_table_are_no_bad_photo() {
    let forms = [form()];
    let photo = |name: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/photos");
        image::open(path.join(name))
            .expect("a checked-in photo")
            .to_luma8()
    };
    for name in ["another_paper.jpg", "table_top.jpg"] {
        assert_eq!(judge(&photo(name), &forms).findings, [], "{name}");
    }
    let night = GrayImage::from_pixel(400, 300, Luma([6]));
    assert!(matches!(
        only(&judge(&night, &forms)).defect,
        Defect::Dark { .. }
    ));
}

#[test]
fn the_overlay_draws_where_it_is_wrong_and_keeps_the_photo_s_shape() {
    let forms = [form()];
    let mut photo = scan(&forms[0]);
    let fine = overlay(&photo, &judge(&photo, &forms), 480);
    let grey = |picture: &image::RgbImage| {
        picture
            .pixels()
            .all(|pixel| pixel.0[0] == pixel.0[1] && pixel.0[1] == pixel.0[2])
    };
    assert!(grey(&fine));
    assert_eq!(fine.height(), 480);
    let washed = rect(&forms[0], "sex_male").inset(-5.0);
    change(&mut photo, washed, |v| v.saturating_add(200));
    assert!(!grey(&overlay(&photo, &judge(&photo, &forms), 480)));
}

#[test]
fn findings_are_drawn_on_the_smallest_picture() {
    let forms = [form()];
    let part = imageops::crop_imm(&scan(&forms[0]), 1399, 0, 309, 1305).to_image();
    let quality = judge(&part, &forms);
    assert!(
        quality
            .findings
            .iter()
            .any(|finding| !finding.places.is_empty())
    );
    assert_eq!(overlay(&part, &quality, 1).dimensions(), (1, 1));
}

mod outside_pictures {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        #[test]
        fn a_cut_out_of_a_page_is_judged_without_panic(
            x in 0_u32..1800, y in 0_u32..2400, w in 1_u32..1900, h in 1_u32..2500, side in 0_u32..700
        ) {
            let forms = [form()];
            let page = scan(&forms[0]);
            let part = imageops::crop_imm(&page, x, y, w, h).to_image();
            let quality = judge(&part, &forms);
            let picture = overlay(&part, &quality, side);
            prop_assert!(picture.width() <= side.max(1) && picture.height() <= side.max(1));
        }
    }
}
