//! A photo as files give it: brightness, and colour where there is some.

use image::{DynamicImage, GrayImage, RgbImage};

/// A photo: brightness of every pixel, and colour at half the resolution, as most JPEGs keep it too.
#[derive(Clone)]
pub struct Photo {
    luma: GrayImage,
    colour: Option<Colour>,
}

/// Red, green and blue, each pixel the mean of four of the photo.
pub(crate) type Colour = [GrayImage; 3];

impl Photo {
    /// Brightness, 0 to 255.
    #[must_use]
    pub fn luma(&self) -> &GrayImage {
        &self.luma
    }

    pub(crate) fn colour(&self) -> Option<&Colour> {
        self.colour.as_ref()
    }
}

impl From<DynamicImage> for Photo {
    fn from(picture: DynamicImage) -> Self {
        if !picture.color().has_color() {
            return Self {
                luma: picture.into_luma8(),
                colour: None,
            };
        }
        let picture = picture.into_rgb8();
        Self {
            colour: Some(halve(&picture)),
            luma: luma(&picture),
        }
    }
}

/// Brightness by ITU-R BT.709, as [`image::imageops::grayscale`] gives it.
fn luma(picture: &RgbImage) -> GrayImage {
    // The weights 0.2126, 0.7152 and 0.0722 in 2^-24, rounded up: by less than what a sum lacks of the next grey level.
    let grey = |[red, green, blue]: &[u8; 3]| {
        let [red, green, blue] = [red, green, blue].map(|value| u32::from(*value));
        ((3_566_837 * red + 11_999_065 * green + 1_211_315 * blue) >> 24) as u8
    };
    let pixels = picture.as_raw().as_chunks().0.iter().map(grey).collect();
    GrayImage::from_raw(picture.width(), picture.height(), pixels).unwrap_or_default()
}

/// The mean of each square of four pixels; an odd last row or column is dropped.
fn halve(picture: &RgbImage) -> Colour {
    let (w, h) = (picture.width() / 2, picture.height() / 2);
    let stride = 3 * picture.width().max(1) as usize;
    let mut planes = [(); 3].map(|()| Vec::with_capacity((w * h) as usize));
    let mut sums = vec![0_u16; stride];
    for rows in picture.as_raw().chunks_exact(2 * stride) {
        let (upper, lower) = rows.split_at(stride);
        for ((sum, a), b) in sums.iter_mut().zip(upper).zip(lower) {
            *sum = u16::from(*a) + u16::from(*b);
        }
        for first in 0..stride.saturating_sub(3) {
            sums[first] = (sums[first] + sums[first + 3] + 2) >> 2;
        }
        let pairs = sums.as_chunks::<6>().0;
        for (c, plane) in planes.iter_mut().enumerate() {
            plane.extend(pairs.iter().map(|pair| pair[c] as u8));
        }
    }
    planes.map(|plane| GrayImage::from_raw(w, h, plane).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_the_mean_of_four_pixels_and_grey_has_none() {
        let picture = RgbImage::from_fn(5, 3, |x, y| {
            image::Rgb([10 * x as u8, 100 + 20 * y as u8, 7])
        });
        let photo = Photo::from(DynamicImage::from(picture.clone()));
        assert_eq!(photo.luma(), &image::imageops::grayscale(&picture));
        let [red, green, blue] = photo.colour().expect("colour");
        assert_eq!(red.dimensions(), (2, 1));
        assert_eq!(
            (red.as_raw(), green.as_raw(), blue.as_raw()),
            (&vec![5, 25], &vec![110, 110], &vec![7, 7])
        );
        let grey = DynamicImage::from(GrayImage::new(4, 4));
        assert!(Photo::from(grey).colour().is_none());
    }
}
