//! One person at the kiosk, from the first touch to the wipe.

use std::sync::Arc;

use super::{Effect, FlowContent, Input};

/// The state of a visit; pure, told everything, asking for what it needs.
#[derive(Debug)]
pub struct Visit {
    content: Arc<FlowContent>,
    last_touch_ms: u64,
}

impl Visit {
    /// A kiosk that stands at its first page.
    #[must_use]
    pub fn new(content: Arc<FlowContent>, now_ms: u64) -> Self {
        Self { content, last_touch_ms: now_ms }
    }

    /// Takes one input; what is to be done follows in order.
    pub fn handle(&mut self, input: Input, now_ms: u64) -> Vec<Effect> {
        if let Input::Touch(_) = input {
            self.last_touch_ms = now_ms;
        }
        let _ = &self.content;
        Vec::new()
    }

    /// When [`Input::Tick`] is next of use, in the milliseconds of `handle`.
    #[must_use]
    pub fn deadline_ms(&self) -> Option<u64> {
        Some(self.last_touch_ms + self.content.idle.warn_ms)
    }
}
