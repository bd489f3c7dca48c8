//! The appliance in the township hall: its screens, and the workers behind them.

pub mod display;
#[cfg(feature = "drive")]
pub mod drive;
pub mod flow;
pub mod font;
pub mod pinyin;
pub mod screen;
pub mod ui_thread;
pub mod views;
