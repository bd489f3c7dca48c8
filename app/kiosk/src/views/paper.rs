//! The signed pages under the camera.

use super::words;
use crate::flow::{
    Double, FieldRole, Mark, MarkedPhoto, PaperPage, PhotoFinding, Picture, TrayReport, Visit,
    Waiting,
};

/// The signed pages.
#[derive(Debug, Clone, PartialEq)]
pub struct PaperView {
    /// What to do, in order; empty once a page was read.
    pub steps: Vec<String>,
    /// The pages of the form, for forms of more than one.
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
    /// The button that leaves the page for later.
    pub later: String,
    /// The main button; empty until all pages are here.
    pub next: String,
}

/// One page of the form, as a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageChip {
    /// Its number and whether it is here, in words.
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

pub(super) fn view(visit: &Visit) -> PaperView {
    let taking = visit.waiting() == Waiting::Photo;
    let papers = visit.papers();
    let set = visit.page_set();
    let bad = papers.bad.as_deref();
    let read = match bad {
        Some(_) => None,
        None => papers
            .shown
            .and_then(|page| set?.get(page))
            .map(AsRef::as_ref),
    };
    let missing = set.map(paper::PageSet::missing).unwrap_or_default();
    let pages = set.map_or_else(Vec::new, |set| {
        let chip = |page: u8| {
            let here = set.get(page).is_some();
            PageChip {
                label: format!("第{page}页{}", if here { "有了" } else { "还缺" }),
                here,
                shown: read.is_some_and(|read| read.page == page),
            }
        };
        if set.pages() > 1 {
            (1..=set.pages()).map(chip).collect()
        } else {
            Vec::new()
        }
    });
    let findings = bad
        .map(|bad| bad.findings.as_slice())
        .or(read.map(|read| read.findings.as_slice()))
        .unwrap_or_default();
    let wrong: Vec<String> = findings.iter().take(WRONG_MAX).map(sentence).collect();
    let (verdict, verdict_good) = match (bad, read) {
        (Some(_), _) => ("这张照片不能用，请再拍一次。".to_owned(), false),
        (None, Some(read)) => said(read, papers.double, &missing),
        (None, None) => (String::new(), false),
    };
    let room = BOXES_MAX
        .saturating_sub(wrong.len() * WRONG_ROOM)
        .saturating_sub(usize::from(!pages.is_empty()));
    let mut boxes = read.map(boxes).unwrap_or_default();
    boxes.truncate(room);
    let complete = set.is_some_and(paper::PageSet::is_complete);
    PaperView {
        steps: if read.is_some() || bad.is_some() {
            Vec::new()
        } else {
            [
                "把签好字、按好手印的申请书平放在镜头下面。",
                "四个角都要露出来，不要用手挡住。",
                match papers.tray {
                    None | Some(TrayReport::Blind) => "放好后，按“拍照”。",
                    Some(TrayReport::Wants(_) | TrayReport::Taking) => {
                        "放好后，手拿开，会自己拍照。"
                    }
                },
            ]
            .map(str::to_owned)
            .to_vec()
        },
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
        drop: if read.is_some() && set.is_some_and(|set| set.pages() > 1) && !taking {
            "换掉这一页"
        } else {
            ""
        }
        .to_owned(),
        photo: match (taking, read.is_some() || bad.is_some(), missing.is_empty()) {
            (true, ..) => "",
            (false, false, _) => "拍照",
            (false, true, false) if bad.is_none() => "拍下一页",
            (false, true, _) => "重新拍照",
        }
        .to_owned(),
        busy: if taking {
            "正在拍照，请不要动纸……"
        } else {
            ""
        }
        .to_owned(),
        later: match (set.is_some(), complete) {
            (false, _) => "没有签，以后再交".to_owned(),
            (true, true) => "不用这张，以后再交".to_owned(),
            (true, false) => format!("{}以后再交", numbers(&missing)),
        },
        next: if complete && bad.is_none() && !taking {
            "就用这张，下一步"
        } else {
            ""
        }
        .to_owned(),
    }
}

/// `第2、3页`.
pub(super) fn numbers(pages: &[u8]) -> String {
    let pages: Vec<String> = pages.iter().map(u8::to_string).collect();
    format!("第{}页", pages.join("、"))
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

/// The verdict on a page that was read, after what became of it if it was handed in twice.
fn said(page: &PaperPage, double: Option<Double>, missing: &[u8]) -> (String, bool) {
    let (words, good) = verdict(page);
    let first = match double {
        Some(Double::New) => "这一页拍了两次，用新的这张。",
        Some(Double::Old) => "这一页已经有了，原来那张一样清楚，用原来的。",
        None => "",
    };
    let then = match missing {
        [] => String::new(),
        missing if good => format!("还缺{}，请放上去。", numbers(missing)),
        _ => String::new(),
    };
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
    let (words, good) = match (
        page.weakest(FieldRole::Signature),
        page.weakest(FieldRole::Fingerprint),
    ) {
        (Some(Mark::Clear), _) => ("签名的地方空着。请签好字再拍，或者以后再交。", false),
        (Some(Mark::Unsure), _) => ("签名看不清。请把纸放平、不要反光，再拍一次。", false),
        (_, Some(Mark::Clear)) => ("没有看到手印。请按好手印再拍，或者以后再交。", false),
        (_, Some(Mark::Unsure)) => ("手印看不清。请再按一次，再拍。", false),
        (Some(Mark::Marked) | None, Some(Mark::Marked) | None) if !page.findings.is_empty() => {
            ("能用，但有地方看不清。最好再拍一次。", false)
        }
        (Some(Mark::Marked) | None, Some(Mark::Marked) | None) => ("看清楚了，可以用。", true),
    };
    (words.to_owned(), good)
}
