//! A destitute person's support: what they can do for themselves is assessed anew, and the support ends only after its
//! notice, an objection that is decided on, and a second notice. Whoever holds the slip reads where that stands, and no
//! reason.

use relief::{Action, Details, Fen, Month, Role, SchemeId};

use crate::Done;
use crate::office::{COUNTY_OFFICER, CountyOffice, Received, TOWNSHIP_OFFICER};
use crate::window::Window;

const WORK: &str = "已经就业，有稳定收入。";

pub(crate) async fn tell(window: &Window) -> Done {
    let office = CountyOffice::open().await?;
    let received = paid(&office)?;
    self_care_is_assessed(window, &office, &received).await?;
    the_ending_is_posted_and_objected_to(window, &office, &received).await?;
    it_ends_after_the_second_notice(window, &office, &received).await
}

/// An application that was confirmed, and is paid.
fn paid(office: &CountyOffice) -> Done<Received> {
    let received = office.receive(SchemeId::TEKUN)?;
    let act = |role, action, details| office.act(received.case, role, action, details, "");
    let survey = Details::Survey {
        investigators: vec![TOWNSHIP_OFFICER.to_owned(), "赵经办".to_owned()],
        present: "张三丰".to_owned(),
    };
    act(Role::Township, Action::Accept, Details::None)?;
    act(Role::Township, Action::StartSurvey, Details::None)?;
    act(Role::Township, Action::FinishSurvey, survey)?;
    act(Role::Township, Action::RequestDataCheck, Details::None)?;
    let check = Details::Check { fits: true };
    act(Role::County, Action::ReturnDataCheck, check)?;
    act(Role::Township, Action::GiveFirstOpinion, Details::None)?;
    act(Role::Township, Action::PostNotice, Details::None)?;
    office.pass_days(8);
    act(Role::Township, Action::SendToCounty, Details::None)?;
    let award = Details::Award {
        monthly: Fen(90_000),
        from: Month::new(2027, 1).ok_or("no month")?,
    };
    act(Role::County, Action::Confirm, award)?;
    act(Role::County, Action::StartPayment, Details::None)?;
    Ok(received)
}

async fn open_case(
    window: &Window,
    office: &CountyOffice,
    received: &Received,
    officer: &str,
) -> Done {
    office.sign_in(window, officer).await?;
    window.follow(&received.number).await
}

async fn self_care_is_assessed(
    window: &Window,
    office: &CountyOffice,
    received: &Received,
) -> Done {
    open_case(window, office, received, TOWNSHIP_OFFICER).await?;
    let form = window.form("登记生活自理能力变化").await?;
    form.fill("谁来报告的，哪里变了", "村委会报告，摔伤以后起不了床。")
        .await?;
    form.send().await?;
    open_case(window, office, received, COUNTY_OFFICER).await?;
    let form = window.form("评估生活自理能力").await?;
    window.keep("ending-1-self-care").await?;
    for (item, answer) in [
        ("吃饭", "能自己做"),
        ("穿衣", "能自己做"),
        ("上下床", "不能"),
        ("上厕所", "不能"),
        ("室内行走", "能自己做"),
        ("洗澡", "不能"),
    ] {
        form.answer(item, answer).await?;
    }
    form.send().await?;
    window.see("部分丧失生活自理能力").await
}

async fn the_ending_is_posted_and_objected_to(
    window: &Window,
    office: &CountyOffice,
    received: &Received,
) -> Done {
    window
        .says(&["停止救助：现在不能办。终止救助要先公示。"])
        .await?;
    let form = window.form("公示终止救助").await?;
    form.fill("因为什么终止，公示上写的理由", WORK).await?;
    form.send().await?;
    window.open(&received.slip).await?;
    window.says(&["正在享受救助", "公示到", "救助照常"]).await?;
    window.says_not(&[WORK]).await?;
    window.keep("ending-2-posted").await?;
    open_case(window, office, received, TOWNSHIP_OFFICER).await?;
    let form = window.form("登记对终止救助的异议").await?;
    form.fill("异议是什么", "工作只做了三天。").await?;
    form.send().await?;
    open_case(window, office, received, COUNTY_OFFICER).await?;
    let form = window.form("对终止救助的异议作出决定").await?;
    form.answer("决定", "终止救助").await?;
    form.fill("核实的结果和理由", "用人单位证明合同为三年。")
        .await?;
    window.keep("ending-3-decision").await?;
    form.send().await?;
    window.says(&["终止救助，再公示一次"]).await
}

async fn it_ends_after_the_second_notice(
    window: &Window,
    office: &CountyOffice,
    received: &Received,
) -> Done {
    let form = window.form("公示终止救助").await?;
    form.fill("因为什么终止，公示上写的理由", WORK).await?;
    form.send().await?;
    window
        .says(&["停止救助：现在不能办。终止救助的公示还没满期。"])
        .await?;
    office.pass_days(8);
    open_case(window, office, received, COUNTY_OFFICER).await?;
    let form = window.form("停止救助").await?;
    form.fill("写明理由", WORK).await?;
    form.send().await?;
    window.see("已停止救助").await?;
    window.keep("ending-4-case").await?;
    window.open(&received.slip).await?;
    window.says(&["已停止救助"]).await?;
    window.says_not(&[WORK]).await?;
    window.keep("ending-5-status").await
}
