//! The status page on a small telephone whose browser runs no script: nothing is wider than the screen, and everything
//! that the slip's holder needs is read without a touch.

use relief::{Action, Details, Role, SchemeId};

use crate::Done;
use crate::office::CountyOffice;
use crate::window::Window;

/// A page whose title says whether scripts run.
const SCRIPT_PROBE: &str = "data:text/html,<title>off</title><script>document.title='on'</script>";

pub(crate) async fn tell(window: &Window) -> Done {
    window.open(SCRIPT_PROBE).await?;
    let scripts = window.client.title().await?;
    if scripts != "off" {
        return Err(format!("scripts are {scripts}").into());
    }
    let office = CountyOffice::open().await?;
    let received = office.receive(SchemeId::DIBAO)?;
    window.open(&received.slip).await?;
    window
        .says(&[
            "县里已收到，尚未受理",
            "受理以后开始计算办理时限",
            &received.number,
        ])
        .await?;
    window.keep("phone-1-received").await?;
    office.act(
        received.case,
        Role::Township,
        Action::Accept,
        Details::None,
        "",
    )?;
    window.open(&received.slip).await?;
    window
        .says(&[
            "已受理",
            "还剩3个工作日",
            "依据：",
            "没有要您补交的材料",
            "工作人员会了解您家里的情况",
        ])
        .await?;
    window
        .says_not(&["张三丰", "张*", "140428188001010013", "腿摔断了"])
        .await?;
    window.fits().await?;
    window.keep("phone-2-accepted").await
}
