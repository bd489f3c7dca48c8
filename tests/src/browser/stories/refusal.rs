//! The county refuses an application and tells why in writing: the notice comes as a PDF with the reason, the legal basis
//! and the ways to appeal, and its delivery is entered.

use relief::{Action, Details, Role, SchemeId};

use crate::office::{COUNTY_OFFICER, CountyOffice, TOWNSHIP_OFFICER};
use crate::window::Window;
use crate::{Done, printed};

const REASON: &str = "名下有两处商铺出租，家庭人均月收入高于低保标准。";

pub(crate) async fn tell(window: &Window) -> Done {
    let office = CountyOffice::open().await?;
    let received = office.receive(SchemeId::DIBAO)?;
    let survey = Details::Survey {
        investigators: vec![TOWNSHIP_OFFICER.to_owned(), "赵经办".to_owned()],
        present: "张三丰".to_owned(),
    };
    for (role, action, details) in [
        (Role::Township, Action::Accept, Details::None),
        (Role::Township, Action::StartSurvey, Details::None),
        (Role::Township, Action::FinishSurvey, survey),
        (Role::Township, Action::RequestDataCheck, Details::None),
        (
            Role::County,
            Action::ReturnDataCheck,
            Details::Check { fits: false },
        ),
        (Role::Township, Action::GiveFirstOpinion, Details::None),
        (Role::Township, Action::PostNotice, Details::None),
    ] {
        office.act(received.case, role, action, details, REASON)?;
    }
    office.pass_days(8);

    office.sign_in(window, TOWNSHIP_OFFICER).await?;
    window.follow(&received.number).await?;
    window.press("送县民政局").await?;
    office.sign_in(window, COUNTY_OFFICER).await?;
    window.follow(&received.number).await?;
    let form = window.form("不予确认").await?;
    form.fill("写明理由，申请人会看到", REASON).await?;
    form.send().await?;
    window.see("未获确认，书面告知正在送达").await?;
    window.keep("refusal-1-case").await?;

    let notice = window.download("不予确认告知书").await?;
    printed::draw(&notice, &window.pictures.join("refusal-2-notice"))?;
    let words = printed::words(&notice)?;
    for part in [
        "不予确认告知书",
        "张三丰",
        REASON,
        "民发〔2021〕57号第21条",
        "60日内申请行政复议",
        "6个月内提起行政诉讼",
    ] {
        if !words.contains(part) {
            return Err(format!("the notice lacks {part:?} and says {words}").into());
        }
    }

    office.sign_in(window, TOWNSHIP_OFFICER).await?;
    window.follow(&received.number).await?;
    window.press("书面告知已送达").await?;
    window.see("已经办结").await?;
    window.open(&received.slip).await?;
    window
        .says(&[
            "未获确认，已书面告知",
            "可以申请行政复议",
            "期限写在书面通知里",
        ])
        .await?;
    window.keep("refusal-3-status").await
}
