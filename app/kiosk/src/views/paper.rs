//! The papers under the camera, with an application and without one.

use paper::{PageSet, PageSets};

use super::{missing::missing, words};
use crate::flow::{
    Double, FieldRole, FlowContent, Mark, MarkedPhoto, Page, PaperPage, PhotoFinding, Picture,
    TrayReport, Visit, Waiting,
};

/// The papers.
#[derive(Debug, Clone, PartialEq)]
pub struct PaperView {
    /// What to do, in order; empty once a page was read.
    pub steps: Vec<String>,
    /// The forms of which a page is here, in rows, when there is more than one.
    pub forms: Vec<Vec<PageChip>>,
    /// The pages of the form that is shown, if it has more than one.
    pub pages: Vec<PageChip>,
    /// The page as read; `None` before.
    pub preview: Option<Picture>,
    /// The photo with what is wrong outlined, drawn in place of the page; `None` when nothing is.
    pub marked: Option<MarkedPhoto>,
    /// What was seen in the boxes that matter.
    pub boxes: Vec<PaperBox>,
    /// What it comes to, in a sentence; may be empty.
    pub verdict: String,
    /// Whether the verdict is good.
    pub verdict_good: bool,
    /// What is wrong with the photo and what to do, a sentence each.
    pub wrong: Vec<String>,
    /// What the camera waits for; empty without a preview.
    pub hint: String,
    /// The button that takes the shown page out; empty if there is none.
    pub drop: String,
    /// The button that takes the picture; empty while it is being taken.
    pub photo: String,
    /// What the camera is doing; empty while it rests.
    pub busy: String,
    /// The button that gives the picture up; empty unless a device takes long.
    pub stop: String,
    /// The button that brings the keys for the case's number; empty where none is asked for.
    pub by_hand: String,
    /// The button that leaves what is missing for later; empty if nothing can be left.
    pub later: String,
    /// The main button; empty until all pages are here.
    pub next: String,
}

/// A form or one of its pages, as a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageChip {
    /// Its place among those that are touched, from 0.
    pub place: usize,
    /// What it is and whether it is here, in words.
    pub label: String,
    /// Whether it is here.
    pub here: bool,
    /// Whether it is the one that is shown.
    pub shown: bool,
}

/// What was seen in one box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperBox {
    /// The printed label.
    pub label: String,
    /// What was seen, in words.
    pub seen: String,
    /// Whether that is as it should be.
    pub good: bool,
}

/// Boxes that fit beside the picture; ticks past them are read all the same.
const BOXES_MAX: usize = 5;

/// Sentences on what is wrong that fit beside the picture; the first is the first to mend.
const WRONG_MAX: usize = 2;

/// Room that a sentence takes, in boxes.
const WRONG_ROOM: usize = 2;

/// Forms whose names stand beside each other.
const FORMS_PER_ROW: usize = 3;

pub(super) fn view(visit: &Visit) -> PaperView {
    let taking = visit.waiting() == Waiting::Photo;
    let papers = visit.papers();
    let bad = papers.bad.as_deref();
    let read = match bad {
        Some(_) => None,
        None => visit.shown_page(),
    };
    let shown = read.is_some() || bad.is_some();
    let forms = forms(visit, read);
    let pages = pages(visit, read);
    let findings = bad
        .map(|bad| bad.findings.as_slice())
        .or(read.map(|read| read.findings.as_slice()))
        .unwrap_or_default();
    let wrong: Vec<String> = findings.iter().take(WRONG_MAX).map(sentence).collect();
    let (verdict, verdict_good) = match (bad, read) {
        (Some(_), _) => ("这张照片不能用，请再拍一次。".to_owned(), false),
        (None, Some(read)) => said(read, papers.double, &still_needed(visit)),
        (None, None) => (String::new(), false),
    };
    let room = BOXES_MAX
        .saturating_sub(wrong.len() * WRONG_ROOM)
        .saturating_sub(usize::from(!pages.is_empty()))
        .saturating_sub(forms.len());
    let mut boxes = read.map(boxes).unwrap_or_default();
    boxes.truncate(room);
    let complete = visit.papers_are_complete();
    let buttons = Buttons::of(visit);
    PaperView {
        steps: if shown { Vec::new() } else { steps(visit) },
        forms,
        pages,
        preview: read.map(|page| page.preview.clone()),
        marked: bad
            .map(|bad| bad.marked.clone())
            .or(read.and_then(|read| read.marked.clone())),
        boxes,
        verdict,
        verdict_good,
        wrong,
        hint: match papers.tray {
            Some(TrayReport::Wants(want)) if !taking => words::tray(want).to_owned(),
            Some(_) | None => String::new(),
        },
        drop: if read.is_some() && !taking {
            "换掉这一页"
        } else {
            ""
        }
        .to_owned(),
        photo: match (taking, shown, complete) {
            (true, ..) => "",
            (false, false, _) => "拍照",
            (false, true, _) if !verdict_good => "重新拍照",
            (false, true, true) => "再拍一张",
            (false, true, false) => "拍下一页",
        }
        .to_owned(),
        busy: if taking {
            words::taking(papers.progress)
        } else {
            String::new()
        },
        stop: if taking && papers.progress.is_some() {
            "停下"
        } else {
            ""
        }
        .to_owned(),
        by_hand: buttons.by_hand,
        later: buttons.later,
        next: if bad.is_none() && !taking {
            buttons.next
        } else {
            String::new()
        },
    }
}

/// What the buttons at the bottom say; empty where there is none.
struct Buttons {
    by_hand: String,
    later: String,
    next: String,
}

impl Buttons {
    fn of(visit: &Visit) -> Self {
        if visit.page() == Page::Handover {
            Self::of_handover(visit)
        } else {
            Self::of_application(visit)
        }
    }

    fn of_handover(visit: &Visit) -> Self {
        let case_known = visit.answers().case.is_some() || visit.are_office_papers();
        let pages = visit.page_sets().map_or(0, PageSets::len);
        let can = visit.can_hand_over();
        let complete = visit.papers_are_complete();
        Self {
            by_hand: if case_known { "" } else { "输入编号" }.to_owned(),
            later: if can && !complete {
                format!("先交这{pages}页")
            } else {
                String::new()
            },
            next: if can && complete {
                format!("交这{pages}页")
            } else {
                String::new()
            },
        }
    }

    fn of_application(visit: &Visit) -> Self {
        let complete = visit.papers_are_complete();
        let pages = visit.page_sets().map_or(0, PageSets::len);
        let these = if pages == 1 { "这张" } else { "这些" };
        let later = match (pages, complete) {
            (0, _) => "没有签，以后再交".to_owned(),
            (_, true) => format!("不用{these}，以后再交"),
            (_, false) => match missing(visit.content(), &visit.missing_pages()).as_slice() {
                [one] => format!("{one}以后再交"),
                _ => "缺的以后再交".to_owned(),
            },
        };
        Self {
            by_hand: String::new(),
            later,
            next: if complete {
                format!("就用{these}，下一步")
            } else {
                String::new()
            },
        }
    }
}

fn steps(visit: &Visit) -> Vec<String> {
    let last = match visit.papers().tray {
        None | Some(TrayReport::Blind) => "放好后，按“拍照”。",
        Some(TrayReport::Wants(_) | TrayReport::Taking) => "放好后，手拿开，会自己拍照。",
    };
    let steps = if visit.page() == Page::Handover {
        let first = if visit.answers().case.is_some() {
            "把要交的材料一页一页平放在镜头下面，先后不限。"
        } else {
            "先放申请回执，按“拍照”；没有回执，按“输入编号”。报表和印有编号的材料，可以直接放。"
        };
        [first, "四个角都要露出来，不要用手挡住。", last]
    } else {
        [
            "把签好字、按好手印的申请书平放在镜头下面。授权书、承诺书等，也可以一起交。",
            "四个角都要露出来，不要用手挡住。",
            last,
        ]
    };
    steps.map(str::to_owned).to_vec()
}

fn forms(visit: &Visit, read: Option<&PaperPage>) -> Vec<Vec<PageChip>> {
    let sets = visit.page_sets().map_or(&[][..], PageSets::sets);
    if sets.len() < 2 {
        return Vec::new();
    }
    let chips: Vec<PageChip> = sets
        .iter()
        .enumerate()
        .map(|(place, set)| {
            let missing = set.missing().len();
            let title = short_title(visit.content(), set.form());
            PageChip {
                place,
                label: match missing {
                    0 => format!("{title}·齐"),
                    count => format!("{title}·缺{count}页"),
                },
                here: missing == 0,
                shown: read.is_some_and(|read| read.form == set.form()),
            }
        })
        .collect();
    chips.chunks(FORMS_PER_ROW).map(<[_]>::to_vec).collect()
}

fn pages(visit: &Visit, read: Option<&PaperPage>) -> Vec<PageChip> {
    let Some(set) = visit.shown_set().filter(|set| 1 < set.pages()) else {
        return Vec::new();
    };
    let chip = |page: u8| {
        let here = set.get(page).is_some();
        PageChip {
            place: usize::from(page) - 1,
            label: format!("第{page}页{}", if here { "有了" } else { "还缺" }),
            here,
            shown: is_shown(set, page, read),
        }
    };
    (1..=set.pages()).map(chip).collect()
}

fn is_shown<T>(set: &PageSet<T>, page: u8, read: Option<&PaperPage>) -> bool {
    read.is_some_and(|read| read.form == set.form() && read.page == page)
}

/// What a form is called where there is little room.
pub(super) fn short_title<'c>(content: &'c FlowContent, form: &str) -> &'c str {
    content
        .form(form)
        .map_or("材料", |form| form.short_title.as_str())
}

/// What is needed beside the page that is shown: a sentence, or nothing.
fn still_needed(visit: &Visit) -> String {
    let missing = missing(visit.content(), &visit.missing_pages());
    let pages = match missing.as_slice() {
        [] => String::new(),
        missing => format!("还缺{}，请放上去。", missing.join("、")),
    };
    let whose = visit.page() == Page::Handover && !visit.can_hand_over();
    if whose {
        format!("{pages}这些材料交到哪一份申请，还不知道：请放上申请回执，或按“输入编号”。")
    } else {
        pages
    }
}

/// What is wrong and what to do, with the fields that it touches: two by name, more as a number.
fn sentence(finding: &PhotoFinding) -> String {
    let (what, mend) = words::photo_fault(finding.fault);
    let fields = match finding.labels.as_slice() {
        [] => String::new(),
        [one] => format!("“{one}”看不清。"),
        [one, two] => format!("“{one}”和“{two}”看不清。"),
        [one, ..] => format!("“{one}”等{}处看不清。", finding.labels.len()),
    };
    format!("{what}{fields}{mend}")
}

/// The verdict on a page that was read, after what became of it if it was handed in twice, and what is needed beside it.
fn said(page: &PaperPage, double: Option<Double>, needed: &str) -> (String, bool) {
    let (words, good) = verdict(page);
    let first = match double {
        Some(Double::New) => "这一页拍了两次，用新的这张。",
        Some(Double::Old) => "这一页已经有了，原来那张一样清楚，用原来的。",
        None => "",
    };
    let then = if good { needed } else { "" };
    (format!("{first}{words}{then}"), good)
}

/// Signatures, fingerprints and seals first, then the ticks that were seen.
fn boxes(page: &PaperPage) -> Vec<PaperBox> {
    let of = |role| page.fields.iter().filter(move |field| field.role == role);
    let signed = of(FieldRole::Signature)
        .chain(of(FieldRole::Fingerprint))
        .chain(of(FieldRole::Seal))
        .map(|field| PaperBox {
            label: field.label.clone(),
            seen: match (field.state, field.required) {
                (Mark::Marked, _) => "有",
                (Mark::Unsure, _) => "看不清",
                (Mark::Clear, true) => "空着",
                (Mark::Clear, false) => "没有，可以不签",
            }
            .to_owned(),
            good: field.state == Mark::Marked || (field.state == Mark::Clear && !field.required),
        });
    let ticks = of(FieldRole::Tick)
        .filter(|field| field.state != Mark::Clear)
        .map(|field| {
            let sure = field.state == Mark::Marked;
            PaperBox {
                label: field.label.clone(),
                seen: if sure {
                    "已勾选"
                } else {
                    "看不清，由工作人员核对"
                }
                .to_owned(),
                good: sure,
            }
        });
    signed.chain(ticks).take(BOXES_MAX).collect()
}

fn verdict(page: &PaperPage) -> (String, bool) {
    let weakest = |role| page.weakest(role);
    let (words, good) = match (
        weakest(FieldRole::Signature),
        weakest(FieldRole::Fingerprint),
        weakest(FieldRole::Seal),
    ) {
        (Some(Mark::Clear), ..) => ("签名的地方空着。请签好字再拍，或者以后再交。", false),
        (Some(Mark::Unsure), ..) => ("签名看不清。请把纸放平、不要反光，再拍一次。", false),
        (_, Some(Mark::Clear), _) => ("没有看到手印。请按好手印再拍，或者以后再交。", false),
        (_, Some(Mark::Unsure), _) => ("手印看不清。请再按一次，再拍。", false),
        (.., Some(Mark::Clear)) => ("没有看到公章。请盖好章再拍，或者以后再交。", false),
        (.., Some(Mark::Unsure)) => ("公章看不清。请把纸放平、不要反光，再拍一次。", false),
        _ if !page.findings.is_empty() => ("能用，但有地方看不清。最好再拍一次。", false),
        _ => ("看清楚了，可以用。", true),
    };
    (words.to_owned(), good)
}
