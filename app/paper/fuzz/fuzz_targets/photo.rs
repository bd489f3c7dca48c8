//! `read` holds against any picture: small ones of any pixels, and a printed page with patches painted over it.
//!
//! With a first byte of zero the next two are the sides of a small picture and the rest, repeated, its pixels. Otherwise every
//! five bytes are a patch on the page: left, top, width, height and grey.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use paper::{FillIn, Form, GrayImage, NOTO_SANS_SC, Typeface};

const FORM: &str = include_str!("../../../../assets/forms/check_authorization.toml");

/// Two pixels to the millimetre are just enough for reading.
const DPI: u32 = 52;

fn page() -> &'static (Form, GrayImage) {
    static PAGE: OnceLock<(Form, GrayImage)> = OnceLock::new();
    PAGE.get_or_init(|| {
        let typeface = Typeface::parse(NOTO_SANS_SC).expect("the project's font");
        let form = Form::parse(FORM, typeface).expect("a form of the project");
        let page = form.render(DPI, &FillIn::blank()).expect("a first page");
        (form, page)
    })
}

fuzz_target!(|data: &[u8]| {
    let (form, page) = page();
    let photo = match data {
        [0, w, h, pixels @ ..] if !pixels.is_empty() => {
            let at = |x: u32, y: u32| pixels[(y as usize * usize::from(*w) + x as usize) % pixels.len()];
            GrayImage::from_fn((*w).into(), (*h).into(), |x, y| [at(x, y)].into())
        }
        [] | [0, ..] => return,
        [_, patches @ ..] => {
            let mut photo = page.clone();
            for &[left, top, w, h, grey] in patches.as_chunks::<5>().0 {
                let (left, top) = (u32::from(left) * 2, u32::from(top) * 3);
                for y in top..(top + u32::from(h)).min(photo.height()) {
                    for x in left..(left + u32::from(w)).min(photo.width()) {
                        photo.put_pixel(x, y, [grey].into());
                    }
                }
            }
            photo
        }
    };
    if let Ok(reading) = paper::read(&photo, std::slice::from_ref(form)) {
        assert_eq!(reading.form_key, form.key());
        let fields = form.fields().filter(|field| field.page == reading.page);
        assert_eq!(reading.fields.len(), fields.count());
    }
});
