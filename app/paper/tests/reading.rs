//! Pages printed, photographed and read back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use paper::{
    Corner, EDGE_LIMIT_MM, FieldKind, FieldState, FillIn, Form, GrayImage, PageProblem,
    PageReading, READ_DPI, RectMm, Typeface, bilevel, read,
};

const DEFINITION: &str = include_str!("../../../assets/forms/dibao_application.toml");

fn typeface() -> Typeface {
    let bytes = paper::NOTO_SANS_SC;
    Typeface::parse(bytes).expect("the project's font")
}

fn form() -> Form {
    Form::parse(DEFINITION, typeface()).expect("the project's form")
}

/// A page as a flatbed would give it: flat, on a dark lid, at 200 dpi.
fn scan(form: &Form, fill: &FillIn) -> GrayImage {
    let page = form.render(READ_DPI, fill).expect("a fill that fits");
    let mut scan = GrayImage::from_pixel(page.width() + 90, page.height() + 70, image::Luma([60]));
    image::imageops::overlay(&mut scan, &page, 50, 30);
    scan
}

/// Paints over a part of a page made by [`scan`].
fn paint(scan: &mut GrayImage, rect: RectMm, grey: u8) {
    let px = |mm: f64| (mm * f64::from(READ_DPI) / 25.4).round() as u32;
    for y in px(rect.y)..px(rect.y + rect.h) {
        for x in px(rect.x)..px(rect.x + rect.w) {
            scan.put_pixel(x + 50, y + 30, image::Luma([grey]));
        }
    }
}

fn state(reading: &PageReading, id: &str) -> FieldState {
    let field = reading.fields.iter().find(|field| field.id == id);
    field.expect("a field of the form").state
}

fn rect(form: &Form, id: &str) -> RectMm {
    let field = form.fields().find(|field| field.id == id);
    field.expect("a field of the form").rect
}

fn photos() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/photos")
}

fn photo(name: &str) -> GrayImage {
    let picture = image::open(photos().join(name)).expect("a checked-in photo");
    picture.to_luma8()
}

#[derive(serde::Deserialize)]
struct Truth {
    photo: String,
    problem: Option<String>,
    case_ref: Option<String>,
    #[serde(default)]
    marks: BTreeMap<String, u8>,
    #[serde(default)]
    signed: BTreeMap<String, u8>,
}

#[test]
fn every_photo_reads_as_its_truth() {
    let forms = [form()];
    let truth = std::fs::read_to_string(photos().join("truth.jsonl")).expect("the truth file");
    for line in truth.lines() {
        let truth: Truth = serde_json::from_str(line).expect("a line of truth");
        let name = &truth.photo;
        let outcome = read(&photo(name), &forms);
        if let Some(problem) = &truth.problem {
            let found = format!("{:?}", outcome.expect_err(name));
            assert!(found.starts_with(problem), "{name}: {found}");
            continue;
        }
        let reading = outcome.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert_eq!(reading.form_key, "dibao_application", "{name}");
        assert_eq!(reading.case_ref, truth.case_ref, "{name}");
        for (id, &marked) in truth.marks.iter().chain(&truth.signed) {
            let want = [FieldState::Clear, FieldState::Marked][usize::from(marked)];
            assert_eq!(state(&reading, id), want, "{name}: {id}");
        }
        let answered = truth.marks.len() + truth.signed.len();
        let asked = |kind| !matches!(kind, FieldKind::Text | FieldKind::Digits { .. });
        let fields = reading.fields.iter().filter(|field| asked(field.kind));
        assert_eq!(fields.count(), answered, "{name}");
    }
}

#[test]
fn a_blank_page_reads_all_clear() {
    let form = form();
    for picture in [scan(&form, &FillIn::blank()), photo("blank.jpg")] {
        let reading = read(&picture, std::slice::from_ref(&form)).expect("a blank page");
        for field in &reading.fields {
            assert_eq!(field.state, FieldState::Clear, "{field:?}");
        }
        let ink = bilevel::encode(reading.ink(), READ_DPI as u16).expect("an A4 page");
        assert!(
            ink.len() < 400,
            "{} bytes of ink on a blank page",
            ink.len()
        );
    }
}

#[test]
fn what_is_printed_into_a_form_is_read_back_whichever_way_it_lies() {
    let forms = [form()];
    let fill = FillIn::blank()
        .for_case("140428-003-000017-C")
        .write("applicant_name", "王建国")
        .write("applicant_id", "140428188001010013")
        .mark("sex_male")
        .mark("near_relative_none");
    let mut picture = scan(&forms[0], &fill);
    for _ in 0..4 {
        let reading = read(&picture, &forms).expect("a page of the form");
        assert_eq!(reading.case_ref.as_deref(), Some("140428-003-000017-C"));
        let marked: Vec<&str> = reading
            .fields
            .iter()
            .filter(|field| field.state != FieldState::Clear)
            .map(|field| field.id.as_str())
            .collect();
        assert_eq!(
            marked,
            [
                "applicant_name",
                "sex_male",
                "applicant_id",
                "near_relative_none"
            ]
        );
        picture = image::imageops::rotate90(&picture);
    }
}

#[test]
fn a_page_of_another_edition_is_named() {
    let edited = DEFINITION.replace("家里有人生病", "家人生病");
    let other = Form::parse(&edited, typeface()).expect("the form with one label changed");
    let known = form();
    let page = scan(&other, &FillIn::blank());
    let problem = read(&page, std::slice::from_ref(&known)).expect_err("another edition");
    assert_eq!(
        problem,
        PageProblem::OtherEdition {
            form: "dibao_application".into(),
            printed: other.edition(),
            known: known.edition(),
        }
    );
    assert!(read(&page, &[known, other]).is_ok());
    assert_eq!(
        read(&page, &[]).expect_err("no form is known"),
        PageProblem::UnknownForm {
            code: "DBSQ".into()
        }
    );
}

#[test]
fn a_box_under_glare_or_a_thumb_is_unsure_never_clear() {
    let forms = [form()];
    let mut page = scan(&forms[0], &FillIn::blank().mark("sex_female"));
    paint(&mut page, rect(&forms[0], "sex_male").inset(-2.0), 255);
    paint(&mut page, rect(&forms[0], "reason_other").inset(-2.0), 110);
    // Glare over a half of the box takes only one side of the outline away.
    let half = rect(&forms[0], "work_none");
    paint(
        &mut page,
        RectMm::new(half.x + 2.2, half.y - 2.0, 6.0, 8.5),
        255,
    );
    let reading = read(&page, &forms).expect("a page of the form");
    for id in ["sex_male", "reason_other", "work_none"] {
        assert_eq!(state(&reading, id), FieldState::Unsure, "{id}");
    }
    assert_eq!(state(&reading, "sex_female"), FieldState::Marked);
    assert_eq!(state(&reading, "work_full"), FieldState::Clear);
}

#[test]
fn a_page_is_found_by_its_codes_when_markers_are_covered() {
    let forms = [form()];
    let corner = |x, y| RectMm::new(x, y, 14.0, 14.0);
    let [top_left, top_right, bottom_right, bottom_left] = [
        corner(6.0, 6.0),
        corner(190.0, 6.0),
        corner(190.0, 277.0),
        corner(6.0, 277.0),
    ];
    for covered in [
        vec![top_left],
        vec![bottom_left],
        vec![top_right, bottom_left],
        vec![bottom_right, bottom_left],
    ] {
        let mut page = scan(&forms[0], &FillIn::blank().mark("sex_male"));
        for rect in &covered {
            paint(&mut page, *rect, 255);
        }
        let reading =
            read(&page, &forms).unwrap_or_else(|problem| panic!("{covered:?}: {problem}"));
        assert_eq!(state(&reading, "sex_male"), FieldState::Marked);
        assert_eq!(state(&reading, "sex_female"), FieldState::Clear);
    }
    let mut page = scan(&forms[0], &FillIn::blank());
    for rect in [
        top_left,
        bottom_left,
        RectMm::new(20.0, 262.0, 34.0, 32.0),
        RectMm::new(155.0, 5.0, 35.0, 32.0),
    ] {
        paint(&mut page, rect, 255);
    }
    assert_eq!(
        read(&page, &forms).expect_err("half of the page cannot be placed"),
        PageProblem::CornerMissing {
            missing: vec![Corner::TopLeft, Corner::BottomLeft]
        }
    );
}

#[test]
fn what_looks_like_two_markers_side_by_side_is_no_page() {
    let page = scan(&form(), &FillIn::blank());
    let mut text = GrayImage::from_pixel(page.width(), page.height(), image::Luma([255]));
    for (left, top, to) in [(90, 70, 400), (1540, 70, 900)] {
        let marker = image::imageops::crop_imm(&page, left, top, 130, 130).to_image();
        image::imageops::overlay(&mut text, &marker, to, 900);
    }
    let problem = read(&text, &[form()]).expect_err("no page");
    assert_eq!(problem, PageProblem::NoPage { markers: 0 });
}

#[test]
fn a_page_that_half_leaves_the_photo_is_read_as_far_as_it_is_seen() {
    let forms = [form()];
    let page = scan(
        &forms[0],
        &FillIn::blank().mark("unit_single").mark("reason_illness"),
    );
    // From the left side on, 120 of 210 mm: two markers and the lower code.
    let seen = image::imageops::crop_imm(&page, 0, 0, 50 + 945, page.height()).to_image();
    let reading = read(&seen, &forms).expect("print that leads over the page");
    for (id, want) in [
        ("reason_illness", FieldState::Marked),
        ("reason_labour", FieldState::Clear),
        ("health_good", FieldState::Clear),
        // Outside of the photo.
        ("unit_single", FieldState::Unsure),
        ("spouse_yes", FieldState::Unsure),
        ("address_same", FieldState::Unsure),
    ] {
        assert_eq!(state(&reading, id), want, "{id}");
    }
    let corner = reading.corners[2];
    assert!(
        (corner.x - 1704.0).abs() < 8.0 && (corner.y - 2369.0).abs() < 8.0,
        "{corner:?}"
    );
}

#[test]
fn a_light_tick_is_told_from_the_noise_of_a_dark_blurred_photo() {
    let forms = [form()];
    let mut page = scan(&forms[0], &FillIn::blank());
    // A stroke of 0.35 mm that is two fifths black, from corner to corner.
    let tick = rect(&forms[0], "work_partial");
    for step in 0..200 {
        let mm = 0.4 + (tick.w - 0.8) * f64::from(step) / 200.0;
        paint(
            &mut page,
            RectMm::new(tick.x + mm - 0.18, tick.y + tick.h - mm - 0.18, 0.36, 0.36),
            150,
        );
    }
    let mut seed = 1_u32;
    let mut photo = image::imageops::blur(&page, 2.8);
    for v in photo.iter_mut() {
        // The sum of four even values is nearly normal; this one has a deviation of 8 grey levels.
        let noise: i32 = (0..4)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as i32 % 28 - 14
            })
            .sum();
        *v = (i32::from(*v) * 85 / 255 + noise / 2).clamp(0, 255) as u8;
    }
    let reading = read(&photo, &forms).expect("a dark page");
    let ticks = reading
        .fields
        .iter()
        .filter(|field| field.kind == FieldKind::Tick);
    for field in ticks {
        let want = match field.id.as_str() {
            "work_partial" => FieldState::Marked,
            _ => FieldState::Clear,
        };
        assert_eq!(field.state, want, "{field:?}");
    }
}

#[test]
fn a_bad_photo_is_told_by_what_is_bad() {
    let forms = [form()];
    let page = scan(&forms[0], &FillIn::blank());
    let problem = |picture: &GrayImage| read(picture, &forms).expect_err("a bad photo");

    let blurred = image::imageops::blur(&page, 8.0);
    let found = problem(&blurred);
    assert!(
        matches!(found, PageProblem::TooBlurred { edge_mm } if edge_mm > EDGE_LIMIT_MM),
        "{found:?}"
    );

    let mut dark = page.clone();
    dark.iter_mut().for_each(|v| *v /= 10);
    let found = problem(&dark);
    assert!(
        matches!(found, PageProblem::TooDark { paper_level } if paper_level < 28.0),
        "{found:?}"
    );

    let mut far = GrayImage::from_pixel(1600, 1200, image::Luma([60]));
    let small = image::imageops::thumbnail(&page, page.width() / 5, page.height() / 5);
    image::imageops::overlay(&mut far, &small, 300, 200);
    let found = problem(&far);
    assert!(
        matches!(found, PageProblem::TooSmall { px_per_mm } if px_per_mm < 1.8),
        "{found:?}"
    );

    let mut covered = page.clone();
    for rect in [
        RectMm::new(155.0, 5.0, 35.0, 32.0),
        RectMm::new(20.0, 262.0, 34.0, 32.0),
    ] {
        paint(&mut covered, rect, 120);
    }
    let found = problem(&covered);
    assert!(
        matches!(found, PageProblem::CodeUnreadable { .. }),
        "{found:?}"
    );

    let mut folded = page;
    paint(&mut folded, RectMm::new(15.0, 38.0, 180.0, 225.0), 255);
    let found = problem(&folded);
    assert!(
        matches!(found, PageProblem::PrintCovered { .. }),
        "{found:?}"
    );
}

#[test]
fn a_read_page_travels_as_few_bytes_and_unpacks_exactly() {
    let reading = read(&photo("signed_application.jpg"), &[form()]).expect("a signed page");
    for (picture, limit) in [(reading.ink(), 9_000), (&reading.rectified, 60_000)] {
        let bytes = bilevel::encode(picture, READ_DPI as u16).expect("an A4 page");
        assert!(bytes.len() < limit, "{} bytes", bytes.len());
        let back = bilevel::decode(&bytes).expect("what was packed");
        assert_eq!(back.dpi, 200);
        let black = |picture: &GrayImage| picture.iter().map(|&v| v < 128).collect::<Vec<_>>();
        assert_eq!(black(&back.picture), black(picture));
    }
}

#[test]
fn every_field_has_a_chinese_label() {
    let form = form();
    let label = |id| form.field(id).map(|field| field.label.as_str());
    assert_eq!(label("reason_illness"), Some("困难原因：家里有人生病"));
    assert_eq!(label("no such field"), None);
    assert!(form.fields().all(|field| !field.label.is_ascii()));
}

mod outside_pictures {
    use super::*;
    use proptest::prelude::*;

    /// A cheap stream of grey values, so that large pictures need no large strategy.
    fn noise(w: u32, h: u32, mut seed: u64, cell: u32) -> GrayImage {
        let cell = cell.max(1);
        let columns = (w / cell + 1) as usize;
        let values: Vec<u8> = (0..columns * (h / cell + 1) as usize)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 56) as u8
            })
            .collect();
        GrayImage::from_fn(w, h, |x, y| {
            image::Luma([values[(y / cell) as usize * columns + (x / cell) as usize]])
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        #[test]
        fn noise_of_any_size_is_no_page(w in 0_u32..700, h in 0_u32..700, seed: u64, cell in 1_u32..40) {
            let outcome = read(&noise(w, h, seed, cell), &[]);
            prop_assert!(matches!(outcome, Err(PageProblem::NoPage { .. })), "{:?}", outcome.err());
        }

        #[test]
        fn a_cut_out_of_a_page_never_panics(x in 0_u32..1700, y in 0_u32..2300, w in 1_u32..1750, h in 1_u32..2400) {
            let forms = [form()];
            let page = scan(&forms[0], &FillIn::blank());
            let cut = image::imageops::crop_imm(&page, x, y, w, h).to_image();
            let _ = read(&cut, &forms);
        }
    }

    #[test]
    fn large_noise_and_chequers_are_no_page() {
        for picture in [
            noise(2600, 1900, 1, 1),
            noise(1900, 2600, 2, 9),
            GrayImage::from_fn(2400, 1800, |x, y| {
                image::Luma([((x / 12 + y / 12) % 2 * 255) as u8])
            }),
            GrayImage::from_pixel(9000, 3, image::Luma([0])),
        ] {
            let outcome = read(&picture, &[form()]);
            assert!(
                matches!(outcome, Err(PageProblem::NoPage { .. })),
                "{:?}",
                outcome.err()
            );
        }
    }
}
