//! Where points of the paper lie in a photo, and the other way round.

use crate::random::Random;
use crate::sheet::PAPER_MM;
use crate::surface::Surface;
use crate::world::{Effect, World};

/// A pinhole camera with a lens that bends lines a little, above a sheet on a table.
pub(crate) struct Camera {
    /// Width and height of the photo.
    pub(crate) size: [u32; 2],
    pub(crate) surface: Surface,
    /// From the table's axes to the camera's.
    rotation: [[f32; 3]; 3],
    distance_mm: f32,
    focal_px: f32,
    /// Where the camera's axis meets the photo.
    middle: [f32; 2],
    /// By how much a corner of the photo is off, as a share of its distance from the middle.
    bend: f32,
}

impl Camera {
    pub(crate) fn over_a_sheet(world: World, megapixels: f32, random: &mut Random) -> Self {
        let flatbed = world.severity == 0;
        let ratio = if flatbed { 1.414 } else { 4.0 / 3.0 };
        let width = (megapixels * 1e6 / ratio).sqrt();
        let mut size = [width as u32, (width * ratio) as u32];
        if !flatbed && 2 <= world.severity && random.chance(0.3) {
            size.reverse();
        }
        let mut turn = world.turn_deg() * random.between(-1.0, 1.0);
        if world.severity == 2 {
            turn += 90.0 * random.below(4) as f32;
        }
        let tilt = world.tilt_deg() * random.between(0.4, 1.0);
        let way = random.between(0.0, std::f32::consts::TAU);
        let bend = match world.has(Effect::Lens) {
            true => random.pick(&[-1.0, 1.0]) * random.between(0.05, 0.1),
            false if flatbed => 0.0,
            false => random.between(-0.01, 0.01),
        };
        let mut camera = Self {
            size,
            surface: Surface::bent(world, random),
            rotation: rotation(way, tilt.to_radians(), turn.to_radians()),
            distance_mm: if flatbed {
                5000.0
            } else {
                random.between(380.0, 520.0)
            },
            focal_px: 1.0,
            middle: [0.0; 2],
            bend: 0.0,
        };
        camera.frame(world.fill() * random.between(0.94, 1.0), random);
        let cut = random.chance(world.cut_off()) || world.has(Effect::CutOff);
        if cut {
            let axis = random.below(2);
            let by = random.between(0.04, 0.1) * camera.size[axis] as f32;
            camera.middle[axis] =
                camera.middle_of(axis) + random.pick(&[-1.0, 1.0]) * (by + camera.slack(axis));
        }
        camera.bend = bend;
        camera
    }

    /// Outline of the paper as seen.
    fn extent(&self, axis: usize) -> (f32, f32) {
        let [w, h] = PAPER_MM;
        let outline = [
            (-1, -1),
            (0, -1),
            (1, -1),
            (1, 0),
            (1, 1),
            (0, 1),
            (-1, 1),
            (-1, 0),
        ];
        outline
            .map(|(x, y)| self.see([x as f32 * w / 2.0, y as f32 * h / 2.0])[axis])
            .iter()
            .fold((f32::MAX, f32::MIN), |(low, high), v| {
                (low.min(*v), high.max(*v))
            })
    }

    /// Room beside the paper on each side.
    fn slack(&self, axis: usize) -> f32 {
        let (low, high) = self.extent(axis);
        ((self.size[axis] as f32 - (high - low)) / 2.0).max(0.0)
    }

    /// Where the camera's axis must meet the photo for the paper to lie in its middle.
    fn middle_of(&self, axis: usize) -> f32 {
        let (low, high) = self.extent(axis);
        self.middle[axis] + (self.size[axis] as f32 - low - high) / 2.0
    }

    /// Zooms so that the paper fills `share` of the photo and lies somewhere in it.
    fn frame(&mut self, share: f32, random: &mut Random) {
        let zoom = [0, 1].map(|axis| {
            let (low, high) = self.extent(axis);
            self.size[axis] as f32 / (high - low)
        });
        self.focal_px = zoom[0].min(zoom[1]) * share;
        self.middle = [0, 1].map(|axis| self.middle_of(axis));
        let slack = [0, 1].map(|axis| self.slack(axis));
        for (middle, slack) in self.middle.iter_mut().zip(slack) {
            *middle += 0.8 * slack * random.between(-1.0, 1.0);
        }
    }

    /// Photo pixels to a millimetre of paper that lies across the camera's axis.
    pub(crate) fn px_per_mm(&self) -> f32 {
        self.focal_px / self.distance_mm
    }

    /// The pixel at which a point of the paper, measured from its middle, is seen.
    pub(crate) fn see(&self, p: [f32; 2]) -> [f32; 2] {
        let [x, y, height] = self.surface.lift(p);
        let seen = self
            .rotation
            .map(|row| row[0] * x + row[1] * y - row[2] * height);
        let depth = seen[2] + self.distance_mm;
        let straight = [0, 1].map(|axis| self.focal_px * seen[axis] / depth + self.middle[axis]);
        self.bent(straight)
    }

    /// Where the lens puts what a pinhole would put at `p`: [`straight`](Self::straight) turned round by repetition.
    fn bent(&self, p: [f32; 2]) -> [f32; 2] {
        (0..12).fold(p, |guess, _| {
            let off = self.straight(guess);
            [0, 1].map(|axis| guess[axis] + p[axis] - off[axis])
        })
    }

    /// Where a pinhole would put what is seen at pixel `p`.
    fn straight(&self, p: [f32; 2]) -> [f32; 2] {
        let [w, h] = self.size.map(|v| v as f32 / 2.0);
        let (x, y) = (p[0] - w, p[1] - h);
        let stretch = 1.0 + self.bend * (x * x + y * y) / (w * w + h * h);
        [w + x * stretch, h + y * stretch]
    }

    /// The point of the paper, measured from its middle, that is seen at pixel `p`; beyond the paper, that of a larger one.
    pub(crate) fn paper_at(&self, p: [f32; 2]) -> [f32; 2] {
        let p = self.straight(p);
        let ray = [
            (p[0] - self.middle[0]) / self.focal_px,
            (p[1] - self.middle[1]) / self.focal_px,
            1.0,
        ];
        let back = |v: [f32; 3]| {
            [0, 1, 2].map(|i| {
                (0..3)
                    .map(|row| self.rotation[row][i] * v[row])
                    .sum::<f32>()
            })
        };
        let (from, ray) = (back([0.0, 0.0, -self.distance_mm]), back(ray));
        let mut height = 0.0;
        let mut paper = [0.0; 2];
        for _ in 0..6 {
            let t = (-height - from[2]) / ray[2];
            (paper, height) = self
                .surface
                .above([from[0] + t * ray[0], from[1] + t * ray[1]]);
        }
        paper
    }
}

/// Turned in its plane by `turn`, then tilted by `tilt` about an axis in the plane that points `way`.
fn rotation(way: f32, tilt: f32, turn: f32) -> [[f32; 3]; 3] {
    let (s, c) = tilt.sin_cos();
    let (y, x) = way.sin_cos();
    let tilted = [
        [c + x * x * (1.0 - c), x * y * (1.0 - c), y * s],
        [x * y * (1.0 - c), c + y * y * (1.0 - c), -x * s],
        [-y * s, x * s, c],
    ];
    let (s, c) = turn.sin_cos();
    tilted.map(|[a, b, d]| [a * c + b * s, b * c - a * s, d])
}
