//! Every page of every form, printed, laid on a flatbed and read back.

use paper::{
    DEFINITIONS, FieldKind, FieldState, FillIn, Form, GrayImage, READ_DPI, Typeface, read,
};

fn forms() -> Vec<Form> {
    let bytes = paper::NOTO_SANS_SC;
    let typeface = Typeface::parse(bytes).expect("the project's font");
    let parse = |text: &&str| Form::parse(text, typeface).expect("a form of the project");
    DEFINITIONS.iter().map(parse).collect()
}

/// A page as a flatbed would give it: flat, on a dark lid, at 200 dpi.
fn scan(form: &Form, page: u8, fill: &FillIn) -> GrayImage {
    let drawn = form
        .render_page(page, READ_DPI, fill)
        .expect("a fill that fits");
    let mut scan =
        GrayImage::from_pixel(drawn.width() + 90, drawn.height() + 70, image::Luma([60]));
    image::imageops::overlay(&mut scan, &drawn, 50, 30);
    scan
}

#[test]
fn a_blank_page_of_any_form_is_known_and_reads_all_clear() {
    let forms = forms();
    for form in &forms {
        for page in 1..=form.pages() {
            let reading = read(&scan(form, page, &FillIn::blank()), &forms)
                .unwrap_or_else(|problem| panic!("{} page {page}: {problem}", form.key()));
            assert_eq!(
                (reading.form_key.as_str(), reading.page),
                (form.key(), page)
            );
            for field in &reading.fields {
                assert_eq!(field.state, FieldState::Clear, "{} {field:?}", form.key());
            }
        }
    }
}

#[test]
fn every_tick_box_of_any_form_reads_as_it_is_marked() {
    let forms = forms();
    for form in &forms {
        // Every second box, so that a neighbour's tick would be noticed.
        let ticks: Vec<&str> = form
            .fields()
            .filter(|field| field.kind == FieldKind::Tick)
            .map(|field| field.id.as_str())
            .collect();
        let marked: Vec<&str> = ticks.iter().copied().step_by(2).collect();
        let fill = marked
            .iter()
            .fold(FillIn::blank(), |fill, id| fill.mark(*id));
        let mut found = Vec::new();
        for page in 1..=form.pages() {
            let reading = read(&scan(form, page, &fill), &forms)
                .unwrap_or_else(|problem| panic!("{} page {page}: {problem}", form.key()));
            for field in reading.fields {
                match field.state {
                    FieldState::Clear => {}
                    FieldState::Marked => found.push(field.id),
                    FieldState::Unsure => panic!("{} {}", form.key(), field.id),
                }
            }
        }
        assert_eq!(found, marked, "{}", form.key());
    }
}
