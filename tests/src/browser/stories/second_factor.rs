//! An administrator sets the second factor up by the code on the page, signs in with a password and a code, is refused the
//! same code again, and changes the password.

use county::accounts::Office;
use county::totp::{STEP_MS, TotpSecret};
use image::GrayImage;

use crate::Done;
use crate::office::{CountyOffice, PASSWORD};
use crate::window::Window;

const ADMINISTRATOR: &str = "管己";

pub(crate) async fn tell(window: &Window) -> Done {
    let office = CountyOffice::open().await?;
    let administrator = Office::Administrator;
    let salt = [7; 16];
    office
        .county
        .make_account(None, ADMINISTRATOR, &administrator, PASSWORD, &salt)?;
    let sign_in = office.url("");
    window
        .give_password(&sign_in, ADMINISTRATOR, PASSWORD)
        .await?;
    window.says(&["启用动态码", "请先启用，再办别的"]).await?;
    window.keep("second-factor-1-set-up").await?;
    // What a telephone's camera sees is the secret that the page also tells in letters.
    let picture = window.find("//*[name()='svg']").await?.screenshot().await?;
    let picture: GrayImage = image::load_from_memory(&picture)?.into_luma8();
    let address = paper::find_code(&picture).ok_or("no code on the page")?;
    let secret = window.set_second_factor(office.now()).await?;
    if address != *secret.address("长子县民政局", ADMINISTRATOR) {
        return Err(format!("the code says {address}").into());
    }
    window.see("新账号").await?;

    window
        .give_password(&sign_in, ADMINISTRATOR, PASSWORD)
        .await?;
    window.says(&["填动态码"]).await?;
    show(window, &office, &secret).await?;
    window.says(&["动态码不对，或者已经用过"]).await?;
    window.keep("second-factor-2-used").await?;
    office.pass(STEP_MS);
    show(window, &office, &secret).await?;
    window.see("新账号").await?;

    window.follow("改密码").await?;
    let form = window.form("改密码").await?;
    form.fill("原密码", PASSWORD).await?;
    form.fill("新密码", "another-password").await?;
    form.fill("再填一次新密码", "another-password").await?;
    form.send().await?;
    window.says(&["密码已经改好"]).await?;
    window.keep("second-factor-3-password").await
}

async fn show(window: &Window, office: &CountyOffice, secret: &TotpSecret) -> Done {
    let form = window.form("登录").await?;
    form.fill("手机上的6位动态码", &secret.code_at(office.now()))
        .await?;
    form.send().await
}
