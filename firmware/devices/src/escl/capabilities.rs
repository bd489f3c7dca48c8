//! What a scanner says that it can do (`ScannerCapabilities`).

use roxmltree::Node;

use super::xml;
use crate::page_source::PageFault;

/// Characters of a scanner's name that are kept.
const MODEL_CHARS_MAX: usize = 80;

/// Resolutions that are kept; scanners have up to a dozen.
const RESOLUTIONS_MAX: usize = 64;

/// Resolutions from here to 9600 ppi are believed.
const PPI_MAX: u16 = 9600;

/// What a scanner can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Maker and model, in the scanner's words.
    pub model: String,
    /// The glass.
    pub glass: Option<Input>,
    /// The feeder, one side of each sheet.
    pub feeder: Option<Input>,
    /// The feeder, both sides.
    pub feeder_both_sides: Option<Input>,
}

/// What one place for paper can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Largest page in 1/300 inch, width and height.
    pub size_max: (u32, u32),
    /// Resolutions.
    pub resolutions: Resolutions,
    /// Whether it takes colour of 24 bits.
    pub colour: bool,
    /// Whether it takes grey of 8 bits.
    pub grey: bool,
    /// Whether it gives JPEG.
    pub jpeg: bool,
    /// Whether it gives PNG.
    pub png: bool,
    /// Whether it wants the format named in the element of version 2.1 too.
    pub names_format_twice: bool,
}

/// Resolutions in ppi that a scanner takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolutions {
    /// These, in rising order; never empty.
    Some(Vec<u16>),
    /// All from the least in steps up to the most.
    Range {
        /// The least.
        min: u16,
        /// The most.
        max: u16,
        /// The step, at least 1.
        step: u16,
    },
}

impl Resolutions {
    /// The nearest to `ppi`; of two alike near, the finer.
    #[must_use]
    pub fn nearest(&self, ppi: u16) -> u16 {
        match self {
            Self::Some(all) => {
                let far = |&&one: &&u16| (one.abs_diff(ppi), std::cmp::Reverse(one));
                all.iter().min_by_key(far).copied().unwrap_or(ppi)
            }
            &Self::Range { min, max, step } => {
                let steps = (ppi.clamp(min, max) - min + step / 2) / step;
                let nearest = min.saturating_add(steps.saturating_mul(step));
                if nearest > max {
                    nearest - step
                } else {
                    nearest
                }
            }
        }
    }
}

impl Capabilities {
    /// Reads a scanner's answer.
    ///
    /// # Errors
    ///
    /// [`PageFault::Misunderstood`] if it is none, or names no place for paper that we can use.
    pub fn parse(bytes: &[u8]) -> Result<Self, PageFault> {
        let document = xml::parse(xml::text(bytes)?, "ScannerCapabilities")?;
        let root = document.root_element();
        let input = |name| xml::all(root, name).next().and_then(Input::read);
        let capabilities = Self {
            model: xml::word(root, "MakeAndModel")
                .or_else(|| xml::word(root, "ModelName"))
                .unwrap_or_default()
                .chars()
                .filter(|character| !character.is_control())
                .take(MODEL_CHARS_MAX)
                .collect(),
            glass: input("PlatenInputCaps"),
            feeder: input("AdfSimplexInputCaps"),
            feeder_both_sides: input("AdfDuplexInputCaps"),
        };
        let places = [
            &capabilities.glass,
            &capabilities.feeder,
            &capabilities.feeder_both_sides,
        ];
        if places.iter().all(|place| place.is_none()) {
            return Err(PageFault::Misunderstood(
                "the scanner names no place for paper",
            ));
        }
        Ok(capabilities)
    }
}

impl Input {
    /// `None` without a resolution: there is nothing to ask it for.
    fn read(node: Node<'_, '_>) -> Option<Self> {
        let has = |name, word: &str| {
            xml::all(node, name).any(|node| {
                node.text()
                    .is_some_and(|text| text.trim().eq_ignore_ascii_case(word))
            })
        };
        let format = |word| has("DocumentFormat", word) || has("DocumentFormatExt", word);
        Some(Self {
            size_max: (
                xml::number(node, "MaxWidth").unwrap_or(0),
                xml::number(node, "MaxHeight").unwrap_or(0),
            ),
            resolutions: resolutions(node)?,
            colour: has("ColorMode", "RGB24"),
            grey: has("ColorMode", "Grayscale8"),
            jpeg: format("image/jpeg"),
            png: format("image/png"),
            names_format_twice: xml::all(node, "DocumentFormatExt").next().is_some(),
        })
    }
}

fn resolutions(node: Node<'_, '_>) -> Option<Resolutions> {
    let believed = |ppi: &u16| (1..=PPI_MAX).contains(ppi);
    let mut all: Vec<u16> = xml::all(node, "DiscreteResolution")
        .filter(|one| xml::word(*one, "XResolution") == xml::word(*one, "YResolution"))
        .filter_map(|one| xml::number(one, "XResolution"))
        .filter(believed)
        .take(RESOLUTIONS_MAX)
        .collect();
    if !all.is_empty() {
        all.sort_unstable();
        all.dedup();
        return Some(Resolutions::Some(all));
    }
    let range = xml::all(node, "ResolutionRange").next()?;
    let across = xml::all(range, "XResolutionRange")
        .chain(xml::all(range, "XResolution"))
        .next()?;
    let min = xml::number(across, "Min").filter(believed)?;
    let max = xml::number(across, "Max").filter(believed)?;
    let step = xml::number(across, "Step").filter(believed).unwrap_or(1);
    (min <= max).then_some(Resolutions::Range { min, max, step })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_nearest_resolution_is_one_that_the_scanner_has() {
        let some = Resolutions::Some(vec![75, 200, 400, 600]);
        for (ppi, nearest) in [(1, 75), (200, 200), (299, 200), (300, 400), (9000, 600)] {
            assert_eq!(some.nearest(ppi), nearest, "{ppi}");
        }
        let range = Resolutions::Range {
            min: 50,
            max: 590,
            step: 100,
        };
        for (ppi, nearest) in [
            (1, 50),
            (99, 50),
            (100, 150),
            (300, 350),
            (600, 550),
            (590, 550),
        ] {
            assert_eq!(range.nearest(ppi), nearest, "{ppi}");
        }
    }

    proptest! {
        #[test]
        fn any_range_gives_a_resolution_within_it(
            min in 1..=PPI_MAX,
            more in 0..=PPI_MAX,
            step in 1..=PPI_MAX,
            ppi: u16,
        ) {
            let max = min.saturating_add(more).min(PPI_MAX);
            let nearest = Resolutions::Range { min, max, step }.nearest(ppi);
            prop_assert!((min..=max).contains(&nearest));
            prop_assert_eq!((nearest - min) % step, 0);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = Capabilities::parse(&bytes);
        }
    }
}
