//! What opens a modem's line.

use devices::line::{Line, OpenFault, Opener, Step};

use super::settings::ModemSettings;

/// What opens a line by calling with this modem.
pub(crate) fn opener(_settings: &ModemSettings) -> Box<dyn Opener> {
    Box::new(NoDriver)
}

/// Stands in until the driver is here.
struct NoDriver;

impl Opener for NoDriver {
    fn open(
        &mut self,
        _progress: &mut dyn FnMut(Step),
        _stop: &dyn Fn() -> bool,
    ) -> Result<Box<dyn Line>, OpenFault> {
        Err(OpenFault::Silent)
    }
}
