//! The page on which the county's office takes a bank's pay list in.

use axum::{
    extract::{Multipart, State, multipart::MultipartError},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use relief::{Month, household::SupportClass, sheet::SheetError};

use super::{
    super::{
        super::{Fault, on_disk},
        Officer, rights,
    },
    REGISTERS, event_address, frame, state_page,
};
use crate::{
    County,
    accounts::{Account, Act},
    pay_lists::{PayListError, PayListScope},
    spreadsheet::SheetFileError,
};

/// Where pay lists are taken in.
pub(super) const PAY_LISTS: &str = "/staff/pay-lists";

/// The largest request with a pay list, bytes: ten times the list of a county with 9000 households.
pub(super) const UPLOAD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What was sent: the fields as typed, and the file.
#[derive(Default)]
struct Sent {
    class: String,
    from: String,
    to: String,
    paid_on: String,
    file_name: String,
    bytes: Vec<u8>,
}

impl Sent {
    async fn read(mut parts: Multipart) -> Result<Self, MultipartError> {
        let mut sent = Self::default();
        while let Some(part) = parts.next_field().await? {
            match part.name() {
                Some("class") => sent.class = part.text().await?,
                Some("from") => sent.from = part.text().await?,
                Some("to") => sent.to = part.text().await?,
                Some("paid-on") => sent.paid_on = part.text().await?,
                Some("file") => {
                    sent.file_name = part.file_name().unwrap_or_default().to_owned();
                    sent.bytes = part.bytes().await?.into();
                }
                _ => {}
            }
        }
        Ok(sent)
    }

    /// What the list is for, or the question whose answer is wrong.
    fn scope(&self, county: &County) -> Result<PayListScope, &'static str> {
        let class = self.class.parse().ok();
        let class = class.and_then(|place: usize| SupportClass::ALL.get(place));
        let from: Month = self.from.trim().parse().map_err(|_| "从哪个月")?;
        Ok(PayListScope {
            class: *class.ok_or("类别")?,
            from,
            to: match self.to.trim() {
                "" => from,
                month => month.parse().map_err(|_| "到哪个月")?,
            },
            paid_on: match self.paid_on.trim() {
                "" => county.today(),
                day => day.parse().map_err(|_| "发放日期")?,
            },
        })
    }
}

pub(super) async fn form(State(county): State<County>, Officer(officer): Officer) -> Markup {
    page(&county, &officer, &Sent::default(), None)
}

pub(super) async fn enter(
    State(county): State<County>,
    Officer(officer): Officer,
    parts: Multipart,
) -> Result<Response, Fault> {
    let Some(actor) = officer.actor() else {
        return Ok(rights::not_yours());
    };
    let sent = match Sent::read(parts).await {
        Ok(sent) => sent,
        Err(error) => {
            let words = match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => "文件太大，请按类别分成几个文件。",
                _ => "没有收全，请再传一次。",
            };
            let page = page(&county, &officer, &Sent::default(), Some(words));
            return Ok((error.status(), page).into_response());
        }
    };
    let refused = |sent: &Sent, words: &str| {
        let page = page(&county, &officer, sent, Some(words));
        (StatusCode::CONFLICT, page).into_response()
    };
    let scope = match sent.scope(&county) {
        Ok(scope) => scope,
        Err(label) => return Ok(refused(&sent, &format!("“{label}”不对。"))),
    };
    let (state, who) = (county.clone(), officer.clone());
    let (sent, entered) = on_disk(move || {
        let entered = state.enter_pay_list(actor, &sent.file_name, &sent.bytes, scope);
        let entered = match entered {
            Ok(entered) => {
                state.remember(&who, Act::Stated, &entered.event.to_string(), "")?;
                Ok(entered.event)
            }
            Err(error) => Err(words(error)?),
        };
        Ok::<_, Fault>((sent, entered))
    })
    .await?;
    Ok(match entered {
        Ok(event) => Redirect::to(&event_address(event, None)).into_response(),
        Err(words) => refused(&sent, &words),
    })
}

/// Why a list was not taken in; a fault of the server's goes on.
fn words(error: PayListError) -> Result<String, Fault> {
    Ok(match error {
        PayListError::Ledger(error) => return Err(error.into()),
        PayListError::State(error) => return state_page::refusal(error),
        PayListError::File(SheetFileError::TooLarge { .. } | SheetFileError::TooLong)
        | PayListError::Sheet(SheetError::TooLong { .. }) => {
            "文件的行太多，请按类别分成几个文件。".to_owned()
        }
        PayListError::File(SheetFileError::NotASheet) => {
            "这不是表格文件，请用 .xlsx 或者 .csv 文件。".to_owned()
        }
        PayListError::Sheet(SheetError::Heads { heads }) => {
            format!("找不到这些列的标题：{}。", heads.join("、"))
        }
        PayListError::Sheet(SheetError::Cell { row, head, fault }) => {
            format!(
                "第{row}行的“{head}”{}，一行也没有登记。请改好再传。",
                fault.words()
            )
        }
    })
}

fn page(county: &County, officer: &Account, sent: &Sent, wrong: Option<&str>) -> Markup {
    let body = html! {
        @if let Some(wrong) = wrong { p.card.error role="alert" { (wrong) } }
        form.card method="post" action=(PAY_LISTS) enctype="multipart/form-data" {
            label { "类别" select name="class" required {
                option value="" { "请选择" }
                @for (place, class) in SupportClass::ALL.iter().enumerate() {
                    option value=(place) selected[sent.class == place.to_string()] { (class.title()) }
                }
            } }
            label { "从哪个月（如2026-04）" input type="text" name="from" value=(sent.from) required maxlength="7"; }
            label { "到哪个月（只有一个月的不填）" input type="text" name="to" value=(sent.to) maxlength="7"; }
            label { "发放日期（文件里没有写日期的行；不填就是今天）" input type="text" name="paid-on" value=(sent.paid_on) maxlength="10"; }
            label { "银行的文件（.xlsx 或者 .csv）" input type="file" name="file" required accept=".xlsx,.csv"; }
            button { "导入" }
        }
        p.small {
            "文件里要有“姓名”和“金额”两列；有“身份证号”或者“保障编号”的按它对花名册。"
            "导入以后不能改，错了就撤回再导入；会记下您的姓名和时间。"
        }
    };
    let back = Some((REGISTERS, "全部台账"));
    frame(county, officer, "导入银行发放清单", back, &body)
}
