//! A village's month on the web: four changes on one form, more rows asked for on the way, the township says which is not
//! so, and the county sees a full identity number for a reason that the auditor can read.

use crate::Done;
use crate::office::{COUNTY_OFFICER, CountyOffice, TOWNSHIP_OFFICER, place};
use crate::window::{Form, Window};

const NUMBER: &str = "140428188001010013";

/// Who changed, how, and what happened.
const CHANGES: [(&str, &str, &str); 4] = [
    ("张三丰 140428188001010013", "大病", "住院两个月。"),
    ("李四", "就业", "到县城打工。"),
    ("王五", "大额消费", "买了汽车。"),
    ("赵六", "丧葬", "上月去世。"),
];

pub(crate) async fn tell(window: &Window) -> Done {
    let office = CountyOffice::open().await?;
    office.sign_in(window, TOWNSHIP_OFFICER).await?;
    window.open(&office.url("/staff/registers")).await?;
    window.follow("村（居）委会月报告").await?;
    let form = window.form("登记").await?;
    form.choose("乡镇", "鲍店镇").await?;
    form.fill("村（居）委会代码", &place().village).await?;
    form.fill("月份", "2026-11").await?;
    let (fourth, three) = CHANGES.split_last().ok_or("no changes")?;
    for (row, change) in (1..).zip(three) {
        fill(&form, row, change).await?;
    }
    // What was filled in is still there with the rows that were asked for.
    window.press("再加3条").await?;
    let form = window.form("登记").await?;
    fill(&form, 4, fourth).await?;
    window.keep("village-1-form").await?;
    form.send().await?;
    window
        .says(&["第1条", "大病：住院两个月。", "第4条", "丧葬：上月去世。"])
        .await?;
    window.says_not(&[NUMBER]).await?;

    window.follow("乡镇核查月报告").await?;
    let form = window.form("登记").await?;
    form.fill("不属实的是第几条", "2、3").await?;
    form.send().await?;
    window.says(&["第2条", "第3条"]).await?;
    window.open(&office.url("/staff/registers/changes")).await?;
    window
        .says(&["2026-11 第4条", "属实", "不属实", "待办理"])
        .await?;
    window.keep("village-2-changes").await?;

    office.sign_in(window, COUNTY_OFFICER).await?;
    window.open(&office.url("/staff/events/1")).await?;
    window.keep("village-3-event").await?;
    let form = window.form("看完整号码").await?;
    form.fill("为什么要看", "核对住院记录").await?;
    form.send().await?;
    window.says(&["张三丰", NUMBER, "这次查看已经记下"]).await?;
    window.keep("village-4-numbers").await
}

async fn fill(form: &Form<'_>, row: usize, (who, change, words): &(&str, &str, &str)) -> Done {
    let row = form.row(row).await?;
    row.fill("谁", who).await?;
    row.choose("变动", change).await?;
    row.fill("情况", words).await
}
