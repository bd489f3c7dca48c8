//! What a definition may be, and what is refused.

use paper::{
    DEFINITIONS, FieldKind, FillIn, Form, FormBox, FormBoxes, FormError, PRINT_DPI, RenderError,
    Typeface,
};

const DEFINITION: &str = include_str!("../../../assets/forms/dibao_application.toml");

fn typeface() -> Typeface {
    let bytes = paper::NOTO_SANS_SC;
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
    for definition in DEFINITIONS {
        let form = Form::parse(definition, typeface()).expect("a form of the project");
        let boxes = FormBoxes::parse(definition).expect("a definition");
        assert_eq!(
            (boxes.key.as_str(), boxes.edition),
            (form.key(), form.edition())
        );
        for page in 1..=form.pages() {
            let laid_out: Vec<FormBox> = form
                .fields()
                .filter(|field| field.page == page)
                .filter(|field| !matches!(field.kind, FieldKind::Text | FieldKind::Digits { .. }))
                .map(|field| FormBox {
                    id: field.id.clone(),
                    label: field.label.clone(),
                })
                .collect();
            assert_eq!(boxes.page(page), Some(&laid_out[..]));
        }
        assert_eq!((boxes.page(0), boxes.page(form.pages() + 1)), (None, None));
    }
}

#[test]
fn repeated_rows_are_numbered_on_from_page_to_page() {
    let row = "{ kind = \"text\", id = \"change{n}_text\", name = \"第{n}户：情况\" }";
    let page = format!(
        "[[page.section.row]]\nheight = 9\nrepeat = {{ table = \"change\", times = 2 }}\ncells = [{row}]\n"
    );
    let form = parse(&format!(
        "{page}[[page]]\ncopies = 2\n[[page.section]]\n{page}"
    ))
    .expect("three pages");
    let found: Vec<(u8, &str, &str, u16)> = form
        .fields()
        .map(|field| {
            let row = field.row.as_ref().expect("a row of the table");
            assert_eq!(row.table, "change");
            (
                field.page,
                field.id.as_str(),
                field.label.as_str(),
                row.number,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (1, "change1_text", "第1户：情况", 1),
            (1, "change2_text", "第2户：情况", 2),
            (2, "change3_text", "第3户：情况", 3),
            (2, "change4_text", "第4户：情况", 4),
            (3, "change5_text", "第5户：情况", 5),
            (3, "change6_text", "第6户：情况", 6),
        ]
    );
}

#[test]
fn a_section_stands_once_for_each_name() {
    let form = parse(
        "side = \"{name}\"\nrepeat = { table = \"class\", names = [\"甲\", \"乙\"] }\n\
         [[page.section.row]]\nheight = 9\n\
         cells = [{ kind = \"flow\", parts = [\"{name}\", { digits = 3, id = \"class{n}_households\", name = \"{name}：户数\" }, \"户\"] }]\n",
    )
    .expect("two blocks");
    let found: Vec<(&str, &str)> = form
        .fields()
        .map(|field| (field.id.as_str(), field.label.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("class1_households", "甲：户数"),
            ("class2_households", "乙：户数")
        ]
    );
}

#[test]
fn a_flow_breaks_between_its_parts_and_says_when_its_cell_is_too_low() {
    let flow = |height: u8| {
        parse(&format!(
            "[[page.section.row]]\nheight = {height}\ncells = [{{ kind = \"flow\", parts = [\
             {{ digits = 18, id = \"a\", name = \"甲\" }}, {{ digits = 18, id = \"b\", name = \"乙\" }}] }}]\n"
        ))
    };
    let form = flow(16).expect("two lines");
    let rect = |id| form.field(id).expect("a field of the form").rect;
    assert_eq!(rect("a").x, rect("b").x);
    assert!(rect("b").y > rect("a").y + rect("a").h);
    assert!(matches!(
        flow(14),
        Err(FormError::CellTooSmall { need_mm, .. }) if need_mm > 14.0
    ));
}

#[test]
fn a_title_that_runs_into_the_code_is_refused() {
    let definition = DEFINITION.replace("最低生活保障申请书", &"长".repeat(40));
    let error = Form::parse(&definition, typeface()).expect_err("a long title");
    assert!(matches!(error, FormError::TitleTooLong { .. }), "{error}");
    let halves = format!("{0}\\n{0}", "长".repeat(20));
    let definition = DEFINITION.replace("最低生活保障申请书", &halves);
    let form = Form::parse(&definition, typeface()).expect("two lines of title");
    assert_eq!(form.title(), "长".repeat(40));
}

#[test]
fn an_unknown_setting_of_a_form_is_refused() {
    let definition = DEFINITION.replace("height = 16", "heigth = 16");
    assert!(matches!(
        Form::parse(&definition, typeface()),
        Err(FormError::Toml(_))
    ));
}

/// Pages of this edition are in the field: what was printed then is what is looked for now.
#[test]
fn the_first_form_stands_where_it_was_printed() {
    let form = Form::parse(DEFINITION, typeface()).expect("the project's form");
    assert_eq!(form.edition().to_string(), "F434F1D7");
    let sum: f64 = form
        .fields()
        .zip(1..)
        .map(|(field, i)| {
            f64::from(i)
                * (field.rect.x + 3.0 * field.rect.y + 7.0 * field.rect.w + 11.0 * field.rect.h)
        })
        .sum();
    assert!((sum - 1759501.86).abs() < 0.01, "{sum:.3}");
}
