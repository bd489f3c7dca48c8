//! The appliance in the township hall: its screens, and the workers behind them.

pub mod appliance;
pub mod display;
#[cfg(feature = "drive")]
pub mod drive;
pub mod flow;
pub mod font;
pub mod machine;
pub mod pinyin;
pub mod screen;
pub mod slip;
pub mod ui_thread;
pub mod uplink;
pub mod views;
