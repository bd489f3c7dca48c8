//! The first page.

use crate::flow::Visit;

/// The first page: three ways in, and the way that needs no machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeView {
    /// How the outbox stands, in a few words.
    pub badge: String,
    /// Whether the county answers and nothing waits.
    pub badge_calm: bool,
    /// The hotline, in words; empty if the county gave none.
    pub hotline: String,
}

pub(super) fn view(visit: &Visit) -> HomeView {
    let line = visit.line();
    let badge = match (line.waiting, line.connected) {
        _ if line.disk_full => "存储快满了，暂停接收新申请".to_owned(),
        _ if 0 < line.refused => format!("有 {} 份没能送进县里，请告诉工作人员", line.refused),
        (0, true) => "线路正常，全部送达".to_owned(),
        (0, false) => "线路暂时不通，可以照常申请".to_owned(),
        (waiting, true) => format!("正在发送 {waiting} 件"),
        (waiting, false) => format!("待发送 {waiting} 件，已存好"),
    };
    HomeView {
        badge,
        badge_calm: line.waiting == 0 && line.connected && !line.disk_full,
        hotline: match &visit.content().hotline {
            Some(number) => format!("救助热线 {number}"),
            None => String::new(),
        },
    }
}
