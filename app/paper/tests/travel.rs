//! Ink and crops of a page: taken from it, packed, unpacked, laid onto the blank again.

use paper::{
    Edition, FieldKind, FieldState, FillIn, Form, GrayImage, NOTO_SANS_SC, PageReading, READ_DPI,
    RectMm, Typeface, read, travel,
};

const DEFINITION: &str = include_str!("../../../assets/forms/dibao_application.toml");
const PX_PER_MM: f64 = READ_DPI as f64 / 25.4;

fn typeface() -> Typeface {
    Typeface::parse(NOTO_SANS_SC).expect("the project's font")
}

fn form() -> Form {
    Form::parse(DEFINITION, typeface()).expect("the project's form")
}

/// A page as a flatbed would give it, with bars of a pen drawn on it: place and grey level.
fn scanned(form: &Form, fill: &FillIn, bars: &[(RectMm, u8)]) -> PageReading {
    let page = form.render(READ_DPI, fill).expect("a fill that fits");
    let mut scan = GrayImage::from_pixel(page.width() + 90, page.height() + 70, image::Luma([60]));
    image::imageops::overlay(&mut scan, &page, 50, 30);
    for (rect, grey) in bars {
        for y in px(rect.y)..px(rect.y + rect.h) {
            for x in px(rect.x)..px(rect.x + rect.w) {
                let pixel = scan.get_pixel_mut(x + 50, y + 30);
                pixel.0[0] = pixel.0[0].min(*grey);
            }
        }
    }
    read(&scan, std::slice::from_ref(form)).expect("a page that reads")
}

fn signed_page(form: &Form) -> PageReading {
    let photo = format!(
        "{}/tests/photos/signed_application.jpg",
        env!("CARGO_MANIFEST_DIR")
    );
    let photo = image::open(photo).expect("a checked-in photo").to_luma8();
    read(&photo, std::slice::from_ref(form)).expect("a page that reads")
}

fn px(mm: f64) -> u32 {
    (mm * PX_PER_MM).round() as u32
}

fn rect(form: &Form, id: &str) -> RectMm {
    form.field(id).expect("a field of the form").rect
}

/// Share of `rect` that is ink.
fn inked(ink: &GrayImage, rect: RectMm) -> f64 {
    let (columns, rows) = (
        px(rect.x)..px(rect.x + rect.w),
        px(rect.y)..px(rect.y + rect.h),
    );
    let all = columns.len() * rows.len();
    let inked = rows
        .flat_map(|y| columns.clone().map(move |x| (x, y)))
        .filter(|&(x, y)| ink.get_pixel(x, y).0[0] == 0);
    inked.count() as f64 / all as f64
}

#[test]
fn a_stroke_across_a_printed_line_is_kept_whole() {
    let form = form();
    let cell = rect(&form, "address_registered");
    // From inside the cell over its lower edge into the next one.
    let stroke = RectMm::new(cell.x + 60.0, cell.y + cell.h - 3.0, 0.6, 6.0);
    let reading = scanned(&form, &FillIn::blank(), &[(stroke, 40)]);
    let share = inked(reading.ink(), stroke);
    assert!(share > 0.95, "{share:.3} of the stroke");
    let beside = RectMm::new(stroke.x + 2.0, stroke.y, 40.0, stroke.h);
    assert_eq!(
        inked(reading.ink(), beside),
        0.0,
        "the line itself is no ink"
    );
}

#[test]
fn a_stroke_along_a_printed_line_is_kept_but_for_the_line() {
    let form = form();
    let cell = rect(&form, "address_registered");
    let stroke = RectMm::new(cell.x + 20.0, cell.y + cell.h - 0.9, 12.0, 0.9);
    let reading = scanned(&form, &FillIn::blank(), &[(stroke, 40)]);
    let share = inked(reading.ink(), stroke);
    assert!(share > 0.7, "{share:.3} of the stroke");
}

#[test]
fn a_faint_stroke_is_kept_at_its_width() {
    let form = form();
    let cell = rect(&form, "address_registered");
    let stroke = RectMm::new(cell.x + 20.0, cell.y + 3.0, 15.0, 0.5);
    for grey in [30, 180] {
        let reading = scanned(&form, &FillIn::blank(), &[(stroke, grey)]);
        let kept = inked(reading.ink(), stroke.inset(0.05));
        assert!(kept > 0.95, "{kept:.3} of a stroke of grey {grey}");
        let around = inked(reading.ink(), stroke.inset(-1.0)) / inked(reading.ink(), stroke);
        let want = stroke.w * stroke.h / ((stroke.w + 2.0) * (stroke.h + 2.0));
        assert!(
            around < 1.3 * want,
            "{around:.3}, not much over {want:.3}, of grey {grey}"
        );
    }
}

#[test]
fn a_stroke_that_ends_just_beyond_a_printed_line_is_kept_to_its_end() {
    let form = form();
    let cell = rect(&form, "address_registered");
    let line = cell.y + cell.h;
    let stroke = RectMm::new(cell.x + 60.0, line - 3.0, 0.8, 3.5);
    let reading = scanned(&form, &FillIn::blank(), &[(stroke, 60)]);
    let end = RectMm::new(stroke.x, line + 0.25, stroke.w, 0.25);
    let share = inked(reading.ink(), end);
    assert!(share > 0.9, "{share:.3} of its end");
}

#[test]
fn a_stroke_hardly_darker_than_paper_is_kept_and_the_rim_of_a_shadow_is_not() {
    let form = form();
    let cell = rect(&form, "address_registered");
    let stroke = RectMm::new(cell.x + 20.0, cell.y + 3.0, 12.0, 0.4);
    // Grows darker over 10 mm, and stays so for another 30.
    let shadow = |i: u8| {
        let left = cell.x + 40.0 + 0.5 * f64::from(i);
        (
            RectMm::new(left, cell.y + 1.0, 0.5, cell.h - 2.0),
            255 - 2 * i.min(19),
        )
    };
    let mut bars: Vec<(RectMm, u8)> = (0..80).map(shadow).collect();
    bars.push((stroke, 222));
    let reading = scanned(&form, &FillIn::blank(), &bars);
    let kept = inked(reading.ink(), stroke.inset(0.05));
    assert!(kept > 0.95, "{kept:.3} of the stroke");
    let shadow = RectMm::new(cell.x + 39.0, cell.y, 42.0, cell.h);
    assert_eq!(inked(reading.ink(), shadow), 0.0);
}

#[test]
fn where_the_photo_cuts_the_page_off_is_no_ink() {
    let form = form();
    let page = form
        .render(READ_DPI, &FillIn::blank())
        .expect("a blank page");
    let (w, h) = (f64::from(page.width()), f64::from(page.height()));
    // Grey paper, turned by 8 degrees, one corner outside of the photo.
    let (sin, cos) = 8.0_f64.to_radians().sin_cos();
    let photo = GrayImage::from_fn(1850, 2700, |x, y| {
        let (x, y) = (f64::from(x) + 178.0 - 1000.0, f64::from(y) - 1350.0);
        let (x, y) = (x * cos + y * sin + w / 2.0, y * cos - x * sin + h / 2.0);
        let inside = (0.0..w).contains(&x) && (0.0..h).contains(&y);
        let level = inside.then(|| page.get_pixel(x as u32, y as u32).0[0]);
        image::Luma([level.map_or(60, |level| level / 3 * 2)])
    });
    let reading = read(&photo, std::slice::from_ref(&form)).expect("a page that reads");
    assert!(reading.ink().as_raw().iter().all(|&v| v == 255));
}

#[test]
fn ink_and_crops_of_a_signed_page_come_back_from_eight_kilobytes() {
    let form = form();
    let reading = signed_page(&form);
    let bytes = travel::pack(&reading, &form);
    assert!(bytes.len() <= 8 * 1024, "{} bytes", bytes.len());
    let parts = travel::unpack(&bytes).expect("what was packed");
    assert_eq!(&parts.ink, reading.ink());
    assert_eq!(parts.form_key, "dibao_application");
    assert_eq!((parts.edition, parts.page), (reading.edition, reading.page));
    assert_eq!(parts.case_ref, reading.case_ref);
    let signed = reading.fields.iter().filter(|field| {
        matches!(field.kind, FieldKind::Signature | FieldKind::Fingerprint)
            && field.state != FieldState::Clear
    });
    assert_eq!(parts.crops.len(), signed.count());
    for crop in &parts.crops {
        let (w, h) = crop.picture.dimensions();
        let seen = image::imageops::crop_imm(&reading.rectified, crop.x, crop.y, w, h).to_image();
        let miss: f64 = seen
            .as_raw()
            .iter()
            .zip(crop.picture.as_raw())
            .map(|(&a, &b)| f64::from(a.abs_diff(b)).powi(2))
            .sum();
        let miss = (miss / f64::from(w * h)).sqrt();
        assert!(miss < 20.0, "crops are {miss:.1} grey levels off");
    }
}

#[test]
fn the_parts_of_a_page_break_off_nowhere_unnoticed() {
    let form = form();
    let bytes = travel::pack(&signed_page(&form), &form);
    for end in (0..bytes.len()).step_by(97) {
        assert!(travel::unpack(&bytes[..end]).is_err(), "{end} bytes");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(
        travel::unpack(&longer),
        Err(travel::PartsError::Long { rest: 1 })
    );
}

#[test]
fn a_rebuilt_page_shows_print_and_ink_and_says_what_it_is() {
    let form = form();
    let fill = FillIn::blank()
        .for_case("140428-003-000017-C")
        .mark("reason_illness");
    let reading = scanned(&form, &fill, &[]);
    let mut parts = travel::unpack(&travel::pack(&reading, &form)).expect("what was packed");
    let page = form.render(READ_DPI, &fill).expect("a fill that fits");
    let rebuilt = travel::rebuild(&parts, std::slice::from_ref(&form), &typeface());
    let strip_h = rebuilt.height() - page.height();
    // Ink is black up to its edge, which the page draws in greys: a like pixel is looked for one step around.
    let is_like = |a: &GrayImage, a_top: u32, b: &GrayImage, b_top: u32, x: u32, y: u32| {
        let level = a.get_pixel(x, y + a_top).0[0];
        (y - 1..=y + 1)
            .any(|y| (x - 1..=x + 1).any(|x| b.get_pixel(x, y + b_top).0[0].abs_diff(level) <= 128))
    };
    for y in 1..page.height() - 1 {
        for x in 1..page.width() - 1 {
            assert!(
                is_like(&page, 0, &rebuilt, strip_h, x, y),
                "{x}, {y} is lost"
            );
            assert!(
                is_like(&rebuilt, strip_h, &page, 0, x, y),
                "{x}, {y} is new"
            );
        }
    }
    let dark = |picture: &GrayImage| {
        let strip = picture.rows().take(strip_h as usize - 4).flatten();
        strip.filter(|pixel| pixel.0[0] < 100).count()
    };
    assert!(dark(&rebuilt) > 500, "the strip bears words");

    // Of another edition there is no blank: the ink stands alone, under other words.
    parts.edition = Edition::parse("00000000").expect("eight digits");
    let bare = travel::rebuild(&parts, std::slice::from_ref(&form), &typeface());
    assert_eq!(bare.dimensions(), rebuilt.dimensions());
    assert_ne!(dark(&bare), dark(&rebuilt));
    let below = |picture: &GrayImage| picture.pixels().filter(|pixel| pixel.0[0] < 100).count();
    assert!(below(&bare) < below(&rebuilt) / 5);
}

#[test]
fn the_strip_above_a_picture_as_flat_as_no_page_is_small() {
    let form = form();
    let reading = scanned(&form, &FillIn::blank(), &[]);
    let mut parts = travel::unpack(&travel::pack(&reading, &form)).expect("what was packed");
    parts.ink = GrayImage::from_pixel(20_000, 3, image::Luma([255]));
    parts.crops.clear();
    let rebuilt = travel::rebuild(&parts, &[], &typeface());
    assert_eq!(rebuilt.width(), 20_000);
    assert!(rebuilt.height() < 10, "{}", rebuilt.height());
}
