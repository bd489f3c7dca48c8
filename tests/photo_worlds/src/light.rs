//! What light, a lamp's mirror image, a thumb and the table make of a photo.

use std::f32::consts::TAU;

use crate::camera::Camera;
use crate::random::{Random, Smooth};
use crate::sheet::PAPER_MM;
use crate::world::{Effect, World};

/// Everything around the sheet; asked at pixels of the photo.
pub(crate) struct Scene {
    /// Brightness of red, green and blue.
    exposure: [f32; 3],
    gradient: Shade,
    shadows: Vec<Shade>,
    /// How bright paper is that leans towards the window, by the tangent of the light's angle.
    side_light: f32,
    lamp: Option<Lamp>,
    thumb: Option<Thumb>,
    pub(crate) moire: Option<Moire>,
    table: Table,
}

/// Light that falls off across a line.
struct Shade {
    through: [f32; 2],
    way: [f32; 2],
    takes: f32,
    /// How soft the edge is, in pixels.
    soft: f32,
}

struct Lamp {
    at: [f32; 2],
    reach: [f32; 2],
    bright: f32,
}

/// A finger from outside of the sheet.
struct Thumb {
    from: [f32; 2],
    tip: [f32; 2],
    radius: f32,
    skin: [f32; 3],
}

/// Stripes of light and colour.
pub(crate) struct Moire {
    waves: [[f32; 3]; 2],
    strength: f32,
}

struct Table {
    base: [f32; 3],
    rough: f32,
    /// Stripes of wood for each millimetre, 0 for none.
    wood: f32,
    smooth: Smooth,
    things: Vec<Thing>,
}

/// A card, pen or other paper on the table.
struct Thing {
    middle: [f32; 2],
    way: [f32; 2],
    half: [f32; 2],
    colour: [f32; 3],
}

impl Scene {
    pub(crate) fn around(camera: &Camera, world: World, random: &mut Random) -> Self {
        let flatbed = world.severity == 0;
        let [w, h] = camera.size.map(|v| v as f32);
        let whole = 1.0 + random.between(-world.exposure(), 0.4 * world.exposure());
        let tint = if flatbed { 0.0 } else { 0.035 };
        let exposure = [random.between(-1.0, 1.0), 0.0, random.between(-1.0, 1.0)]
            .map(|v| whole * (1.0 + tint * v));
        let shade = |soft: f32, takes: f32, random: &mut Random| {
            let way = random.between(0.0, TAU);
            Shade {
                through: [w * random.between(0.1, 0.9), h * random.between(0.1, 0.9)],
                way: [way.cos(), way.sin()],
                takes,
                soft,
            }
        };
        let gradient = shade(w / 3.0, world.shade() * random.between(0.3, 0.7), random);
        let shadows = if flatbed {
            0
        } else {
            random.below(2 + world.severity / 2)
        };
        let shadows = (0..shadows)
            .map(|_| {
                let (soft, takes) = (
                    w * random.between(0.005, 0.12),
                    world.shade() * random.between(0.4, 1.0),
                );
                shade(soft, takes, random)
            })
            .collect();
        let on_paper =
            |random: &mut Random| camera.see(PAPER_MM.map(|mm| mm * random.between(-0.42, 0.42)));
        let lamp = (random.chance(world.glare()) || world.has(Effect::Glare)).then(|| {
            let reach = w * random.between(0.03, 0.1);
            Lamp {
                at: on_paper(random),
                reach: [reach, reach * random.between(0.5, 1.5)],
                bright: random.between(150.0, 320.0),
            }
        });
        let thumb = (random.chance(world.thumb()) || world.has(Effect::Thumb))
            .then(|| Thumb::at_an_edge(camera, random));
        let moire = world.has(Effect::Moire).then(|| Moire::new(random));
        Self {
            exposure,
            gradient,
            shadows,
            side_light: if flatbed {
                0.0
            } else {
                random.between(-0.7, 0.7)
            },
            lamp,
            thumb,
            moire,
            table: Table::new(camera, world, random),
        }
    }

    /// How bright the paper is at pixel `p`, where it leans by `lean`.
    pub(crate) fn light(&self, p: [f32; 2], lean: f32) -> f32 {
        let shadows = self.shadows.iter().map(|shadow| shadow.at(p));
        let light = self.gradient.at(p) * shadows.product::<f32>();
        light * (lean.cos() + self.side_light * lean.sin()).max(0.2)
    }

    /// Brightness that a mirrored lamp adds.
    pub(crate) fn glare(&self, p: [f32; 2]) -> f32 {
        self.lamp.as_ref().map_or(0.0, |lamp| {
            let [x, y] = [0, 1].map(|axis| (p[axis] - lamp.at[axis]) / lamp.reach[axis]);
            lamp.bright * (-x * x - y * y).exp()
        })
    }

    /// Pixels from `p` to the thumb, in its radius; below zero within it.
    pub(crate) fn to_thumb(&self, p: [f32; 2]) -> f32 {
        self.thumb.as_ref().map_or(9.0, |thumb| thumb.distance(p))
    }

    /// The table at a point measured in millimetres from the sheet's middle.
    pub(crate) fn table(&self, p: [f32; 2]) -> [f32; 3] {
        self.table.at(p)
    }

    /// The colour of what lies on the table at that point.
    pub(crate) fn thing(&self, p: [f32; 2]) -> Option<[f32; 3]> {
        let thing = self.table.things.iter().find(|thing| thing.covers(p));
        thing.map(|thing| thing.colour)
    }

    /// What a sensor would be given of `colour` in this light, with a mirrored lamp and a thumb over it.
    pub(crate) fn lit(&self, colour: [f32; 3], light: f32, glare: f32, to_thumb: f32) -> [f32; 3] {
        let mut out = [0, 1, 2].map(|c| colour[c] * light * self.exposure[c] + glare);
        if let Some(thumb) = &self.thumb
            && to_thumb < 1.0
        {
            let shadow = 1.0 - 0.35 * (1.0 - to_thumb.max(0.0)).powi(2);
            let over = (0.5 - to_thumb * 12.0).clamp(0.0, 1.0);
            let round = 0.72 + 0.28 * (-to_thumb).clamp(0.0, 1.0).sqrt();
            for (c, out) in out.iter_mut().enumerate() {
                let skin = thumb.skin[c] * round * light * self.exposure[c];
                *out = *out * shadow * (1.0 - over) + skin * over;
            }
        }
        out
    }
}

impl Shade {
    fn at(&self, p: [f32; 2]) -> f32 {
        let across =
            (p[0] - self.through[0]) * self.way[0] + (p[1] - self.through[1]) * self.way[1];
        1.0 - self.takes / (1.0 + (-across / self.soft).clamp(-40.0, 40.0).exp())
    }
}

impl Thumb {
    fn at_an_edge(camera: &Camera, random: &mut Random) -> Self {
        let side = random.below(4);
        let along = random.between(-0.35, 0.35);
        let sign = if side < 2 { -1.0 } else { 1.0 };
        let axis = side % 2;
        let mut edge = [along * PAPER_MM[0], along * PAPER_MM[1]];
        edge[axis] = sign * PAPER_MM[axis] / 2.0;
        let (depth, radius) = (random.between(12.0, 28.0), random.between(9.0, 12.0));
        let mut inner = edge;
        inner[axis] -= sign * 10.0;
        inner[1 - axis] += random.between(-5.0, 5.0);
        let (edge, inner) = (camera.see(edge), camera.see(inner));
        let way = [0, 1].map(|i| (inner[i] - edge[i]) / 10.0);
        let px_per_mm = way[0].hypot(way[1]);
        Self {
            from: [0, 1].map(|i| edge[i] - 600.0 * way[i]),
            tip: [0, 1].map(|i| edge[i] + (depth - radius) * way[i]),
            radius: radius * px_per_mm,
            skin: [205.0, 150.0, 122.0].map(|v| v * random.between(0.85, 1.1)),
        }
    }

    fn distance(&self, p: [f32; 2]) -> f32 {
        let d = [0, 1].map(|i| self.tip[i] - self.from[i]);
        let q = [0, 1].map(|i| p[i] - self.from[i]);
        let t = ((q[0] * d[0] + q[1] * d[1]) / (d[0] * d[0] + d[1] * d[1])).clamp(0.0, 1.0);
        (q[0] - t * d[0]).hypot(q[1] - t * d[1]) / self.radius - 1.0
    }
}

impl Moire {
    fn new(random: &mut Random) -> Self {
        let mut wave = || {
            let (way, period) = (random.between(0.0, TAU), random.between(9.0, 40.0));
            let bend = random.between(-1.0, 1.0) * 1e-5;
            [way.cos() * TAU / period, way.sin() * TAU / period, bend]
        };
        Self {
            waves: [wave(), wave()],
            strength: random.between(0.04, 0.1),
        }
    }

    /// What is left of red, green and blue at pixel `p`.
    pub(crate) fn at(&self, [x, y]: [f32; 2]) -> [f32; 3] {
        let [a, b] = self
            .waves
            .map(|[u, v, bend]| x * u + y * v + bend * (x * x + y * y));
        [0.0, 0.9, 1.8].map(|shift| 1.0 - self.strength * (1.0 + (a + shift).sin() * b.cos()))
    }
}

impl Thing {
    fn covers(&self, [x, y]: [f32; 2]) -> bool {
        let (dx, dy) = (x - self.middle[0], y - self.middle[1]);
        let along = dx * self.way[0] + dy * self.way[1];
        let across = dy * self.way[0] - dx * self.way[1];
        along.abs() < self.half[0] && across.abs() < self.half[1]
    }
}

impl Table {
    fn new(camera: &Camera, world: World, random: &mut Random) -> Self {
        let pale = random.chance(world.pale_table());
        let base = match pale {
            true if world.severity == 0 => [248.0; 3],
            true => [228.0, 226.0, 218.0].map(|v| v * random.between(0.92, 1.0)),
            false => {
                let grey = random.between(40.0, 135.0);
                [1.25, 1.0, random.between(0.65, 1.0)].map(|v| v * grey)
            }
        };
        let things = if 2 <= world.severity {
            random.below(4)
        } else {
            0
        };
        let px_per_mm = camera.px_per_mm();
        let room = camera.size.map(|v| v as f32 / px_per_mm / 2.0 + 20.0);
        let things = (0..things)
            .map(|_| {
                let (way, grey) = (random.between(0.0, TAU), random.between(50.0, 215.0));
                Thing {
                    middle: room.map(|mm| mm * random.between(-1.0, 1.0)),
                    way: [way.cos(), way.sin()],
                    half: random.pick(&[[43.0, 27.0], [70.0, 5.0], [75.0, 105.0], [30.0, 30.0]]),
                    colour: [grey; 3].map(|v| v + random.between(-40.0, 40.0)),
                }
            })
            .collect();
        Self {
            base,
            rough: if pale { 3.0 } else { random.between(5.0, 14.0) },
            wood: match random.chance(0.5) && !pale {
                true => random.between(0.05, 0.3),
                false => 0.0,
            },
            smooth: Smooth::new(random),
            things,
        }
    }

    fn at(&self, [x, y]: [f32; 2]) -> [f32; 3] {
        let rough = self.smooth.rough(x / 25.0, y / 25.0) + 0.4 * self.smooth.at(x * 1.3, y * 1.3);
        let wood = (x * self.wood + 3.0 * self.smooth.at(x / 60.0, y / 200.0)) * TAU;
        let grain = if 0.0 < self.wood {
            0.7 * wood.sin()
        } else {
            0.0
        };
        self.base
            .map(|v| (v + self.rough * (rough + grain)).clamp(0.0, 255.0))
    }
}
