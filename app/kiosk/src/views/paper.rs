//! The signed page under the camera.

use crate::flow::{FieldRole, Mark, PaperAnswer, PaperPage, Picture, Visit, Waiting};

/// The signed page.
#[derive(Debug, Clone, PartialEq)]
pub struct PaperView {
    /// What to do, in order; empty once a page was read.
    pub steps: Vec<String>,
    /// The page as read; `None` before.
    pub preview: Option<Picture>,
    /// What was seen in the boxes that matter.
    pub boxes: Vec<PaperBox>,
    /// What it comes to, in a sentence; may be empty.
    pub verdict: String,
    /// Whether the verdict is good.
    pub verdict_good: bool,
    /// The button that takes the picture; empty while it is being taken.
    pub photo: String,
    /// What the camera is doing; empty while it rests.
    pub busy: String,
    /// The button that leaves the page for later.
    pub later: String,
    /// The main button; empty until a page was read.
    pub next: String,
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

pub(super) fn view(visit: &Visit) -> PaperView {
    let taking = visit.waiting() == Waiting::Photo;
    let read = match &visit.answers().paper {
        Some(PaperAnswer::Page(page)) => Some(page.as_ref()),
        Some(PaperAnswer::Later) | None => None,
    };
    let (verdict, verdict_good) = read.map_or((String::new(), false), verdict);
    PaperView {
        steps: if read.is_some() {
            Vec::new()
        } else {
            [
                "把签好字、按好手印的申请书平放在镜头下面。",
                "四个角都要露出来，不要用手挡住。",
                "放好后，按“拍照”。",
            ]
            .map(str::to_owned)
            .to_vec()
        },
        preview: read.map(|page| page.preview.clone()),
        boxes: read.map(boxes).unwrap_or_default(),
        verdict,
        verdict_good,
        photo: match (taking, read) {
            (true, _) => "",
            (false, None) => "拍照",
            (false, Some(_)) => "重新拍照",
        }
        .to_owned(),
        busy: if taking {
            "正在拍照，请不要动纸……"
        } else {
            ""
        }
        .to_owned(),
        later: if read.is_some() {
            "不用这张，以后再交"
        } else {
            "没有签，以后再交"
        }
        .to_owned(),
        next: if read.is_some() && !taking {
            "就用这张，下一步"
        } else {
            ""
        }
        .to_owned(),
    }
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
        (Some(Mark::Marked) | None, Some(Mark::Marked) | None) => ("看清楚了，可以用。", true),
    };
    (words.to_owned(), good)
}
