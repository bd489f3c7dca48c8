//! The bank's file is taken in on a page, and the register of payments names who got their money late, who too little, who
//! none, and who got some without being on the roster.

use std::fs;

use relief::household::SupportClass;

use crate::Done;
use crate::office::{COUNTY_OFFICER, CountyOffice};
use crate::window::Window;

/// In full on the day before the last; three days late; too little. The fourth is on no roster, and one household of the
/// roster is on no line.
const BANK_FILE: &str = "\
长子县农村商业银行代发清单,,,
姓名,身份证号,实发金额（元）,入账日期
张三丰,140428188001010013,350.00,2026-11-09
李秀英,140428188002290029,420.00,2026-11-13
欧阳㛃䶮𬭎,14042818830303001X,300.00,2026-11-09
郭外人,,280.00,2026-11-09
";

pub(crate) async fn tell(window: &Window) -> Done {
    let office = CountyOffice::open().await?;
    let class = SupportClass::DibaoRural;
    for (name, number, yuan) in [
        ("张三丰", "140428188001010013", 350),
        ("李秀英", "140428188002290029", 420),
        ("欧阳㛃䶮𬭎", "14042818830303001X", 360),
        ("赵示例", "14042818800101003X", 400),
    ] {
        office.household(class, &[(name, number)], yuan)?;
    }
    let file = window.downloads.join("bank-2026-11.csv");
    fs::write(&file, BANK_FILE)?;

    office.sign_in(window, COUNTY_OFFICER).await?;
    window.follow("台账").await?;
    window.follow("导入银行发放清单").await?;
    let form = window.form("导入").await?;
    form.choose("类别", class.title()).await?;
    form.fill("从哪个月", "2026-11").await?;
    form.attach("文件（.xlsx", &file).await?;
    window.keep("payment-1-upload").await?;
    form.send().await?;
    window.see("共4行").await?;
    window.says(&["bank-2026-11.csv", "文件指纹"]).await?;
    window.keep("payment-2-list").await?;

    window.follow("全部台账").await?;
    window.follow("资金发放").await?;
    window
        .says(&[
            "按时足额（或者还没到期）的1户不列",
            "2026-11-10",
            "迟发3天",
            "少发60.00元",
            "未发400.00元",
            "不在花名册上",
        ])
        .await?;
    window.says_not(&["李秀英", "140428188002290029"]).await?;
    window.keep("payment-3-findings").await?;

    // What was paid leads to the line of the bank's file that says so.
    window.follow("420.00").await?;
    window.says(&["导入发放明细", "2026-11-13"]).await
}
