//! How well photos are read, counted.

use std::ops::AddAssign;

use paper::{
    FieldKind, FieldState, Form, IdentifiedPage, PageProblem, PageReading, RawPage, Thresholds,
};

use crate::photo::Photo;
use crate::sheet::Order;

/// Fields of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Those that can be seen.
    pub seen: u64,
    /// Those that were decided as they truly are.
    pub right: u64,
    /// Those of photos that were read which were left to a person.
    pub unsure: u64,
    /// Those of photos that were read.
    pub read: u64,
    /// Those that were decided otherwise than they are, hidden ones among them: silent errors.
    pub wrong: u64,
}

/// Photos and what was made of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub photos: u64,
    /// Those in which the page was found, with its corners within 2 % of its diagonal.
    pub found: u64,
    /// Those whose code was read: form, page and case are the right ones.
    pub codes: u64,
    /// Those that were taken for another page.
    pub mistaken: u64,
    /// Those whose every box and signature that can be seen was decided, and rightly.
    pub pages_right: u64,
    /// Tick boxes.
    pub boxes: Count,
    /// Those of them with a light tick.
    pub light_ticks: Count,
    /// Signatures.
    pub signatures: Count,
    /// Fingerprints and seals.
    pub prints: Count,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.seen += other.seen;
        self.right += other.right;
        self.unsure += other.unsure;
        self.read += other.read;
        self.wrong += other.wrong;
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.photos += other.photos;
        self.found += other.found;
        self.codes += other.codes;
        self.mistaken += other.mistaken;
        self.pages_right += other.pages_right;
        self.boxes += other.boxes;
        self.light_ticks += other.light_ticks;
        self.signatures += other.signatures;
        self.prints += other.prints;
    }
}

impl Tally {
    /// Reads `photo` of `order` among `forms` and counts.
    #[must_use]
    pub fn of(photo: &Photo, order: Order<'_>, forms: &[Form]) -> Self {
        let mut tally = Self {
            photos: 1,
            ..Self::default()
        };
        let picture = photo.to_read();
        let located = RawPage::from(&picture).locate();
        let placed = located.as_ref().is_ok_and(|page| page.corners().is_some());
        let identified = located.and_then(|page| page.identify(forms));
        // A page that leaves the photo is placed by its print, and that after its code was read.
        tally.found = u64::from(placed || identified.is_ok());
        tally.codes = u64::from(identified.is_ok());
        let reading = identified
            .and_then(IdentifiedPage::register)
            .map(|page| page.read(&Thresholds::default()));
        if let Ok(reading) = &reading {
            tally.check_page(reading, photo, order);
        }
        tally.count_fields(photo, reading);
        tally
    }

    fn check_page(&mut self, reading: &PageReading, photo: &Photo, order: Order<'_>) {
        let diagonal = photo.corners[0].distance(photo.corners[2]);
        let mut pairs = reading.corners.iter().zip(&photo.corners);
        if pairs.any(|(read, truth)| 0.02 * diagonal < read.distance(*truth)) {
            self.found = 0;
        }
        let said = (
            reading.form_key.as_str(),
            reading.page,
            reading.case_ref.as_deref(),
        );
        if said != (order.form.key(), order.page, order.case_ref) {
            (self.codes, self.mistaken) = (0, 1);
        }
    }

    fn count_fields(&mut self, photo: &Photo, reading: Result<PageReading, PageProblem>) {
        let reading = if self.mistaken == 0 {
            reading.ok()
        } else {
            None
        };
        let mut all_right = true;
        for (i, field) in photo.fields.iter().enumerate() {
            let state = reading.as_ref().map(|reading| reading.fields[i].state);
            let decided = match state {
                Some(FieldState::Marked) => Some(true),
                Some(FieldState::Clear) => Some(false),
                Some(FieldState::Unsure) | None => None,
            };
            let seen = !field.hidden;
            let right = decided == Some(field.is_filled());
            let count = Count {
                seen: u64::from(seen),
                right: u64::from(seen && right),
                unsure: u64::from(seen && state == Some(FieldState::Unsure)),
                read: u64::from(seen && state.is_some()),
                wrong: u64::from(decided.is_some() && !right),
            };
            match field.held.kind {
                FieldKind::Tick => {
                    self.boxes += count;
                    if field.is_light_tick() {
                        self.light_ticks += count;
                    }
                }
                FieldKind::Signature => self.signatures += count,
                FieldKind::Fingerprint | FieldKind::Seal => {
                    self.prints += count;
                    continue;
                }
                FieldKind::Text | FieldKind::Digits { .. } => continue,
            }
            all_right &= right || !seen;
        }
        self.pages_right = u64::from(all_right && reading.is_some());
    }
}
