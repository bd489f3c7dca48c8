//! A sheet of paper with its print and all that was put on it, flat and in colour.

use image::{GrayImage, Luma, Rgb, RgbImage, imageops};
use paper::{FieldKind, FillIn, Form, Point, RectMm};

use crate::hand::{self, Put};
use crate::ink::{Ink, Pen};
use crate::random::{Random, Smooth};
use crate::world::{Effect, World};

/// A4 upright, in millimetres.
pub(crate) const PAPER_MM: [f32; 2] = [210.0, 297.0];

/// Black pens and blue ones.
const PENS: [[u8; 3]; 4] = [[25, 25, 28], [20, 22, 40], [25, 45, 125], [35, 60, 150]];
const CARBON: [u8; 3] = [62, 58, 128];
const RED: [u8; 3] = [205, 38, 42];
const BLUE: [u8; 3] = [48, 62, 165];

/// What a page of a form is to be.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The form.
    pub form: &'a Form,
    /// The page, from 1.
    pub page: u8,
    /// The case that it was printed for.
    pub case_ref: Option<&'a str>,
    /// Whether nobody has put anything on it.
    pub blank: bool,
}

/// A field and what it truly holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// The field's name in its form.
    pub id: String,
    /// How it is filled.
    pub kind: FieldKind,
    /// Where it stands on the form.
    pub rect: RectMm,
    /// What it holds.
    pub put: Put,
}

/// The flat picture of a sheet.
pub(crate) struct Sheet {
    picture: RgbImage,
    px_per_mm: f32,
    /// Millimetres on paper to one of the form.
    pub(crate) scale: f32,
}

impl Sheet {
    /// Prints grey pictures, asked for at a resolution in dots to the inch, on paper: `print` on the front and, if it shows
    /// through, `reverse` on the back. Then `fill` puts ink of a pen, red and blue on it.
    pub(crate) fn make(
        world: World,
        px_per_mm: f32,
        random: &mut Random,
        print: impl Fn(u32) -> GrayImage,
        reverse: impl Fn(u32) -> GrayImage,
        fill: impl FnOnce(&mut [Ink; 3], &mut Random),
    ) -> Self {
        let scale = match world.has(Effect::PrintScale) {
            true => random.between(0.8, 1.04),
            false => random.between(0.985, 1.01),
        };
        let dpi = (px_per_mm * scale * 25.4).clamp(60.0, 300.0) as u32;
        let form_px_per_mm = dpi as f32 / 25.4;
        let px_per_mm = form_px_per_mm / scale;
        let size = PAPER_MM.map(|mm| (mm * px_per_mm) as u32);
        let front = print(dpi);
        let origin = [
            (size[0] as f32 - front.width() as f32) / 2.0,
            (size[1] as f32 - front.height() as f32) / 2.0,
        ]
        .map(f32::round);
        let on_paper = |picture: &GrayImage| {
            let mut paper = GrayImage::from_pixel(size[0], size[1], Luma([255]));
            imageops::overlay(&mut paper, picture, origin[0] as i64, origin[1] as i64);
            paper
        };
        let front = on_paper(&front);
        let back = world.has(Effect::ShowThrough).then(|| {
            let mirrored = imageops::flip_horizontal(&on_paper(&reverse(dpi)));
            (
                imageops::fast_blur(&mirrored, 0.35 * px_per_mm),
                random.between(0.1, 0.22),
            )
        });

        let blank = || Ink::new((size[0], size[1]), form_px_per_mm, origin);
        let mut inks = [blank(), blank(), blank()];
        fill(&mut inks, random);
        let mut colours = [random.pick(&PENS), RED, BLUE];
        if world.has(Effect::CarbonCopy) {
            colours[0] = CARBON;
            smudge(&mut inks[0], px_per_mm, random);
        }

        let toner = Toner::new(world, random);
        let tint = [
            random.between(238.0, 250.0),
            random.between(239.0, 250.0),
            random.between(236.0, 252.0),
        ];
        let grain = Smooth::new(random);
        let mut picture = RgbImage::new(size[0], size[1]);
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            let (px, py) = (x as f32 / px_per_mm, y as f32 / px_per_mm);
            let mut light = 1.0 + 0.006 * grain.at(px * 2.3, py * 2.3);
            if let Some((back, share)) = &back {
                light *= 1.0 - share * (1.0 - f32::from(back.get_pixel(x, y).0[0]) / 255.0);
            }
            let black = 1.0 - f32::from(front.get_pixel(x, y).0[0]) / 255.0;
            if 0.0 < black {
                light *= 1.0 - black * toner.at(px, py);
            }
            let mut colour = tint.map(|v| v * light);
            for (ink, through) in inks.iter().zip(colours) {
                let ink = f32::from(ink.density.get_pixel(x, y).0[0]) / 255.0;
                if 0.0 < ink {
                    for (v, through) in colour.iter_mut().zip(through) {
                        *v *= 1.0 - ink * (1.0 - f32::from(through) / 255.0);
                    }
                }
            }
            *pixel = Rgb(colour.map(|v| v as u8));
        }
        Self {
            picture,
            px_per_mm,
            scale,
        }
    }

    /// The point of the paper, measured from its middle, where `p` of the form lies.
    pub(crate) fn to_paper(&self, p: [f32; 2]) -> [f32; 2] {
        [0, 1].map(|axis| (p[axis] - PAPER_MM[axis] / 2.0) * self.scale)
    }

    /// The colour at a point of the paper, measured from its middle; beyond the edge that of the edge.
    pub(crate) fn at(&self, p: [f32; 2]) -> [f32; 3] {
        let (w, h) = self.picture.dimensions();
        let px = |axis: usize, limit: u32| {
            let v = (p[axis] + PAPER_MM[axis] / 2.0) * self.px_per_mm - 0.5;
            v.clamp(0.0, limit as f32 - 1.001)
        };
        let (x, y) = (px(0, w), px(1, h));
        let (column, row) = (x as usize, y as usize);
        let (fx, fy) = (x - column as f32, y - row as f32);
        let raw = self.picture.as_raw();
        let at = (row * w as usize + column) * 3;
        let below = at + w as usize * 3;
        let (Some(upper), Some(lower)) = (raw.get(at..at + 6), raw.get(below..below + 6)) else {
            return [255.0; 3];
        };
        [0, 1, 2].map(|c| {
            let mix = |row: &[u8]| {
                let (a, b) = (f32::from(row[c]), f32::from(row[c + 3]));
                a + (b - a) * fx
            };
            let (upper, lower) = (mix(upper), mix(lower));
            upper + (lower - upper) * fy
        })
    }
}

/// How black the print is.
struct Toner {
    black: f32,
    faint: bool,
    smooth: Smooth,
}

impl Toner {
    fn new(world: World, random: &mut Random) -> Self {
        let faint = world.has(Effect::FaintToner);
        let black = match faint {
            true => random.between(0.38, 0.6),
            false => random.between(0.8, 0.95),
        };
        Self {
            black,
            faint,
            smooth: Smooth::new(random),
        }
    }

    /// An old cartridge prints paler in stripes along the paper's way, and in spots.
    fn at(&self, x: f32, y: f32) -> f32 {
        if !self.faint {
            return self.black;
        }
        let stripe = self.smooth.at(x / 9.0, y / 400.0);
        let spots = self.smooth.rough(x * 1.7, y * 1.7);
        (self.black * (0.85 + 0.25 * stripe + 0.2 * spots)).clamp(0.0, 1.0)
    }
}

/// What carbon paper makes of a pen's strokes: soft, uneven, and with smudges around.
fn smudge(ink: &mut Ink, px_per_mm: f32, random: &mut Random) {
    let (force, dirt) = (random.between(0.6, 0.85), random.between(0.02, 0.06));
    let smooth = Smooth::new(random);
    ink.density = imageops::fast_blur(&ink.density, 0.14 * px_per_mm);
    for (x, y, pixel) in ink.density.enumerate_pixels_mut() {
        let (x, y) = (x as f32 / px_per_mm, y as f32 / px_per_mm);
        let written = f32::from(pixel.0[0]) * force * (0.85 + 0.45 * smooth.rough(x, y));
        let smudged = 255.0 * dirt * smooth.rough(x / 14.0 + 9.0, y / 14.0).max(0.0);
        *pixel = Luma([(written + smudged).min(255.0) as u8]);
    }
}

/// The print of a page that nobody has filled, in dots to the inch as asked for.
///
/// # Panics
///
/// If the form has no such page or does not take the case reference.
pub fn print<'a>(
    form: &'a Form,
    page: u8,
    case_ref: Option<&str>,
) -> impl Fn(u32) -> GrayImage + 'a {
    let fill = match case_ref {
        Some(case_ref) => FillIn::blank().for_case(case_ref),
        None => FillIn::blank(),
    };
    move |dpi| {
        let drawn = form.render_page(page, dpi, &fill);
        drawn.expect("a page of the form, a resolution up to 300")
    }
}

/// Puts into every field of a page what a person might, and says what that was.
pub(crate) fn fill(
    order: Order<'_>,
    world: World,
    inks: &mut [Ink; 3],
    random: &mut Random,
) -> Vec<Held> {
    let [pen_ink, red, blue] = inks;
    let mut pen = Pen::usual(random);
    if world.has(Effect::SkippingPen) {
        pen.skips = random.between(0.3, 0.55);
    }
    if world.has(Effect::CarbonCopy) {
        // Carbon paper takes a pen's pressure, not its ink: ticks of one that hardly gives ink are thin, not much fainter than others.
        pen.light = 1.6;
    }
    let busy = random.pick(&[0.15, 0.35, 0.6]);
    let fields = order.form.fields().filter(|field| field.page == order.page);
    let mut held = Vec::new();
    for field in fields {
        let put = match field.kind {
            _ if order.blank => Put::Nothing,
            FieldKind::Tick if random.chance(busy) => {
                let usual = [Put::Tick; 10];
                let marks = [Put::Cross, Put::Cross, Put::Cross, Put::Slash, Put::Slash];
                let others = [
                    Put::Fill,
                    Put::Fill,
                    Put::LightTick,
                    Put::LightTick,
                    Put::LightTick,
                ];
                random.pick(&[&usual[..], &marks, &others].concat())
            }
            FieldKind::Tick if random.chance(0.04) => Put::Speck,
            FieldKind::Tick => Put::Nothing,
            FieldKind::Text | FieldKind::Digits { .. } if random.chance(0.7) => Put::Whole,
            FieldKind::Signature | FieldKind::Fingerprint | FieldKind::Seal
                if random.chance(0.6) =>
            {
                Put::Whole
            }
            FieldKind::Signature if random.chance(0.12) => Put::RunIn,
            _ => Put::Nothing,
        };
        let rect = field.rect;
        match field.kind {
            FieldKind::Text if put.is_filled() => hand::writing(rect, pen_ink, &pen, random),
            FieldKind::Digits { count } if put.is_filled() => {
                hand::digits(count, rect, pen_ink, &pen, random);
            }
            FieldKind::Signature if put.is_filled() => {
                hand::signature(rect, pen_ink, &pen, random);
            }
            FieldKind::Fingerprint if put.is_filled() => hand::fingerprint(rect, red, random),
            FieldKind::Seal if put.is_filled() => {
                let middle = rect.centre();
                let middle = [middle.x as f32, middle.y as f32].map(|v| v + 2.0 * random.normal());
                hand::seal(middle, red, random);
            }
            _ => hand::mark(put, rect, pen_ink, &pen, random),
        }
        held.push(Held {
            id: field.id.clone(),
            kind: field.kind,
            rect,
            put,
        });
    }
    if world.has(Effect::Seals) {
        for ink in [red, blue] {
            stray_seal(&mut held, ink, random);
        }
    }
    held
}

/// Stamps a seal over or near a tick box, or over any field of a page without boxes.
fn stray_seal(held: &mut [Held], ink: &mut Ink, random: &mut Random) {
    let ticks = held.iter().filter(|held| held.kind == FieldKind::Tick);
    let boxes: Vec<RectMm> = ticks.map(|held| held.rect).collect();
    let fields: Vec<RectMm> = held.iter().map(|held| held.rect).collect();
    let rect = random.pick(if boxes.is_empty() { &fields } else { &boxes });
    let middle = [rect.x as f32, rect.y as f32].map(|v| v + random.between(-15.0, 15.0));
    hand::seal(middle, ink, random);
    // In a field for a seal any seal is one.
    for held in held.iter_mut().filter(|held| held.kind == FieldKind::Seal) {
        let far = held
            .rect
            .centre()
            .distance(Point::new(f64::from(middle[0]), f64::from(middle[1])));
        if far < 25.0 {
            held.put = Put::Whole;
        }
    }
}
