//! How much ink each field holds, and what that means.

mod outline;
mod scorer;
mod thresholds;

use crate::form::FieldKind;

pub(crate) use outline::toner;
pub(crate) use scorer::Scorer;
pub use thresholds::Thresholds;

/// What is believed of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldState {
    /// Nothing was put there.
    Clear,
    /// A person has to look: little ink, or the place is not seen well.
    Unsure,
    /// Something was put there.
    Marked,
}

/// One field as read.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldReading {
    /// The field's name in its form.
    pub id: String,
    /// How the field is filled.
    pub kind: FieldKind,
    /// The judgement on `score` and `sight`.
    pub state: FieldState,
    /// Ink in the field, in units of a faint but whole mark of its kind: 0 is clean paper, 1 a light tick of a thin pen or
    /// a small signature.
    pub score: f32,
    /// How well the field's place is seen.
    pub sight: Sight,
}

/// How well the printed outline of a field is seen in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sight {
    /// Correlation with the blank, -1 to 1: around zero under a thumb, zero outside the photo.
    pub fit: f32,
    /// Its blackness, as a share of what toner on this page gives: little under glare. Of large fields that of their faintest
    /// quarter.
    pub contrast: f32,
    /// Brightness of the paper there, 0 to 255; in the dark, noise looks like ink.
    pub paper_level: f32,
    /// The share of the paper there that is as bright as the camera can tell: what is only a little darker is cut off with it.
    pub washed_out: f32,
    /// The standard deviation of what the grain of the paper there adds to the score; more if empty tick boxes scatter more.
    pub noise: f32,
    /// How much of the score may be ink of a seal or a finger; the rest is a pen's.
    pub seal: f32,
    /// How much more a tick box's place scatters than those of the page's other boxes do in the middle; 0 for other fields, and on
    /// pages with few boxes.
    pub unevenness: f32,
}

#[cfg(test)]
impl Sight {
    /// That of a field on a good photo.
    pub(crate) const GOOD: Self = Self {
        fit: 0.8,
        contrast: 1.0,
        paper_level: 200.0,
        washed_out: 0.0,
        noise: 0.05,
        seal: 0.0,
        unevenness: 0.0,
    };
}
