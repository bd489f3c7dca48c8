//! `Form::parse` holds against any definition, and what it accepts can be printed and listed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use paper::{FillIn, Form, FormBoxes, NOTO_SANS_SC, Typeface};

fuzz_target!(|definition: &str| {
    let typeface = Typeface::parse(NOTO_SANS_SC).expect("the project's font");
    let Ok(form) = Form::parse(definition, typeface) else {
        let _ = FormBoxes::parse(definition);
        return;
    };
    let boxes = FormBoxes::parse(definition).expect("what was laid out can be listed");
    assert_eq!(boxes.pages.len(), usize::from(form.pages()));
    for page in 1..=form.pages() {
        assert!(form.render_page(page, 20, &FillIn::blank()).is_ok());
        assert!(form.boxes_json(page).is_some());
    }
});
