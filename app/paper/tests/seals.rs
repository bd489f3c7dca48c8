//! Seals and fingerprints over boxes and signatures, in colour and in grey.

use image::{DynamicImage, Rgb, RgbImage};
use paper::{
    DEFINITIONS, FieldState, FillIn, Form, NOTO_SANS_SC, PageReading, Photo, Point, READ_DPI,
    RectMm, Typeface, read,
};

/// What inks let through of red, green and blue.
type Ink = [f64; 3];
const RED: Ink = [0.82, 0.2, 0.18];
const RED_PEN: Ink = [0.8, 0.12, 0.16];
const BLUE: Ink = [0.2, 0.26, 0.65];
const BLUE_PEN: Ink = [0.12, 0.2, 0.5];
const BLACK: Ink = [0.1, 0.1, 0.1];

const LEFT: f64 = 50.0;
const TOP: f64 = 30.0;

fn form() -> Form {
    let typeface = Typeface::parse(NOTO_SANS_SC).expect("the project's font");
    let mut forms = DEFINITIONS.iter().map(|text| Form::parse(text, typeface));
    forms
        .find_map(|form| form.ok().filter(|form| form.key() == "dibao_application"))
        .expect("the form")
}

fn rect(form: &Form, id: &str) -> RectMm {
    form.field(id).expect("a field of the form").rect
}

/// A page as a flatbed would give it in colour, on paper that is a little yellow.
struct Scan(RgbImage);

impl Scan {
    fn of(form: &Form) -> Self {
        let page = form.render(READ_DPI, &FillIn::blank()).expect("a page");
        let mut scan = RgbImage::from_pixel(page.width() + 90, page.height() + 70, Rgb([60; 3]));
        for (x, y, pixel) in page.enumerate_pixels() {
            let paper = [250, 244, 228].map(|v: u32| (v * u32::from(pixel.0[0]) / 255) as u8);
            scan.put_pixel(x + LEFT as u32, y + TOP as u32, Rgb(paper));
        }
        Self(scan)
    }

    /// Lays ink over all points of the page that `inked` says.
    fn lay(mut self, ink: Ink, inked: impl Fn(Point) -> bool) -> Self {
        let mm = |px: u32, edge: f64| (f64::from(px) + 0.5 - edge) * 25.4 / f64::from(READ_DPI);
        for (x, y, pixel) in self.0.enumerate_pixels_mut() {
            if inked(Point::new(mm(x, LEFT), mm(y, TOP))) {
                *pixel = Rgb([0, 1, 2].map(|c| (f64::from(pixel.0[c]) * ink[c]) as u8));
            }
        }
        self
    }

    /// A round seal of 40 mm with a ring, a star's place and characters in between.
    fn seal(self, ink: Ink, middle: Point) -> Self {
        self.lay(ink, |p| {
            let away = p.distance(middle);
            let turn = (p.y - middle.y).atan2(p.x - middle.x);
            let character = (12.0..16.5).contains(&away) && (turn * 9.0).sin() > 0.3;
            (19.4..20.6).contains(&away) || away < 4.0 || character
        })
    }

    /// A stroke half a millimetre wide.
    fn stroke(self, ink: Ink, from: Point, to: Point) -> Self {
        self.lay(ink, |p| {
            let (dx, dy) = (to.x - from.x, to.y - from.y);
            let along = ((p.x - from.x) * dx + (p.y - from.y) * dy) / (dx * dx + dy * dy);
            let along = along.clamp(0.0, 1.0);
            p.distance(Point::new(from.x + along * dx, from.y + along * dy)) < 0.25
        })
    }

    fn tick(self, ink: Ink, rect: RectMm) -> Self {
        let at = |x: f64, y: f64| Point::new(rect.x + rect.w * x, rect.y + rect.h * y);
        self.stroke(ink, at(0.15, 0.5), at(0.4, 0.85))
            .stroke(ink, at(0.4, 0.85), at(0.95, 0.0))
    }

    /// Waves over most of `rect`.
    fn sign(self, ink: Ink, rect: RectMm) -> Self {
        self.lay(ink, |p| {
            let wave = ((p.x - rect.x) * 1.1).sin() * 0.35 + 0.5;
            let off = (p.y - rect.y - rect.h * wave).abs();
            rect.inset(2.0).contains(p) && off < 0.5
        })
    }

    fn in_colour(&self) -> Photo {
        DynamicImage::from(self.0.clone()).into()
    }

    fn in_grey(&self) -> Photo {
        DynamicImage::from(DynamicImage::from(self.0.clone()).into_luma8()).into()
    }
}

fn reading(form: &Form, photo: &Photo) -> PageReading {
    read(photo, std::slice::from_ref(form)).expect("a page of the form")
}

fn state(reading: &PageReading, id: &str) -> FieldState {
    let field = reading.fields.iter().find(|field| field.id == id);
    field.expect("a field of the form").state
}

/// A scan with a seal that has its star on one box, its ring on the next, and another box within that it does not touch.
fn sealed(form: &Form, ink: Ink) -> Scan {
    Scan::of(form).seal(ink, rect(form, "health_serious").centre())
}

const UNDER_STAR: &str = "health_serious";
const UNDER_RING: &str = "health_chronic";
const ELSEWHERE: &str = "sex_male";

#[test]
fn an_empty_box_under_a_red_seal_is_left_to_a_person_and_a_tick_under_it_is_seen() {
    let form = form();
    let empty = reading(&form, &sealed(&form, RED).in_colour());
    assert_eq!(state(&empty, UNDER_STAR), FieldState::Unsure);
    assert_eq!(state(&empty, UNDER_RING), FieldState::Unsure);
    assert_eq!(state(&empty, ELSEWHERE), FieldState::Clear);
    for pen in [BLACK, BLUE_PEN] {
        let ticked = sealed(&form, RED)
            .tick(pen, rect(&form, UNDER_STAR))
            .tick(pen, rect(&form, UNDER_RING))
            .tick(pen, rect(&form, ELSEWHERE));
        let ticked = reading(&form, &ticked.in_colour());
        for id in [UNDER_STAR, UNDER_RING, ELSEWHERE] {
            assert_eq!(state(&ticked, id), FieldState::Marked, "{id} with {pen:?}");
        }
    }
}

#[test]
fn what_cannot_be_told_from_a_seal_by_colour_is_left_to_a_person() {
    let form = form();
    let grey = sealed(&form, RED).in_grey();
    let blue = sealed(&form, BLUE).in_colour();
    let red_on_red = sealed(&form, RED).tick(RED_PEN, rect(&form, UNDER_RING));
    for photo in [grey, blue, red_on_red.in_colour()] {
        let reading = reading(&form, &photo);
        assert_eq!(state(&reading, UNDER_STAR), FieldState::Unsure);
        assert_eq!(state(&reading, UNDER_RING), FieldState::Unsure);
        assert_eq!(state(&reading, ELSEWHERE), FieldState::Clear);
    }
}

#[test]
fn pens_of_any_colour_mark_boxes_and_sign() {
    let form = form();
    for pen in [BLACK, BLUE_PEN, RED_PEN] {
        let scan = ["sex_male", "health_serious", "spouse_no"]
            .into_iter()
            .fold(Scan::of(&form), |scan, id| scan.tick(pen, rect(&form, id)))
            .sign(pen, rect(&form, "signature_applicant"));
        let reading = reading(&form, &scan.in_colour());
        for id in ["sex_male", "health_serious", "spouse_no"] {
            assert_eq!(state(&reading, id), FieldState::Marked, "{id} with {pen:?}");
        }
        // Red may be a finger's or a seal's.
        let signed = if pen == RED_PEN {
            FieldState::Unsure
        } else {
            FieldState::Marked
        };
        assert_eq!(state(&reading, "signature_applicant"), signed, "{pen:?}");
    }
}

#[test]
fn a_seal_is_no_signature_and_takes_none_away() {
    let form = form();
    let field = rect(&form, "signature_applicant");
    let sealed = |ink| Scan::of(&form).seal(ink, field.centre());
    let signed = |scan: Scan| scan.sign(BLUE_PEN, field);
    let judged = |photo| state(&reading(&form, &photo), "signature_applicant");
    for photo in [
        sealed(RED).in_colour(),
        sealed(RED).in_grey(),
        sealed(BLUE).in_colour(),
    ] {
        assert_eq!(judged(photo), FieldState::Unsure);
    }
    assert_eq!(judged(signed(sealed(RED)).in_colour()), FieldState::Marked);
    assert_eq!(judged(signed(sealed(RED)).in_grey()), FieldState::Unsure);
}
