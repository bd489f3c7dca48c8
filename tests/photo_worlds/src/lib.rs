//! Photos of every form, simulated with all that goes wrong, and how well they are read.
//!
//! A page is printed, filled by a person, laid on a table and photographed. Every photo comes from a seed and is the same each
//! time, and what truly stands on it is known.
//!
//! | From | To | File |
//! |---|---|---|
//! | severity or effect | how bad everything is | `world` |
//! | a form's page | a sheet with print and ink, flat | `sheet`, `ink`, `hand` |
//! | the sheet | where each point of it is seen | `surface`, `camera` |
//! | that | a picture with light, thumb and table | `light`, `photo` |
//! | the picture | what a camera's file holds | `sensor` |
//! | photo and form | what was read rightly, wrongly and not at all | `tally`, `performance` |
//! | empty pages and strangers | what must hold for every photo | `strangers`, `promises` |
//! | every page | files with their truth | `album` |
//! | hostile pictures | time, memory, instructions | `cost` |

pub mod album;
mod camera;
pub mod cost;
mod hand;
mod ink;
mod light;
pub mod performance;
mod photo;
pub mod promises;
mod random;
mod sensor;
mod sheet;
pub mod strangers;
mod surface;
pub mod tally;
mod world;

pub use hand::Put;
pub use photo::{Photo, Seen, take, take_print};
pub use random::Random;
pub use sheet::{Held, Order, print};
pub use world::{Effect, World};
