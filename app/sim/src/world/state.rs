//! How everything stands, for the page.

use std::sync::atomic::Ordering;

use county::Clock as _;
use devices::simulated::End;
use serde::Serialize;

use super::{LineSettings, World, lock};
use crate::county_run::CountyRun;

/// How everything stands, for the page.
#[derive(Debug, Serialize)]
pub struct WorldState {
    cards: Vec<CardState>,
    card_laid: Option<usize>,
    slips: usize,
    paper_out: bool,
    tray_full: bool,
    line: LineState,
    waiting_objects: usize,
    county_off: bool,
    county_cases: usize,
    county_day: String,
    disk_full: bool,
    staff_url: String,
    staff_password: String,
}

#[derive(Debug, Serialize)]
struct CardState {
    name: String,
    note: &'static str,
}

#[derive(Debug, Serialize)]
struct LineState {
    #[serde(flatten)]
    settings: LineSettings,
    up_bytes: u64,
    down_bytes: u64,
}

impl World {
    /// How everything stands.
    pub fn state(&self) -> WorldState {
        let county_cases = lock(&self.county).as_ref().map(CountyRun::cases);
        if let Some(cases) = county_cases {
            self.cases_seen.store(cases, Ordering::Relaxed);
        }
        let switches = lock(&self.switches);
        WorldState {
            cards: self
                .people
                .iter()
                .map(|one| CardState {
                    name: one.card.name.clone(),
                    note: one.note,
                })
                .collect(),
            card_laid: *lock(&self.card_laid),
            slips: self.slips(),
            paper_out: switches.paper_out,
            tray_full: switches.tray_full,
            line: LineState {
                settings: *lock(&self.line),
                up_bytes: self.wire.traffic_from(End::A).delivered,
                down_bytes: self.wire.traffic_from(End::B).delivered,
            },
            waiting_objects: self.waiting_objects(),
            county_off: county_cases.is_none(),
            county_cases: self.cases_seen.load(Ordering::Relaxed),
            county_day: self
                .county_setup
                .calendar
                .now()
                .china_day()
                .map_or_else(String::new, |day| day.format("%Y年%-m月%-d日").to_string()),
            disk_full: switches.disk_full,
            staff_url: format!("http://{}/staff", self.county_setup.address),
            staff_password: self.county_setup.keys.staff_password(),
        }
    }
}
