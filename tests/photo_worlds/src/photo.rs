//! A photo of a sheet, with what is truly on it.

use image::{DynamicImage, GrayImage, RgbImage};
use paper::Point;

use crate::camera::Camera;
use crate::hand::Put;
use crate::light::Scene;
use crate::random::Random;
use crate::sensor::{self, Plane};
use crate::sheet::{self, Held, Order, PAPER_MM, Sheet};
use crate::world::World;

/// A photo as a camera gives it.
pub struct Photo {
    /// The picture packed as JPEG.
    pub jpeg: Vec<u8>,
    /// The picture, as the JPEG gives it back.
    pub picture: RgbImage,
    /// Where the corners of the form lie in it, clockwise from its upper left.
    pub corners: [Point; 4],
    /// What the fields of the page hold, in reading order.
    pub fields: Vec<Seen>,
}

/// A field and whether it can be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// What it holds.
    pub held: Held,
    /// Whether part of it is under a thumb or a mirrored lamp or outside of the photo.
    pub hidden: bool,
}

impl Seen {
    /// Whether the field is filled.
    #[must_use]
    pub fn is_filled(&self) -> bool {
        self.held.put.is_filled()
    }

    /// Whether it holds a light tick.
    #[must_use]
    pub fn is_light_tick(&self) -> bool {
        self.held.put == Put::LightTick
    }
}

impl Photo {
    /// The photo as the reader takes it.
    #[must_use]
    pub fn to_read(&self) -> paper::Photo {
        DynamicImage::from(self.picture.clone()).into()
    }
}

/// Draws for one purpose do not shift those for another.
const OF_CAMERA: u64 = 1;
const OF_SHEET: u64 = 2;
const OF_SCENE: u64 = 3;
const OF_SENSOR: u64 = 4;

/// Prints, fills and photographs a page; the same seed gives the same photo.
#[must_use]
pub fn take(order: Order<'_>, world: World, megapixels: f32, seed: u64) -> Photo {
    let mut fields = Vec::new();
    let reverse = order.page % order.form.pages() + 1;
    let front = sheet::print(order.form, order.page, order.case_ref);
    let reverse = sheet::print(order.form, reverse, None);
    let fill = |inks: &mut _, random: &mut Random| {
        fields = sheet::fill(order, world, inks, random);
    };
    let (mut photo, view) = photograph(world, megapixels, seed, front, reverse, fill);
    photo.fields = fields
        .into_iter()
        .map(|held| Seen {
            hidden: view.hides(&held),
            held,
        })
        .collect();
    photo
}

/// Photographs a sheet with any print.
#[must_use]
pub fn take_print(
    print: impl Fn(u32) -> GrayImage,
    world: World,
    megapixels: f32,
    seed: u64,
) -> Photo {
    photograph(world, megapixels, seed, &print, &print, |_, _| {}).0
}

/// What tells which fields can be seen.
struct View {
    camera: Camera,
    scene: Scene,
    sheet: Sheet,
}

fn photograph(
    world: World,
    megapixels: f32,
    seed: u64,
    print: impl Fn(u32) -> GrayImage,
    reverse: impl Fn(u32) -> GrayImage,
    fill: impl FnOnce(&mut [crate::ink::Ink; 3], &mut Random),
) -> (Photo, View) {
    let camera = Camera::over_a_sheet(world, megapixels, &mut Random::of(seed, OF_CAMERA));
    let px_per_mm = camera.px_per_mm();
    let random = &mut Random::of(seed, OF_SHEET);
    let sheet = Sheet::make(world, px_per_mm * 1.2, random, print, reverse, fill);
    let scene = Scene::around(&camera, world, &mut Random::of(seed, OF_SCENE));
    let view = View {
        camera,
        scene,
        sheet,
    };
    let mut planes = view.draw();
    let size = view.camera.size;
    let random = &mut Random::of(seed, OF_SENSOR);
    sensor::blur(&mut planes, size, px_per_mm, world, random);
    let picture = sensor::expose(&planes, size, world, random);
    let jpeg = sensor::jpeg(&picture, world, random);
    let picture = image::load_from_memory(&jpeg).map_or(picture, |unpacked| unpacked.to_rgb8());
    let [w, h] = PAPER_MM;
    let corners = [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]].map(|p| {
        let [x, y] = view.see(p);
        Point::new(f64::from(x), f64::from(y))
    });
    let photo = Photo {
        jpeg,
        picture,
        corners,
        fields: Vec::new(),
    };
    (photo, view)
}

/// What changes slowly over a photo is worked out at every eighth pixel, and mixed between.
const STEP: usize = 8;

/// The values at such a place: paper x and y, light, glare, way to the thumb, and the colour of the table.
type Node = [f32; 8];

impl View {
    /// The pixel at which a point of the form is seen.
    fn see(&self, p: [f32; 2]) -> [f32; 2] {
        self.camera.see(self.sheet.to_paper(p))
    }

    fn hides(&self, held: &Held) -> bool {
        let rect = held.rect;
        (0..16).any(|i| {
            let (u, v) = (f64::from(i % 4) / 3.0, f64::from(i / 4) / 3.0);
            let p = self.see([(rect.x + u * rect.w) as f32, (rect.y + v * rect.h) as f32]);
            let outside =
                (0..2).any(|axis| p[axis] < 2.0 || self.camera.size[axis] as f32 - 3.0 < p[axis]);
            outside || self.scene.to_thumb(p) < 0.05 || 120.0 < self.scene.glare(p)
        })
    }

    fn node(&self, p: [f32; 2]) -> Node {
        let paper = self.camera.paper_at(p);
        let [r, g, b] = self.scene.table(paper);
        let light = self.scene.light(p, self.camera.surface.lean(paper));
        let (glare, thumb) = (self.scene.glare(p), self.scene.to_thumb(p));
        [paper[0], paper[1], light, glare, thumb, r, g, b]
    }

    /// The picture before lens and sensor have their say.
    fn draw(&self) -> [Plane; 3] {
        let [w, h] = self.camera.size.map(|v| v as usize);
        let columns = w / STEP + 2;
        let row_of_nodes = |row: usize| -> Vec<Node> {
            let at = |column: usize| [(column * STEP) as f32, (row * STEP) as f32];
            (0..columns).map(|column| self.node(at(column))).collect()
        };
        let mix = |a: &Node, b: &Node, t: f32| -> Node {
            std::array::from_fn(|i| a[i] + (b[i] - a[i]) * t)
        };
        let mut planes = [const { Vec::new() }; 3];
        planes
            .iter_mut()
            .for_each(|plane: &mut Plane| plane.reserve(w * h));
        let (mut above, mut below) = (row_of_nodes(0), row_of_nodes(1));
        for y in 0..h {
            let part = y % STEP;
            if part == 0 && 0 < y {
                above = std::mem::replace(&mut below, row_of_nodes(y / STEP + 1));
            }
            let t = part as f32 / STEP as f32;
            let row: Vec<Node> = above
                .iter()
                .zip(&below)
                .map(|(a, b)| mix(a, b, t))
                .collect();
            for x in 0..w {
                let column = x / STEP;
                let node = mix(
                    &row[column],
                    &row[column + 1],
                    (x % STEP) as f32 / STEP as f32,
                );
                let colour = self.pixel([x as f32, y as f32], &node);
                for (plane, v) in planes.iter_mut().zip(colour) {
                    plane.push(v);
                }
            }
        }
        planes
    }

    fn pixel(&self, p: [f32; 2], [x, y, light, glare, to_thumb, table @ ..]: &Node) -> [f32; 3] {
        let [half_w, half_h] = PAPER_MM.map(|mm| mm / 2.0);
        let inside_mm = (half_w - x.abs()).min(half_h - y.abs());
        let cover = (inside_mm * self.camera.px_per_mm() + 0.5).clamp(0.0, 1.0);
        let mut colour = *table;
        if cover < 1.0 {
            colour = self.scene.thing([*x, *y]).unwrap_or(colour);
            // The sheet keeps some light from the table close to it.
            let shadow = 1.0 - 0.35 * (inside_mm.min(0.0) / 2.5).exp();
            colour = colour.map(|v| v * shadow);
        }
        if 0.0 < cover {
            let mut paper = self.sheet.at([*x, *y]);
            let along = if self.camera.surface.axis == 0 {
                *x
            } else {
                *y
            };
            for fold in &self.camera.surface.folds {
                // A crease is a fine dark line, beside it toner has flaked off.
                let off = (along - fold).abs();
                let (flaked, dark) = (
                    0.6 * (-off * off / 0.3).exp(),
                    0.12 * (-off * off / 0.03).exp(),
                );
                paper = paper.map(|v| (v + flaked * (225.0 - v).max(0.0)) * (1.0 - dark));
            }
            if let Some(moire) = &self.scene.moire {
                let left = moire.at(p);
                paper = std::array::from_fn(|c| paper[c] * left[c]);
            }
            colour = std::array::from_fn(|c| colour[c] + (paper[c] - colour[c]) * cover);
        }
        self.scene.lit(colour, *light, *glare, *to_thumb)
    }
}
