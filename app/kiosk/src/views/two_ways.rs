//! Pages where a device does the work, and the keys can do it too.

use crate::flow::{Visit, Waiting};

/// A device's way on the left, the keys' way on the right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwoWaysView {
    /// Heading of the device's way.
    pub device_title: String,
    /// What to do with the device.
    pub device_body: String,
    /// The button that starts the device; empty where laying the thing down is enough.
    pub device_button: String,
    /// What the device is doing; empty while it rests.
    pub device_busy: String,
    /// Heading of the keys' way.
    pub keys_title: String,
    /// What the keys are for.
    pub keys_body: String,
    /// The button that brings the keys.
    pub keys_button: String,
}

pub(super) fn identify(visit: &Visit) -> TwoWaysView {
    let answered = visit.answers().name.is_some();
    TwoWaysView {
        device_title: "放身份证".to_owned(),
        device_body: "把身份证平放在读卡处，听到“嘀”声或画面变化后再拿走。".to_owned(),
        device_button: String::new(),
        device_busy: "正在等身份证……".to_owned(),
        keys_title: "没带身份证".to_owned(),
        keys_body: "用屏幕上的按键，一项一项填。".to_owned(),
        keys_button: if answered {
            "接着填写"
        } else {
            "手工输入"
        }
        .to_owned(),
    }
}

pub(super) fn status(visit: &Visit) -> TwoWaysView {
    let busy = visit.waiting() == Waiting::Status;
    TwoWaysView {
        device_title: "放回执".to_owned(),
        device_body: "把回执放在镜头下面，有方块码的一面朝上，再按下面的按钮。".to_owned(),
        device_button: if busy { "" } else { "放好了，请读取" }.to_owned(),
        device_busy: if busy { "正在读取回执……" } else { "" }.to_owned(),
        keys_title: "输入编号".to_owned(),
        keys_body: "编号印在回执上，一共16位数字。".to_owned(),
        keys_button: "输入回执编号".to_owned(),
    }
}
