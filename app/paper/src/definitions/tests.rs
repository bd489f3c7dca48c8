//! What every definition in `assets/forms` has to be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::DEFINITIONS;
use crate::form::{Field, FieldKind, Form, PAGE};
use crate::geometry::RectMm;
use crate::layout::Text;
use crate::layout::measure::width;
use crate::marker::Corner;
use crate::payload::Spot;
use crate::render::{FillIn, PRINT_DPI};
use crate::typeface::Typeface;

/// Printers leave this much of the page's rim white.
const RIM_MM: f64 = 5.0;

fn typeface() -> Typeface {
    let bytes = crate::NOTO_SANS_SC;
    Typeface::parse(bytes).expect("the project's font")
}

fn forms() -> Vec<Form> {
    let parse = |definition: &&str| {
        let form = Form::parse(definition, typeface());
        form.unwrap_or_else(|error| panic!("{}: {error}", definition.lines().next().unwrap_or("")))
    };
    DEFINITIONS.iter().map(parse).collect()
}

fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The square of the page that `text` covers, without the overhang of single strokes.
fn place(text: &Text, typeface: &Typeface) -> RectMm {
    let spaces = text.spacing * text.content.chars().count() as f64;
    let w = width(typeface, &text.content, text.em) + spaces;
    RectMm::new(text.x, text.baseline - 0.80 * text.em, w, 0.86 * text.em)
}

fn overlap(a: RectMm, b: RectMm) -> bool {
    let slack = 0.05;
    a.x + slack < b.x + b.w
        && b.x + slack < a.x + a.w
        && a.y + slack < b.y + b.h
        && b.y + slack < a.y + a.h
}

#[test]
fn every_file_of_the_folder_is_a_form_named_by_its_key() {
    let folder = manifest().join("../../assets/forms");
    let files: BTreeMap<String, String> = std::fs::read_dir(folder)
        .expect("the folder of forms")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .map(|path: PathBuf| {
            let key = path.file_stem().expect("a name").to_string_lossy();
            let text = std::fs::read_to_string(&path).expect("a text file");
            (key.into_owned(), text)
        })
        .collect();
    let listed: BTreeMap<String, String> = forms()
        .iter()
        .zip(DEFINITIONS)
        .map(|(form, definition)| (form.key().to_owned(), (*definition).to_owned()))
        .collect();
    assert!(files == listed, "{:?}, {:?}", files.keys(), listed.keys());
}

#[test]
fn no_two_forms_share_a_code() {
    let forms = forms();
    let codes: BTreeSet<&str> = forms.iter().map(Form::code).collect();
    assert_eq!(codes.len(), forms.len());
}

#[test]
fn every_field_stands_on_the_page_and_on_nothing_else() {
    let page = PAGE.inset(RIM_MM);
    let taken: Vec<RectMm> = [Spot::A, Spot::B]
        .map(Spot::rect)
        .into_iter()
        .chain(Corner::ALL.map(|corner| corner.rect().inset(-1.0)))
        .collect();
    for form in forms() {
        let fields: Vec<&Field> = form.fields().collect();
        for (i, field) in fields.iter().enumerate() {
            let rect = field.rect;
            let name = format!("{} {}", form.key(), field.id);
            assert!(
                rect.x >= page.x
                    && rect.y >= page.y
                    && rect.x + rect.w <= page.x + page.w
                    && rect.y + rect.h <= page.y + page.h,
                "{name} leaves the page"
            );
            assert!(!taken.iter().any(|&mark| overlap(rect, mark)), "{name}");
            for other in fields[..i].iter().filter(|other| other.page == field.page) {
                assert!(!overlap(rect, other.rect), "{name} and {}", other.id);
            }
        }
    }
}

#[test]
fn no_text_runs_into_another_or_into_a_field() {
    let typeface = typeface();
    let page = PAGE.inset(RIM_MM);
    for form in forms() {
        for number in 1..=form.pages() {
            let sheet = form.sheet(number).expect("a page of the form");
            let places: Vec<RectMm> = sheet.texts.iter().map(|t| place(t, &typeface)).collect();
            for (i, (text, &rect)) in sheet.texts.iter().zip(&places).enumerate() {
                let name = format!("{} page {number}: {}", form.key(), text.content);
                assert!(
                    rect.x >= page.x && rect.x + rect.w <= page.x + page.w,
                    "{name} leaves the page"
                );
                let taken = [Spot::A, Spot::B].map(Spot::rect);
                let taken = taken.into_iter().chain(Corner::ALL.map(Corner::rect));
                assert!(!taken.into_iter().any(|mark| overlap(rect, mark)), "{name}");
                for (other, &at) in sheet.texts.iter().zip(&places).take(i) {
                    assert!(!overlap(rect, at), "{name} and {}", other.content);
                }
                for field in &sheet.fields {
                    // A seal's caption stands in its place, so that it is known what the place is for.
                    let free = field.kind == FieldKind::Seal;
                    assert!(free || !overlap(rect, field.rect), "{name} in {}", field.id);
                }
            }
        }
    }
}

#[test]
fn ids_are_plain_and_labels_are_chinese() {
    for form in forms() {
        for field in form.fields() {
            let name = format!("{} {}", form.key(), field.id);
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            assert!(field.id.bytes().all(plain), "{name}");
            assert!(!field.label.is_ascii(), "{name}");
            assert!(!field.label.contains('{'), "{name}");
        }
    }
}

/// Records keep the ids of boxes for as long as archives do, so an id keeps its meaning, also when its field is gone.
#[test]
fn no_id_has_ever_had_another_meaning() {
    let file = manifest().join("tests/field_ids.txt");
    let mut known: BTreeMap<(String, String), String> = BTreeMap::new();
    for line in std::fs::read_to_string(&file).unwrap_or_default().lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        let [form, id, label] = parts[..] else {
            panic!("{line:?} is not form, id and label");
        };
        known.insert((form.to_owned(), id.to_owned()), label.to_owned());
    }
    let mut missing = Vec::new();
    for form in forms() {
        for field in form.fields() {
            // One line stands for all rows of a table.
            let general = |text: &str| match &field.row {
                Some(row) => text.replacen(&row.number.to_string(), "{n}", 1),
                None => text.to_owned(),
            };
            let (id, label) = (general(&field.id), general(&field.label));
            match known.get(&(form.key().to_owned(), id.clone())) {
                Some(meant) => assert_eq!(*meant, label, "{} {id}", form.key()),
                None => {
                    known.insert((form.key().to_owned(), id.clone()), label.clone());
                    missing.push(format!("{}\t{id}\t{label}\n", form.key()));
                }
            }
        }
    }
    if !missing.is_empty() && std::env::var_os("UPDATE_GOLDEN").is_some() {
        let old = std::fs::read_to_string(&file).unwrap_or_default();
        std::fs::write(&file, old + &missing.concat()).expect("a file to write");
        return;
    }
    assert!(
        missing.is_empty(),
        "not in {} (UPDATE_GOLDEN=1 adds them):\n{}",
        file.display(),
        missing.concat()
    );
}

/// Hotlines and amounts are the county's to give; what is not known is a blank to write in.
#[test]
fn no_telephone_number_and_no_amount_is_printed() {
    for form in forms() {
        let title = format!("版本 {}", form.edition());
        for number in 1..=form.pages() {
            let sheet = form.sheet(number).expect("a page of the form");
            for text in sheet.texts.iter().filter(|t| !t.content.contains(&title)) {
                let runs = text.content.split(|c: char| !c.is_ascii_digit());
                let longest = runs.map(str::len).max().unwrap_or(0);
                // The one example of a date.
                assert!(
                    longest < 5 || text.content == "例：20260308",
                    "{}",
                    text.content
                );
                let amount = text.content.find('元').is_some_and(|at| {
                    let before = text.content[..at].trim_end();
                    before.ends_with(|c: char| c.is_ascii_digit())
                });
                assert!(!amount, "{}", text.content);
            }
        }
    }
}

#[test]
fn every_field_can_be_filled_and_what_does_not_fit_is_named() {
    let long = "山西省长治市长子县丹朱镇某某村第三村民小组东街十二号院内西屋北头第二间".repeat(12);
    for form in forms() {
        let mut fill = FillIn::blank().for_case("140428-003-000017-C");
        for field in form.fields() {
            fill = match field.kind {
                FieldKind::Tick => fill.mark(&field.id),
                FieldKind::Text => fill.write(&field.id, "王建国"),
                FieldKind::Digits { count } => {
                    fill.write(&field.id, "8".repeat(usize::from(count)))
                }
                FieldKind::Signature | FieldKind::Fingerprint | FieldKind::Seal => fill,
            };
        }
        for page in 1..=form.pages() {
            form.render_page(page, PRINT_DPI / 4, &fill)
                .unwrap_or_else(|error| panic!("{} page {page}: {error}", form.key()));
        }
        // The rows of a table are alike.
        let small = |field: &&Field| {
            let first = field.row.as_ref().is_none_or(|row| row.number == 1);
            first && field.kind == FieldKind::Text && field.rect.h < 12.0
        };
        for field in form.fields().filter(small) {
            let error = form
                .render_page(field.page, 20, &FillIn::blank().write(&field.id, &long))
                .expect_err("400 characters in a line of writing");
            assert!(error.to_string().contains(&field.id), "{error}");
        }
    }
}

#[test]
fn every_form_is_a_small_pdf_that_is_the_same_each_time() {
    for form in forms() {
        let pdf = form
            .pdf(1..=form.pages(), &FillIn::blank())
            .expect("a blank form");
        assert!(pdf.starts_with(b"%PDF-") && pdf.ends_with(b"%%EOF"));
        assert!(
            pdf.len() < 160_000,
            "{} has {} bytes",
            form.key(),
            pdf.len()
        );
        let again = form.pdf(1..=form.pages(), &FillIn::blank());
        assert_eq!(again.as_deref(), Ok(&pdf[..]), "{}", form.key());
    }
}
