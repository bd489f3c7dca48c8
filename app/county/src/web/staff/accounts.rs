//! The administrator's page: who may sign in.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    super::{Fault, layout, on_disk},
    list, office_title,
    rights::Officer,
};
use crate::{
    County,
    accounts::{Account, AccountError, Office},
    password::{PasswordError, generated},
};

pub(super) const ACCOUNTS: &str = "/staff/accounts";

/// What is said above the list.
enum Said {
    Nothing,
    /// A password that is shown this once.
    Password {
        name: String,
        password: String,
    },
    Refused(&'static str),
}

pub(super) async fn show(
    State(county): State<County>,
    Officer(account): Officer,
) -> Result<Response, Fault> {
    page(county, account, Said::Nothing).await
}

#[derive(Deserialize)]
pub(super) struct NewAccount {
    name: String,
    office: String,
    #[serde(default)]
    township: String,
    #[serde(default)]
    village: String,
}

impl NewAccount {
    fn office(&self) -> Option<Office> {
        Some(match self.office.as_str() {
            "village" => Office::Village {
                township: self.township.clone(),
                village: self.village.trim().to_owned(),
            },
            "township" => Office::Township {
                township: self.township.clone(),
            },
            "county" => Office::County,
            "auditor" => Office::Auditor,
            "administrator" => Office::Administrator,
            _ => return None,
        })
    }
}

pub(super) async fn make(
    State(county): State<County>,
    Officer(account): Officer,
    Form(new): Form<NewAccount>,
) -> Result<Response, Fault> {
    let Some(office) = new.office() else {
        return page(county, account, Said::Refused("请选岗位。")).await;
    };
    with_new_password(
        county,
        account,
        new.name,
        move |county, by, name, password, salt| {
            county
                .make_account(Some(by), name, &office, password, salt)
                .map(drop)
        },
    )
    .await
}

#[derive(Deserialize)]
pub(super) struct Named {
    name: String,
}

pub(super) async fn reset(
    State(county): State<County>,
    Officer(account): Officer,
    Form(Named { name }): Form<Named>,
) -> Result<Response, Fault> {
    with_new_password(county, account, name, |county, by, name, password, salt| {
        county.reset_password(Some(by), name, password, salt)
    })
    .await
}

pub(super) async fn disable(
    State(county): State<County>,
    Officer(account): Officer,
    Form(Named { name }): Form<Named>,
) -> Result<Response, Fault> {
    if name == account.name {
        // Otherwise a county could lock itself out.
        return page(county, account, Said::Refused("不能停用自己的账号。")).await;
    }
    let (state, by) = (county.clone(), account.clone());
    let done = on_disk(move || told(state.disable_account(Some(&by), &name))).await?;
    match done {
        Ok(()) => Ok(Redirect::to(ACCOUNTS).into_response()),
        Err(why) => page(county, account, Said::Refused(why)).await,
    }
}

/// Gives an account a password that nobody has had, and shows it once.
async fn with_new_password(
    county: County,
    account: Account,
    name: String,
    give: impl FnOnce(&County, &Account, &str, &str, &[u8; 16]) -> Result<(), AccountError>
    + Send
    + 'static,
) -> Result<Response, Fault> {
    let (mut random, mut salt) = ([0; 20], [0; 16]);
    getrandom::fill(&mut random)?;
    getrandom::fill(&mut salt)?;
    let (state, by) = (county.clone(), account.clone());
    let name = name.trim().to_owned();
    let done = {
        let _turn = county.password_turns().acquire().await;
        on_disk(move || {
            let password = generated(&random);
            let given = told(give(&state, &by, &name, &password, &salt))?;
            let password = password.to_string();
            Ok::<_, Fault>(given.map(|()| Said::Password { name, password }))
        })
        .await?
    };
    page(county, account, done.unwrap_or_else(Said::Refused)).await
}

/// What an account's error is to the administrator; a fault of the server's goes on.
fn told(done: Result<(), AccountError>) -> Result<Result<(), &'static str>, Fault> {
    Ok(Err(match done {
        Ok(()) => return Ok(Ok(())),
        Err(AccountError::Ledger(error)) => return Err(error.into()),
        Err(AccountError::Password(PasswordError::Hash(error))) => return Err(error.into()),
        Err(AccountError::Password(PasswordError::Length)) => "密码太短或者太长。",
        Err(AccountError::Name) => "请写姓名，最多50个字。",
        Err(AccountError::Taken) => "已经有这个姓名的账号。",
        Err(AccountError::Unknown) => "没有这个姓名的账号。",
        Err(AccountError::Place) => "请选乡镇；村（居）的岗位还要写村（居）委会代码。",
    }))
}

async fn page(county: County, account: Account, said: Said) -> Result<Response, Fault> {
    let state = county.clone();
    let all = on_disk(move || state.accounts()).await?;
    let code = match said {
        Said::Refused(_) => StatusCode::CONFLICT,
        Said::Nothing | Said::Password { .. } => StatusCode::OK,
    };
    let body = html! {
        (list::bar(&county, &account))
        h1 { "账号" }
        @match &said {
            Said::Nothing => {},
            Said::Refused(why) => p.card.error role="alert" { (why) },
            Said::Password { name, password } => section.card {
                p { (name) "的密码：" strong.number { (password) } }
                p.small { "只显示这一次，请当面交给本人。" }
            },
        }
        (all_accounts(&county, &all))
        (new_account(&county))
    };
    Ok((code, layout::staff("账号", &body)).into_response())
}

fn all_accounts(county: &County, all: &[Account]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { th { "姓名" } th { "岗位" } th { "地方" } th { "状态" } th {} } }
            tbody { @for account in all { tr {
                td { (account.name) }
                td { (office_title(&account.office)) }
                td {
                    @if let Some(code) = account.office.township() {
                        (county.rulebook().codes.township(code).map_or(code, |township| township.name.as_str()))
                    }
                    @if let Some(village) = account.office.village() { " " (village) }
                }
                td { @if account.disabled { "已停用" } @else { "在用" } }
                td {
                    form method="post" action={ (ACCOUNTS) "/reset" } {
                        input type="hidden" name="name" value=(account.name);
                        button.plain { @if account.disabled { "恢复并换密码" } @else { "换密码" } }
                    }
                    @if !account.disabled {
                        form method="post" action={ (ACCOUNTS) "/disable" } {
                            input type="hidden" name="name" value=(account.name);
                            button.plain { "停用" }
                        }
                    }
                }
            } } }
        } }
    }
}

fn new_account(county: &County) -> Markup {
    html! {
        form.card method="post" action=(ACCOUNTS) {
            h2 { "新账号" }
            label { "姓名" input type="text" name="name" required maxlength="50" autocomplete="off"; }
            label { "岗位" select name="office" required {
                option value="" { "请选择" }
                option value="village" { "村（居）" }
                option value="township" { "乡镇" }
                option value="county" { "县民政局" }
                option value="auditor" { "审计" }
                option value="administrator" { "管理员" }
            } }
            label { "乡镇（乡镇和村的岗位）" select name="township" {
                option value="" { "—" }
                @for township in county.rulebook().codes.open_townships() {
                    option value=(township.code) { (township.name) }
                }
            } }
            label { "村（居）委会代码（村的岗位）" input type="text" name="village" maxlength="20" autocomplete="off"; }
            button { "建账号" }
        }
        p.small { "密码由系统生成。账号不能删除，只能停用。" }
    }
}
