//! The appliance in the township hall: its screens, and the workers behind them.
//!
//! | part | where |
//! |---|---|
//! | a visit, as a pure state machine | [`flow`] |
//! | what a screen shows of it | [`views`], `ui/*.slint`; joined in [`screen`] |
//! | pictures and fingers | [`display`], [`ui_thread`] |
//! | files, devices and keys | [`appliance`] |
//! | the way to the county | [`uplink`] |
//! | the same by a person with a stick | [`courier`] |
//! | the printed slip | [`slip`] |
//! | all of it, started as one | [`machine`] |

pub mod appliance;
pub mod county_rules;
pub mod courier;
pub mod display;
#[cfg(feature = "drive")]
pub mod drive;
pub mod flow;
pub mod font;
pub mod health;
pub mod machine;
pub mod paper_source;
pub mod pinyin;
pub mod screen;
pub mod slip;
pub mod ui_thread;
pub mod uplink;
pub mod views;
