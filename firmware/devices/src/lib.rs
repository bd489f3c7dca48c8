//! The kiosk's devices on the Linux side: one file per device, and for each a simulated twin.
//!
//! | Device | Trait | Driver | Twin |
//! |---|---|---|---|
//! | ID-card reader | [`id_reader::IdReader`] | [`id_reader::SdtReader`] | [`simulated::SdtReader`] |
//! | receipt printer | [`receipt_printer::ReceiptPrinter`] | [`receipt_printer::EscPosPrinter`] | [`simulated::Printer`] |
//! | document camera | [`page_source::PageSource`], [`camera::Viewfinder`] | [`video::VideoCamera`] | [`simulated::Stand`]; [`simulated::Tray`] for pictures without a driver |
//! | scanner with a driver of SANE | [`page_source::PageSource`] | [`sane::SaneScanner`] | SANE's driver `test` |
//! | scanner on the network | [`page_source::PageSource`] | [`escl::EsclScanner`] | [`simulated::EsclServer`] |
//! | folder of a scanner or a phone | [`page_source::PageSource`] | [`watched_folder::WatchedFolder`] | a folder |
//! | serial line | [`line::Line`] | [`serial::SerialPort`] | [`simulated::Wire`] |
//! | TCP connection | [`line::Line`] | [`tcp::TcpLine`] | – |
//! | modem | [`line::Opener`] | [`modem::ModemOpener`] | [`simulated::Modem`] |
//!
//! [`talk::talk`] holds a session's conversation over any line. The program `line` sends and receives files by it, and measures lines.
//!
//! [`camera::Camera`] is one page from whichever source.
//!
//! Twins that hang on a serial port speak the real bytes on a pseudo-terminal, so that the driver under
//! test is the driver in the field; only the path differs.
//!
//! Drivers are generic over `Read + Write` and treat a read that times out as silence. How long
//! they wait is counted in silent reads, so they hold no clock: see [`serial::READ_TIMEOUT`].
//!
//! This crate knows no screens, no cases and no SQL, and keeps nothing of a card or a photo after
//! handing it over.

pub mod bell;
pub mod bitmap;
pub mod camera;
pub mod dial_policy;
pub mod escl;
pub mod id_card;
pub mod id_reader;
pub mod line;
pub mod modem;
pub mod page_source;
mod patience;
mod port;
pub mod pty;
pub mod receipt_printer;
pub mod sane;
mod sdt_frame;
pub mod serial;
pub mod simulated;
pub mod talk;
pub mod tcp;
pub mod video;
pub mod watched_folder;
