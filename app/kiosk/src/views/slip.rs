//! The slip on the screen, and how a case stands.

use crate::flow::{GivenFor, PrinterReport, QrModules, Visit};

/// The slip of a stored submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlipView {
    /// As printed.
    pub slip_number: String,
    /// When, for people.
    pub submitted: String,
    /// The square code.
    pub qr: QrModules,
    /// What happens next, in order.
    pub next_steps: Vec<String>,
    /// What the printer is doing, and what to do about it.
    pub printer: String,
    /// Whether that is as it should be.
    pub printer_good: bool,
    /// Whether the slip can be asked for once more.
    pub can_print: bool,
}

/// How a case stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusView {
    /// As printed.
    pub slip_number: String,
    /// The scheme's title.
    pub scheme: String,
    /// The stage in plain words.
    pub stage: String,
    /// The running clock; may be empty.
    pub clock: String,
    /// How fresh this is.
    pub as_of: String,
}

pub(super) fn slip(visit: &Visit) -> SlipView {
    let shown = visit.slip();
    let printer = shown.map_or(PrinterReport::Failed, |slip| slip.printer);
    let (words, printer_good) = match printer {
        PrinterReport::Printing => ("正在打印回执……", true),
        PrinterReport::Printed => ("回执打好了，请从下面的出纸口拿走。", true),
        PrinterReport::NoPaper => (
            "打印机没有纸了。请用手机拍下这个方块码，或抄下编号；也可以叫工作人员加纸。",
            false,
        ),
        PrinterReport::CoverOpen => (
            "打印机盖子没有合上。请叫工作人员，或用手机拍下这个方块码。",
            false,
        ),
        PrinterReport::Failed => (
            "打印机没有反应。请用手机拍下这个方块码，或抄下编号。",
            false,
        ),
    };
    SlipView {
        slip_number: shown.map_or_else(String::new, |slip| slip.info.slip_number.clone()),
        submitted: shown.map_or_else(String::new, |slip| slip.info.submitted.clone()),
        qr: shown.map_or(
            QrModules {
                side: 0,
                dark: Vec::new(),
            },
            |slip| slip.info.qr.clone(),
        ),
        next_steps: next_steps(shown.map(|slip| &slip.info.given_for)),
        printer: words.to_owned(),
        printer_good,
        can_print: printer != PrinterReport::Printing,
    }
}

/// Whether the slip is for papers without an application.
pub(super) fn is_handover(visit: &Visit) -> bool {
    visit
        .slip()
        .is_some_and(|slip| matches!(slip.info.given_for, GivenFor::Handover { .. }))
}

fn next_steps(given_for: Option<&GivenFor>) -> Vec<String> {
    let GivenFor::Handover { case } = given_for.unwrap_or(&GivenFor::Application) else {
        return [
            "申请已经存好，会自动送到县民政局和乡镇。",
            "乡镇工作人员看过材料，才算“受理”；材料不全，会一次告诉您缺什么。",
            "用手机扫方块码，或再到这里查进度。",
        ]
        .map(str::to_owned)
        .to_vec();
    };
    vec![
        match case {
            Some(case) => format!("材料已经存好，会自动送到县民政局，放进申请 {case}。"),
            None => "材料已经存好，会自动送到县民政局。".to_owned(),
        },
        "用手机扫方块码，可以看到材料有没有送到。".to_owned(),
        "纸质原件请留好，或按规定存档。".to_owned(),
    ]
}

pub(super) fn status(visit: &Visit) -> StatusView {
    let status = visit.status();
    StatusView {
        slip_number: status.map_or_else(String::new, |status| status.slip_number.clone()),
        scheme: status.map_or_else(String::new, |status| status.scheme.clone()),
        stage: status.map_or_else(String::new, |status| status.stage.clone()),
        clock: status
            .and_then(|status| status.clock.clone())
            .unwrap_or_default(),
        as_of: match status.and_then(|status| status.as_of.as_deref()) {
            Some(as_of) => format!("以上是{as_of}县民政局的消息。"),
            None => "县民政局还没有回复。您的申请已在这台机器上存好。".to_owned(),
        },
    }
}
