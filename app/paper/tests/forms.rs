//! What a definition may be, and what is refused.

use paper::{
    FieldKind, FillIn, Form, FormBox, FormBoxes, FormError, PRINT_DPI, RenderError, Typeface,
};

const DEFINITION: &str = include_str!("../../../assets/forms/dibao_application.toml");

fn typeface() -> Typeface {
    let bytes = include_bytes!("../../../assets/fonts/NotoSansSC_400Regular.ttf");
    Typeface::parse(bytes).expect("the project's font")
}

fn parse(rows: &str) -> Result<Form, FormError> {
    let head = "key = \"trial\"\ncode = \"TEST\"\ntitle = \"表\"\n[[page]]\n[[page.section]]\n";
    Form::parse(&format!("{head}{rows}"), typeface())
}

#[test]
fn a_form_that_cannot_be_printed_is_refused_with_the_place_and_the_room() {
    let row = |height: f64, cells: &str| {
        format!("[[page.section.row]]\nheight = {height}\ncells = [{cells}]\n")
    };
    let text = |id: &str| format!("{{ kind = \"text\", id = \"{id}\", name = \"栏\" }}");

    let twice = row(9.0, &format!("{}, {}", text("a"), text("a")));
    assert!(matches!(parse(&twice), Err(FormError::DoubleId { id }) if id == "a"));

    let wide = row(9.0, "{ kind = \"label\", width = 200, text = \"宽\" }");
    assert!(matches!(
        parse(&wide),
        Err(FormError::RowTooWide {
            page: 1,
            row: 1,
            ..
        })
    ));

    let narrow = row(
        9.0,
        &format!(
            "{{ kind = \"label\", width = 8, text = \"四个字宽\" }}, {}",
            text("a")
        ),
    );
    assert!(matches!(
        parse(&narrow),
        Err(FormError::CellTooSmall {
            row: 1,
            cell: 1,
            ..
        })
    ));

    let long: String = (0..30)
        .map(|i| row(9.0, &text(&format!("field{i}"))))
        .collect();
    assert!(matches!(parse(&long), Err(FormError::PageTooLong { need_mm, .. }) if need_mm > 260.0));

    let unknown = row(9.0, "{ kind = \"label\", text = \"\u{E000}\" }");
    assert!(matches!(
        parse(&unknown),
        Err(FormError::NoGlyph {
            character: '\u{E000}'
        })
    ));
}

#[test]
fn comments_and_spacing_leave_the_edition_as_it_is() {
    let form = Form::parse(DEFINITION, typeface()).expect("the project's form");
    let noted = format!("# checked again\n\n{}", DEFINITION.replace(" = ", "  =  "));
    let noted = Form::parse(&noted, typeface()).expect("the same form");
    assert_eq!(noted.edition(), form.edition());
}

#[test]
fn a_wish_that_cannot_be_printed_is_named() {
    let form = Form::parse(DEFINITION, typeface()).expect("the project's form");
    let wish = |fill: FillIn| {
        form.render(PRINT_DPI, &fill)
            .expect_err("an impossible wish")
    };
    assert_eq!(
        wish(FillIn::blank().for_case("140428-003-000017-C-2")),
        RenderError::CaseRef { length: 21 }
    );
    assert_eq!(
        wish(FillIn::blank().mark("applicant_name")),
        RenderError::Field {
            id: "applicant_name".into()
        }
    );
    assert_eq!(
        wish(FillIn::blank().write("applicant_id", "1404281880010100130")),
        RenderError::TooLong {
            id: "applicant_id".into(),
            length: 19
        }
    );
    assert_eq!(
        wish(FillIn::blank().write("nation", "\u{E000}")),
        RenderError::NoGlyph {
            character: '\u{E000}'
        }
    );
    assert_eq!(
        form.render(0, &FillIn::blank()).expect_err("no pixels"),
        RenderError::Resolution { dpi: 0 }
    );
    assert_eq!(
        form.render_page(2, PRINT_DPI, &FillIn::blank())
            .expect_err("one page only"),
        RenderError::NoSuchPage { page: 2, pages: 1 }
    );
}

#[test]
fn what_is_required_is_no_part_of_the_edition() {
    let form = Form::parse(DEFINITION, typeface()).expect("the project's form");
    let lenient = DEFINITION.replace("required = [", "required = [] # [");
    let lenient = Form::parse(&lenient, typeface()).expect("the same form");
    assert_eq!(lenient.edition(), form.edition());
    let required = |form: &Form| {
        form.field("signature_applicant")
            .map(|field| field.required)
    };
    assert_eq!(
        (required(&form), required(&lenient)),
        (Some(true), Some(false))
    );
}

#[test]
fn a_required_field_that_is_not_on_the_form_is_named() {
    let definition = DEFINITION.replace("required = [", "required = [\"stamp\", ");
    let error = Form::parse(&definition, typeface()).expect_err("there is no such field");
    assert_eq!(
        error.to_string(),
        "field stamp is required and not on the form"
    );
}

/// A record of a page lists its boxes in this order.
#[test]
fn the_boxes_are_the_same_with_and_without_a_typeface() {
    let form = Form::parse(DEFINITION, typeface()).expect("the project's form");
    let boxes = FormBoxes::parse(DEFINITION).expect("a definition");
    let laid_out: Vec<FormBox> = form
        .fields()
        .filter(|field| {
            matches!(
                field.kind,
                FieldKind::Tick | FieldKind::Signature | FieldKind::Fingerprint
            )
        })
        .map(|field| FormBox {
            id: field.id.clone(),
            label: field.label.clone(),
        })
        .collect();
    assert_eq!(
        (boxes.key.as_str(), boxes.edition),
        (form.key(), form.edition())
    );
    assert_eq!(boxes.page(1), Some(&laid_out[..]));
    assert_eq!((boxes.page(0), boxes.page(2)), (None, None));
}
