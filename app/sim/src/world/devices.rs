//! What a hand does to the devices, the line and the county beside the screen.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::MutexGuard;
use std::time::Duration;

use devices::bitmap::Bitmap;
use devices::receipt_printer::Paper;
use devices::simulated::End;
use image::ExtendedColorType;
use paper::{FillIn, Form, PRINT_DPI};
use relief::Stage;
use serde::{Deserialize, Serialize};
use store::{Moment, UnixMs};

use super::{World, lock};
use crate::calendar::CalendarError;
use crate::county_run::{CountyError, CountyRun};
use crate::people::Person;
use crate::screen_feed::png;

/// Slips that the simulated tray keeps; older ones are thrown away.
const SLIPS_MAX: usize = 50;

/// How the line is, as the page sets it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LineSettings {
    /// 8N1.
    pub bits_per_second: u32,
    /// 0 to 0.01.
    pub bit_error_rate: f64,
    /// No carrier.
    pub cut: bool,
}

/// Why the line was not set so.
#[derive(Debug, thiserror::Error)]
pub enum LineRefused {
    /// Outside what serial lines run at.
    #[error("速率要在 300 到 921600 之间，现在是 {0}")]
    Rate(u32),
    /// Nothing gets through at more.
    #[error("误码率要在 0 到 0.01 之间，现在是 {0}")]
    Errors(f64),
}

/// The slips that came out, oldest first.
#[derive(Default)]
pub(super) struct Slips {
    kept: VecDeque<Bitmap>,
    thrown_away: usize,
}

impl World {
    /// Lays the n-th card on the reader, or takes it away; `false` if there is no such card.
    pub fn lay_card(&self, number: Option<usize>) -> bool {
        let mut laid = lock(&self.card_laid);
        self.reader.lift();
        *laid = None;
        let Some(number) = number else { return true };
        let fits = self
            .people
            .get(number)
            .is_some_and(|person| self.reader.lay(&person.card).is_ok());
        if fits {
            *laid = Some(number);
        }
        fits
    }

    /// The people with cards.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Takes the printer's roll out, or puts a new one in.
    pub fn set_paper_out(&self, out: bool) {
        self.printer
            .set_paper(if out { Paper::Out } else { Paper::Enough });
        lock(&self.switches).paper_out = out;
    }

    /// How many slips have come out so far.
    pub fn slips(&self) -> usize {
        let slips = self.take_slips();
        slips.thrown_away + slips.kept.len()
    }

    /// The n-th slip from 0; `None` if it has not come or was thrown away.
    pub fn slip(&self, number: usize) -> Option<Bitmap> {
        let slips = self.take_slips();
        let place = number.checked_sub(slips.thrown_away)?;
        slips.kept.get(place).cloned()
    }

    /// Takes out of the printer what has come.
    fn take_slips(&self) -> MutexGuard<'_, Slips> {
        let mut slips = lock(&self.slips);
        while let Some(slip) = self.printer.take_slip(Duration::ZERO) {
            if slips.kept.len() == SLIPS_MAX {
                slips.kept.pop_front();
                slips.thrown_away += 1;
            }
            slips.kept.push_back(slip);
        }
        slips
    }

    /// Lays a photo under the camera, or takes it away.
    pub fn lay_photo(&self, photo: Option<Vec<u8>>) {
        lock(&self.switches).tray_full = photo.is_some();
        match photo {
            Some(photo) => self.tray.lay(photo),
            None => self.tray.clear(),
        }
    }

    /// Sets the line.
    ///
    /// # Errors
    ///
    /// [`LineRefused`]; the line is as before.
    pub fn set_line(&self, settings: LineSettings) -> Result<(), LineRefused> {
        if !(300..=921_600).contains(&settings.bits_per_second) {
            return Err(LineRefused::Rate(settings.bits_per_second));
        }
        if !(0.0..=0.01).contains(&settings.bit_error_rate) {
            return Err(LineRefused::Errors(settings.bit_error_rate));
        }
        let mut line = lock(&self.line);
        self.wire.set_bits_per_second(settings.bits_per_second);
        self.wire.set_bit_error_rate(settings.bit_error_rate);
        match (line.cut, settings.cut) {
            (false, true) => self.wire.cut(),
            (true, false) => self.wire.restore(),
            (false, false) | (true, true) => {}
        }
        *line = settings;
        Ok(())
    }

    /// How the line is.
    pub fn line(&self) -> LineSettings {
        *lock(&self.line)
    }

    /// What has crossed the line upwards and downwards, in bytes.
    pub fn line_bytes(&self) -> (u64, u64) {
        (
            self.wire.traffic_from(End::A).delivered,
            self.wire.traffic_from(End::B).delivered,
        )
    }

    /// What was lost while the line was cut, in bytes both ways.
    pub fn lost_bytes(&self) -> u64 {
        self.wire.traffic_from(End::A).cut_off + self.wire.traffic_from(End::B).cut_off
    }

    /// Switches the county's server off, or on again.
    ///
    /// # Errors
    ///
    /// [`CountyError`] if it does not come back.
    pub fn set_county_off(&self, off: bool) -> Result<(), CountyError> {
        let mut county = lock(&self.county);
        match (&*county, off) {
            (Some(_), true) => *county = None,
            (None, false) => *county = Some(CountyRun::start(&self.county_setup)?),
            (Some(_), false) | (None, true) => {}
        }
        Ok(())
    }

    /// Turns the county's calendar over by some days, to see what comes of them; the kiosk's goes on as it is.
    ///
    /// # Errors
    ///
    /// [`CalendarError`]; it is the day that it was.
    pub fn turn_calendar(&self, days: u16) -> Result<(), CalendarError> {
        self.county_setup.calendar.turn_over(days)
    }

    /// Does something with the county's server while it is on.
    pub fn with_county<T>(&self, act: impl FnOnce(&county::County) -> T) -> Option<T> {
        lock(&self.county).as_ref().map(|run| act(run.county()))
    }

    /// Where the county serves its pages.
    pub fn county_address(&self) -> SocketAddr {
        self.county_setup.address
    }

    /// Lets the kiosk's file grow no more, as on a full disk, or lifts that.
    pub fn set_disk_full(&self, full: bool) {
        self.kiosk.bound_store(full);
        lock(&self.switches).disk_full = full;
    }

    /// Objects that the county has not acknowledged.
    pub fn waiting_objects(&self) -> usize {
        // Only the order depends on the moment.
        let any = Moment {
            boot: 0,
            tick_ms: 0,
            wall: UnixMs(0),
        };
        lock(&self.store)
            .all_unacknowledged(any)
            .map_or(0, |objects| objects.len())
    }

    /// Whether the county has told the kiosk that its newest case stands at `stage`.
    pub fn kiosk_knows(&self, stage: Stage) -> bool {
        let receipts = lock(&self.store).receipts().unwrap_or_default();
        let newest = receipts.first().and_then(|receipt| receipt.status.as_ref());
        newest.is_some_and(|status| status.stage == stage.code())
    }

    /// The forms that the kiosk's camera reads.
    pub fn forms(&self) -> &[Form] {
        &self.forms
    }

    /// The first of them blank, ready to print at 300 dots per inch.
    pub fn blank_form_png(&self) -> Vec<u8> {
        let form = self.forms.first();
        match form.and_then(|form| form.render(PRINT_DPI, &FillIn::default()).ok()) {
            Some(page) => png(
                page.width(),
                page.height(),
                page.as_raw(),
                ExtendedColorType::L8,
            ),
            None => Vec::new(),
        }
    }
}

/// A slip as a grey picture.
pub fn slip_picture(slip: &Bitmap) -> Vec<u8> {
    let (width, height) = (slip.width_dots() as u32, slip.height_dots() as u32);
    png(width, height, &slip.to_grey(), ExtendedColorType::L8)
}
