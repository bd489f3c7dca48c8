//! The whole system in one process, for people without the hardware.
//!
//! [`world`] joins a kiosk with simulated devices, a line, and a county; [`web`] serves it as one page on this machine,
//! with the kiosk's real screen; [`demo`] plays an application on it by itself. The stories in `tests/` are told in the
//! same world. The county of a simulation signs and serves as a real one does, and the people are invented.

mod calendar;
mod county_run;
pub mod demo;
pub mod keys;
pub mod people;
mod screen_feed;
pub mod web;
pub mod world;

pub use calendar::CalendarError;
pub use county_run::CountyError;
pub use screen_feed::ScreenFeed;
