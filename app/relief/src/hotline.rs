//! The log of the relief hotline (社会救助服务热线). Source: 长子民发〔2024〕26号 五（六）.

mod facts;

use std::collections::BTreeMap;

use crate::county_event::{CountyEvent, EventId, Fact, Log};

pub use facts::{CallSettled, CallTaken};

/// A call.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// The event that entered it.
    pub event: &'a CountyEvent,
    /// What was asked or told.
    pub taken: &'a CallTaken,
    /// The answer that came later.
    pub settled: Option<&'a CountyEvent>,
}

impl Call<'_> {
    /// Whether the caller still waits for an answer.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !self.taken.answered && self.settled.is_none()
    }
}

/// Every call, in order.
#[must_use]
pub fn calls<'a>(log: &Log<'a>) -> Vec<Call<'a>> {
    let mut calls: BTreeMap<EventId, Call<'a>> = BTreeMap::new();
    for event in log.iter() {
        match &event.fact {
            Fact::CallTaken(taken) => {
                let call = Call {
                    event,
                    taken,
                    settled: None,
                };
                calls.insert(event.id, call);
            }
            Fact::CallSettled(settled) => {
                if let Some(call) = calls.get_mut(&settled.call) {
                    call.settled = Some(event);
                }
            }
            _ => {}
        }
    }
    calls.into_values().collect()
}
