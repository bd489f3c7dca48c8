//! The drivers against their twins, over real pseudo-terminals.

mod id_reader;
mod modem;
mod receipt_printer;
mod serial;
mod wire;

use std::path::Path;

use devices::serial::{READ_TIMEOUT, SerialPort};

/// Opens a twin's port as the kiosk opens a device's.
fn open(path: &Path) -> SerialPort {
    SerialPort::open(path, 115_200, READ_TIMEOUT).expect("the twin's port")
}
