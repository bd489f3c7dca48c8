//! What the worker tells staff.

use link::BLOCK_LEN;
use store::OutboxObject;

use super::Keeper;
use crate::flow::RoutesReport;
use crate::uplink::report::{ITEMS_TOLD, Known, routes_report};

impl Keeper<'_> {
    pub(super) fn report(&mut self) {
        if let Ok(report) = self
            .conversation
            .outbox()
            .report(self.chooser.is_connected())
        {
            self.reporter.report(report);
        }
        if let Some(report) = self.routes_report() {
            self.reporter.report_routes(report);
        }
    }

    /// `None` if the file cannot be read now.
    fn routes_report(&self) -> Option<RoutesReport> {
        let now = self.clock.now();
        let outbox = self.conversation.outbox();
        let owed = outbox.owed_by_priority().ok()?;
        let first = outbox.first_owed(now.moment, ITEMS_TOLD).ok()?;
        let there = |object: &OutboxObject| {
            let acked = u64::from(self.conversation.acked_bytes(object.hash));
            let held = outbox.held(object).ok().flatten();
            let held = held.map_or(0, |map| u64::from(map.held()) * BLOCK_LEN as u64);
            acked.max(held).min(u64::from(object.len))
        };
        let first: Vec<_> = first
            .iter()
            .map(|object| (*object, there(object)))
            .collect();
        let known = Known {
            settings: self.settings,
            chooser: &self.chooser,
            faults: &self.faults,
            bytes_per_second: self.gauge.bytes_per_second(),
            owed: &owed,
            first: &first,
        };
        Some(routes_report(&known, now.tick))
    }
}
