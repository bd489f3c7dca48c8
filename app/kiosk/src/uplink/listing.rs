//! Routes and waiting objects as lines of text, from the kiosk's file alone: for a program beside a kiosk in use.

use link::{BLOCK_LEN, BlockMap};
use store::{OutboxObject, ReadError, RouteCondition, RouteStood, Store};

use super::budget::month_now;
use super::report::{ITEMS_TOLD, kind};
use super::settings::RouteSettings;
use crate::appliance::clock::{Now, for_people};
use crate::flow::ItemKind;

/// A line for each route of the settings: how it stood when that was last noted, and what its month has cost.
///
/// # Errors
///
/// [`ReadError`] if the file cannot be read.
pub fn route_lines(
    store: &Store,
    routes: &[RouteSettings],
    now: Now,
) -> Result<Vec<String>, ReadError> {
    let stood = store.routes_stood()?;
    let month = month_now(now, store.county_time()?).map(|now| now.month);
    let mut lines = Vec::new();
    for route in routes {
        let name = &route.name;
        let state = stood
            .iter()
            .find(|stood| stood.route == *name)
            .map_or_else(|| "not used yet".to_owned(), state_words);
        let used = match month {
            Some(month) => store.route_bytes(name, month)?,
            None => 0,
        };
        let used = match route.bytes_per_month {
            Some(budget) if budget <= used => {
                format!("{used} of {budget} bytes this month, only records go")
            }
            Some(budget) => format!("{used} of {budget} bytes this month"),
            None => format!("{used} bytes this month"),
        };
        lines.push(format!("route {name}: {state}; {used}"));
    }
    Ok(lines)
}

fn state_words(stood: &RouteStood) -> String {
    let condition = match stood.condition {
        RouteCondition::Resting => "not needed",
        RouteCondition::Opening => "being opened",
        RouteCondition::Connected => "connected",
        RouteCondition::Failed => "failed",
    };
    let at = for_people(stood.as_of);
    match stood.bytes_per_second {
        Some(rate) => format!("{condition} at {at}, {rate} bytes a second"),
        None => format!("{condition} at {at}"),
    }
}

/// Lines for what waits, the most urgent first: the first few objects one by one, the rest by kind, each with the time
/// until it is there if a route is connected and its rate is known.
///
/// # Errors
///
/// [`ReadError`] if the file cannot be read.
pub fn waiting_lines(store: &Store, now: Now) -> Result<Vec<String>, ReadError> {
    let stood = store.routes_stood()?;
    let connected = stood
        .iter()
        .find(|stood| stood.condition == RouteCondition::Connected);
    let rate = connected.and_then(|stood| stood.bytes_per_second);
    let first = store.first_unacknowledged(now.moment, ITEMS_TOLD)?;
    let mut ahead = 0;
    let mut eta = |left: u64| {
        ahead += left;
        rate.map_or_else(String::new, |rate| {
            let seconds = ahead.div_ceil(u64::from(rate.max(1)));
            format!(", there in about {seconds} s")
        })
    };
    let mut lines = Vec::new();
    for owed in store.unacknowledged_by_priority()? {
        let name = name(kind(owed.priority));
        let (mut count, mut bytes) = (owed.objects, owed.bytes);
        for object in first.iter().filter(|one| one.priority == owed.priority) {
            let len = u64::from(object.len);
            let there = bytes_there(store, object)?.min(len);
            count = count.saturating_sub(1);
            bytes = bytes.saturating_sub(len);
            let eta = eta(len - there);
            lines.push(format!(
                "waits: {name}, {len} bytes, {there} of them there{eta}"
            ));
        }
        if 0 < count {
            let eta = eta(bytes);
            lines.push(format!(
                "waits: {count} more of kind {name}, {bytes} bytes{eta}"
            ));
        }
    }
    Ok(lines)
}

fn bytes_there(store: &Store, object: &OutboxObject) -> Result<u64, ReadError> {
    let map = store.blocks_held(object.hash)?;
    let map = map.and_then(|map| BlockMap::from_bytes(object.len, &map));
    Ok(map.map_or(0, |map| u64::from(map.held()) * BLOCK_LEN as u64))
}

const fn name(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Control => "control",
        ItemKind::Record => "record",
        ItemKind::Ink => "ink",
        ItemKind::Picture => "picture",
    }
}
