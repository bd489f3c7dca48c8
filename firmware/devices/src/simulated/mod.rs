//! Twins of the devices, for tests and for the simulator, with switches for what people and mishaps do to them. Those of
//! serial devices serve the real bytes on a pseudo-terminal whose path is opened like the device's own, the network
//! scanner serves HTTP, and the camera stands behind the kernel's requests.
//!
//! Their threads end when they are dropped; whoever still has the port open then sees it unplugged.

use crate::bell;

mod card_text;
mod escl;
mod escpos;
mod lane;
mod modem;
mod printer;
mod pty_end;
mod sdt_reader;
mod served_pty;
mod stand;
mod tray;
mod wire;

pub use card_text::{TextBlockError, text_block};
pub use escl::{EsclFault, EsclServer};
pub use lane::Traffic;
pub use modem::{CallFate, Conditions, Exchange, FarStream, Modem, ModemLog, ModemModel, Sim};
pub use printer::Printer;
pub use sdt_reader::SdtReader;
pub use stand::{Stand, StandFault};
pub use tray::Tray;
pub use wire::{End, LineSettings, Wire};
