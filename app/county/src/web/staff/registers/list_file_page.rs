//! The pages on which the county's office takes other offices' lists in.

use std::collections::BTreeMap;

use axum::{
    extract::{Multipart, multipart::MultipartError},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use relief::{
    Actor, EventId, household::SupportClass, sheet::SheetError, special_group::SpecialGroup,
};

use super::{
    super::{
        super::{Fault, on_disk},
        rights,
    },
    REGISTERS, event_address, frame,
    inputs::{Field, Inputs, Kind, Wrong},
    state_page,
    statements::titles,
};
use crate::{
    County,
    accounts::{Account, Act},
    list_files::{EnteredPeopleList, ListFile, ListFileError, PayListScope, PeopleListScope},
    spreadsheet::SheetFileError,
};

/// The largest request with a list, bytes: ten times the pay list of a county with 9000 households.
pub(super) const UPLOAD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A kind of list, and where it is taken in.
pub(super) struct ListPage {
    pub(super) address: &'static str,
    pub(super) title: &'static str,
    fields: fn() -> Vec<Field>,
    note: &'static str,
    enter: fn(&County, Actor, &ListFile, &Inputs<'_>) -> Result<Entered, NotEntered>,
}

pub(super) static ALL: [ListPage; 2] = [
    ListPage {
        address: "/staff/pay-lists",
        title: "导入银行发放清单",
        fields: || {
            vec![
                Field::needed(
                    "class",
                    "类别",
                    titles(&SupportClass::ALL, SupportClass::title),
                ),
                Field::needed("from", "从哪个月", Kind::Month),
                Field::optional("to", "到哪个月，只有一个月的不填", Kind::Month),
                Field::optional(
                    "paid-on",
                    "发放日期，文件里没有写日期的行按它，不填就是今天",
                    Kind::Day,
                ),
            ]
        },
        note: "文件里要有“姓名”和“金额”两列；有“身份证号”或者“保障编号”的按它对花名册。",
        enter: |county, actor, file, inputs| {
            let from = inputs.month("from")?;
            let scope = PayListScope {
                class: inputs.one_of("class", &SupportClass::ALL)?,
                from,
                to: inputs.maybe_month("to")?.unwrap_or(from),
                paid_on: inputs.maybe_day("paid-on")?.unwrap_or(county.today()),
            };
            let entered = county.enter_pay_list(actor, file, scope)?;
            Ok(Entered::PayList(entered.event))
        },
    },
    ListPage {
        address: "/staff/people-lists",
        title: "导入死亡、服刑、重残、监测名单",
        fields: || {
            vec![
                Field::needed(
                    "group",
                    "名单上的人",
                    titles(&SpecialGroup::ALL, SpecialGroup::title),
                ),
                Field::optional(
                    "township",
                    "乡镇，名单上有不在花名册的人才要选",
                    Kind::Township,
                ),
            ]
        },
        note: "文件里要有“姓名”“身份证号”和日期三列，新增重残的还要有“残疾类别”和“残疾等级”；按身份证号对花名册。已经登记过的人不会再登记；不用办的人，什么也不留。",
        enter: |county, actor, file, inputs| {
            let scope = PeopleListScope {
                group: inputs.one_of("group", &SpecialGroup::ALL)?,
                township: Some(inputs.line("township"))
                    .filter(|code| !code.is_empty())
                    .map(str::to_owned),
            };
            let entered = county.enter_people_list(actor, file, &scope)?;
            Ok(Entered::People(entered))
        },
    },
];

/// What became of a list.
enum Entered {
    PayList(EventId),
    People(EnteredPeopleList),
}

impl Entered {
    fn events(&self) -> Vec<EventId> {
        match self {
            Self::PayList(event) => vec![*event],
            Self::People(list) => list.found.iter().map(|(_, event)| *event).collect(),
        }
    }
}

/// Why a list was not taken in.
enum NotEntered {
    Answer(Wrong),
    File(ListFileError),
}

impl From<Wrong> for NotEntered {
    fn from(wrong: Wrong) -> Self {
        Self::Answer(wrong)
    }
}

impl From<ListFileError> for NotEntered {
    fn from(error: ListFileError) -> Self {
        Self::File(error)
    }
}

/// What was sent: the answers as typed, and the file.
struct Sent {
    answers: BTreeMap<String, String>,
    file: ListFile,
}

impl Sent {
    async fn read(mut parts: Multipart) -> Result<Self, MultipartError> {
        let mut answers = BTreeMap::new();
        let mut file = ListFile {
            name: String::new(),
            bytes: Vec::new(),
        };
        while let Some(part) = parts.next_field().await? {
            match part.name().map(str::to_owned) {
                Some(name) if name == "file" => {
                    file.name = part.file_name().unwrap_or_default().to_owned();
                    file.bytes = part.bytes().await?.into();
                }
                Some(name) => {
                    answers.insert(name, part.text().await?);
                }
                None => {}
            }
        }
        Ok(Self { answers, file })
    }
}

impl ListPage {
    pub(super) fn form(&self, county: &County, officer: &Account) -> Markup {
        self.page(county, officer, &BTreeMap::new(), None)
    }

    pub(super) async fn enter(
        &'static self,
        county: County,
        officer: Account,
        parts: Multipart,
    ) -> Result<Response, Fault> {
        let Some(actor) = officer.actor() else {
            return Ok(rights::not_yours());
        };
        let sent = match Sent::read(parts).await {
            Ok(sent) => sent,
            Err(error) => {
                let words = match error.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => "文件太大，请分成几个文件。",
                    _ => "没有收全，请再传一次。",
                };
                let page = self.page(&county, &officer, &BTreeMap::new(), Some(words));
                return Ok((error.status(), page).into_response());
            }
        };
        let (state, who) = (county.clone(), officer.clone());
        let (sent, entered) = on_disk(move || {
            let inputs = Inputs::of(&sent.answers, &state);
            let entered = match (self.enter)(&state, actor, &sent.file, &inputs) {
                Ok(entered) => {
                    for event in entered.events() {
                        state.remember(&who, Act::Stated, &event.to_string(), "")?;
                    }
                    Ok(entered)
                }
                Err(error) => Err(self.words(error)?),
            };
            Ok::<_, Fault>((sent, entered))
        })
        .await?;
        Ok(match entered {
            Ok(Entered::PayList(event)) => {
                Redirect::to(&event_address(event, None)).into_response()
            }
            Ok(Entered::People(list)) => self.people(&county, &officer, &list).into_response(),
            Err(words) => {
                let page = self.page(&county, &officer, &sent.answers, Some(&words));
                (StatusCode::CONFLICT, page).into_response()
            }
        })
    }

    /// Why a list was not taken in; a fault of the server's goes on.
    fn words(&self, error: NotEntered) -> Result<String, Fault> {
        let error = match error {
            NotEntered::File(error) => error,
            NotEntered::Answer(wrong) => return Ok(wrong.words(&(self.fields)())),
        };
        Ok(match error {
            ListFileError::Ledger(error) => return Err(error.into()),
            ListFileError::State(error) => return state_page::refusal(error),
            ListFileError::File(SheetFileError::TooLarge { .. } | SheetFileError::TooLong)
            | ListFileError::Sheet(SheetError::TooLong { .. }) => {
                "文件的行太多，请分成几个文件。".to_owned()
            }
            ListFileError::File(SheetFileError::TooLargeUnpacked) => {
                "这个表格文件展开以后太大，没有读。请另存一份只有这张表的文件再交。".to_owned()
            }
            ListFileError::File(SheetFileError::NotASheet) => {
                "这不是表格文件，请用 .xlsx 或者 .csv 文件。".to_owned()
            }
            ListFileError::Sheet(SheetError::Heads { heads }) => {
                format!("找不到这些列的标题：{}。", heads.join("、"))
            }
            ListFileError::Sheet(SheetError::Cell { row, head, fault }) => {
                format!(
                    "第{row}行的“{head}”{}，一行也没有登记。请改好再传。",
                    fault.words()
                )
            }
            ListFileError::NoTownship { row } => {
                format!("第{row}行的人不在花名册上，一行也没有登记。请选乡镇再传。")
            }
        })
    }

    fn page(
        &self,
        county: &County,
        officer: &Account,
        answers: &BTreeMap<String, String>,
        wrong: Option<&str>,
    ) -> Markup {
        let inputs = Inputs::of(answers, county);
        let body = html! {
            @if let Some(wrong) = wrong { p.card.error role="alert" { (wrong) } }
            form.card method="post" action=(self.address) enctype="multipart/form-data" {
                @for field in (self.fields)() { (field.markup(&inputs)) }
                label { "文件（.xlsx 或者 .csv）" input type="file" name="file" required accept=".xlsx,.csv"; }
                button { "导入" }
            }
            p.small { (self.note) "导入以后不能改，错了就撤回再导入；会记下您的姓名和时间。" }
        };
        self.frame(county, officer, &body)
    }

    /// Who of a list of people was found.
    fn people(&self, county: &County, officer: &Account, list: &EnteredPeopleList) -> Markup {
        let body = html! {
            div.card {
                p { "名单上" (list.people) "人，其中" (list.found.len()) "人要办"
                    @if list.found.is_empty() { "，没有登记什么。" } @else { "，已经登记：" } }
                @if !list.found.is_empty() {
                    ul { @for (row, event) in &list.found {
                        li { "文件第" (row) "行：" a href=(event_address(*event, None)) { "第" (event) "号登记" } }
                    } }
                }
            }
            p { a href={ (REGISTERS) "/special-groups" } { "看特殊人员台账" } }
            p { a href=(self.address) { "再导入一份" } }
        };
        self.frame(county, officer, &body)
    }

    fn frame(&self, county: &County, officer: &Account, body: &Markup) -> Markup {
        frame(
            county,
            officer,
            self.title,
            Some((REGISTERS, "全部台账")),
            body,
        )
    }
}
