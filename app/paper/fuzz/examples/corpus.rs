//! Writes the corpus: small pictures, the parts of a photographed page and of crops alone, a code's text, and all forms.

use std::error::Error;
use std::fs;
use std::path::Path;

use paper::{DEFINITIONS, Form, GrayImage, NOTO_SANS_SC, Typeface, bilevel, travel};

const FORM: &str = include_str!("../../../../assets/forms/dibao_application.toml");
const PHOTO: &str = "../tests/photos/signed_application.jpg";

fn main() -> Result<(), Box<dyn Error>> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = home.join("corpus").join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };
    let strokes = GrayImage::from_fn(90, 60, |x, y| {
        [[0], [255]][usize::from((x + 2 * y) % 23 > 4)].into()
    });
    let packed = bilevel::encode(&strokes, 200)?;
    write("bilevel", "whole", &[&[0], &packed[..]].concat())?;
    write("bilevel", "rows", &[&[90, 60], &packed[10..]].concat())?;

    let form = Form::parse(FORM, Typeface::parse(NOTO_SANS_SC)?)?;
    let photo = image::open(home.join(PHOTO))?.to_luma8();
    let reading = paper::read(&photo, std::slice::from_ref(&form))?;
    let parts = travel::pack(&reading, &form);
    write("parts", "whole", &[&[0], &parts[..]].concat())?;
    // One crop of 40 by 20 pixels with a few steps in it, on the small ink layer of the target.
    let place = [0, 8, 0, 4, 0, 40, 0, 20];
    let crop = [20, 200, 0x5A, 0x93, 0x11, 0x42, 0xE7, 0x08];
    write("parts", "crop", &[&[5, 1], &place[..], &[0, 8], &crop].concat())?;

    write("photo", "patches", &[1, 40, 60, 30, 8, 90, 120, 200, 60, 60, 255])?;
    let noise: Vec<u8> = (0..997_u32).map(|i| (i * i >> 3) as u8).collect();
    write("photo", "noise", &[&[0, 200, 180], &noise[..]].concat())?;
    let said = form.code_text(1, Some("140428-003-000017-C")).unwrap_or_default();
    write("payload", "whole", said.as_bytes())?;
    write("payload", "body", said[4..said.len() - 5].as_bytes())?;
    for (i, definition) in DEFINITIONS.iter().enumerate() {
        write("form", &i.to_string(), definition.as_bytes())?;
    }
    Ok(())
}
