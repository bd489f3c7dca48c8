//! The appliance in the township hall: its screens, and the workers behind them.

pub mod display;
pub mod flow;
pub mod font;
pub mod pinyin;
pub mod ui_thread;
