//! What the worker writes down of its routes: the bytes of the month, and how they stand.

use store::{Month, RouteCondition, RouteNote};

use super::Keeper;
use crate::uplink::budget::MonthNow;
use crate::uplink::chooser::Standing;

impl Keeper<'_> {
    /// Books what is due, or all if `all`, and counts anew when a month has begun.
    pub(super) fn book(&mut self, all: bool) {
        let now = self.clock.now();
        let Some(month_now) = self.conversation.outbox().month(now) else {
            return;
        };
        for place in 0..self.meters.len() {
            let meter = self.meters[place];
            let condition = self.condition(place);
            let is_news = 0 < meter.unbooked() || self.noted[place] != Some(condition);
            if meter.is_due(now.tick) || (all && is_news) {
                self.book_route(place, month_now, condition);
            }
        }
        if self.month != Some(month_now.month) {
            self.count_anew(month_now.month);
        }
    }

    fn condition(&self, place: usize) -> RouteCondition {
        match self.chooser.standing(place, self.clock.tick()) {
            Standing::Resting | Standing::Absent | Standing::Barred { .. } => {
                RouteCondition::Resting
            }
            Standing::Greeting => RouteCondition::Opening,
            Standing::Connected => RouteCondition::Connected,
            Standing::Failed { .. } => RouteCondition::Failed,
        }
    }

    fn book_route(&mut self, place: usize, month_now: MonthNow, condition: RouteCondition) {
        let now = self.clock.now();
        let is_held = self.chooser.held() == Some(place);
        let note = RouteNote {
            route: &self.settings[place].name,
            month: month_now.month,
            month_is_sure: month_now.is_sure,
            bytes: self.meters[place].unbooked(),
            condition,
            bytes_per_second: self.gauge.bytes_per_second().filter(|_| is_held),
        };
        let booked = self.conversation.outbox_mut().note_route(&note, now.moment);
        self.meters[place].booked(now.tick, booked.is_ok());
        if let Ok(used) = booked {
            self.noted[place] = Some(condition);
            self.chooser.set_used(place, used);
        }
    }

    fn count_anew(&mut self, month: Month) {
        for (place, settings) in (0..).zip(self.settings) {
            let Ok(booked) = self
                .conversation
                .outbox()
                .route_bytes(&settings.name, month)
            else {
                // Counted at the next look; until then a budget counts on.
                return;
            };
            let used = booked.saturating_add(self.meters[place].unbooked());
            self.chooser.set_used(place, used);
        }
        self.month = Some(month);
    }
}
