//! Sheets of a two-page form, photographed in any order and put together.

use image::{GrayImage, Luma, imageops};
use paper::quality::Quality;
use paper::{FillIn, Form, PageNews, PageSet, PageTag, READ_DPI, Typeface, read};

/// A form of two pages, each with boxes of its own.
const DEFINITION: &str = r#"
key = "two_pages"
code = "TWOP"
title = "两页表"

[[page]]
[[page.section]]
[[page.section.row]]
height = 20
cells = [
    { kind = "label", width = 40, text = "家庭情况" },
    { kind = "ticks", name = "家庭情况", columns = 2, options = [
        { id = "first_a", label = "有人生病" },
        { id = "first_b", label = "有人上学" },
    ] },
]
[[page.section.row]]
height = 120
cells = [{ kind = "prose", text = "本人承诺以上所填内容真实完整，如有虚假愿意承担相应责任。请工作人员核对后签名，并在收到材料之日起登记。" }]
[[page.section.row]]
height = 40
cells = [
    { kind = "label", width = 40, text = "签名" },
    { kind = "signature", id = "first_signature", name = "签名" },
]

[[page]]
[[page.section]]
[[page.section.row]]
height = 20
cells = [
    { kind = "label", width = 40, text = "住房情况" },
    { kind = "ticks", name = "住房情况", columns = 2, options = [
        { id = "second_a", label = "自有住房" },
        { id = "second_b", label = "租赁住房" },
    ] },
]
[[page.section.row]]
height = 120
cells = [{ kind = "prose", text = "第二页由调查人员填写。调查时应有两人以上在场，填写完毕后请当事人核对，有改动的地方由当事人按手印。" }]
"#;

fn form() -> Form {
    let bytes = paper::NOTO_SANS_SC;
    let typeface = Typeface::parse(bytes).expect("the project's font");
    Form::parse(DEFINITION, typeface).expect("a form of two pages")
}

fn photo(form: &Form, page: u8, fill: &FillIn) -> GrayImage {
    let page = form
        .render_page(page, READ_DPI, fill)
        .expect("a page of the form");
    let mut photo = GrayImage::from_pixel(page.width() + 90, page.height() + 70, Luma([60]));
    let lit = imageops::colorops::brighten(&page, -30);
    imageops::overlay(&mut photo, &lit, 50, 30);
    photo
}

fn tag(form: &Form, photo: &GrayImage) -> PageTag {
    let forms = std::slice::from_ref(form);
    let outcome = read(photo, forms);
    let quality = Quality::judge(photo, outcome.as_ref(), forms);
    PageTag::of(&outcome.expect("a page that can be read"), &quality)
}

#[test]
fn two_photos_make_a_form_whichever_comes_first() {
    let form = form();
    assert_eq!(form.pages(), 2);
    let fill = FillIn::blank().for_case("140428-003-000017-C");
    let mut set = PageSet::new(&form);
    for (page, missing) in [(2, vec![1]), (1, vec![])] {
        let tag = tag(&form, &photo(&form, page, &fill));
        assert_eq!(tag.page, page);
        assert_eq!(set.add(tag, page).0, PageNews::Kept);
        assert_eq!(set.missing(), missing);
    }
    assert!(set.is_complete() && set.unnamed().is_empty());
    let order: Vec<u8> = set.iter().map(|(page, _)| page).collect();
    assert_eq!(order, [1, 2]);
}

#[test]
fn a_sharper_photo_of_the_same_sheet_takes_the_place_of_a_poor_one() {
    let form = form();
    let fill = FillIn::blank().mark("first_a");
    let sharp = photo(&form, 1, &fill);
    let poor = imageops::blur(&sharp, 3.2);
    let (sharp, poor) = (tag(&form, &sharp), tag(&form, &poor));
    let mut set = PageSet::new(&form);
    set.add(poor.clone(), "poor");
    assert_eq!(
        set.add(sharp, "sharp"),
        (PageNews::KeptBetter, Some("poor"))
    );
    assert_eq!(set.add(poor, "poor"), (PageNews::HadAsGood, Some("poor")));
}

#[test]
fn the_same_page_filled_by_somebody_else_is_noticed() {
    let form = form();
    let hers = tag(&form, &photo(&form, 1, &FillIn::blank().mark("first_a")));
    let his = tag(&form, &photo(&form, 1, &FillIn::blank().mark("first_b")));
    let mut set = PageSet::new(&form);
    set.add(hers, "hers");
    let differ = vec!["first_a".to_owned(), "first_b".to_owned()];
    assert_eq!(
        set.add(his.clone(), "his"),
        (PageNews::OtherSheet { differ }, Some("his"))
    );
    assert_eq!(set.replace(his, "his"), (PageNews::Replaced, Some("hers")));
}

#[test]
fn a_page_that_gained_a_mark_since_is_the_newer_one() {
    let form = form();
    let before = tag(&form, &photo(&form, 1, &FillIn::blank()));
    let after = photo(&form, 1, &FillIn::blank().mark("first_b"));
    let after = tag(&form, &imageops::blur(&after, 2.0));
    let mut set = PageSet::new(&form);
    set.add(before, "before");
    assert_eq!(
        set.add(after, "after"),
        (PageNews::KeptNewer, Some("before"))
    );
}

#[test]
fn a_page_printed_for_another_case_stays_out() {
    let form = form();
    let of = |case: &str, page| tag(&form, &photo(&form, page, &FillIn::blank().for_case(case)));
    let mut set = PageSet::new(&form);
    set.add(of("140428-003-000017-C", 1), ());
    let (news, _) = set.add(of("140428-003-000018-A", 2), ());
    assert!(matches!(news, PageNews::OtherCase { .. }), "{news:?}");
    assert_eq!(set.missing(), [2]);
}
