//! What must hold of a world, each judged apart from how the world came about.

use std::collections::{BTreeMap, BTreeSet};

use county::{CaseLine, County};
use envelope::ObjectHash;
use relief::SlipNumber;
use store::Store;

use super::county::CountyEnd;
use super::kiosk::{KioskEnd, Shown};

/// Cases that a check reads; a world has some dozens.
const CASES_MAX: u32 = 10_000;

/// Everything that may be said at any moment at which kiosk and county are on.
pub(crate) fn at_any_time(kiosk: &KioskEnd, county: &CountyEnd, true_us: i64) -> Vec<String> {
    let mut found = Vec::new();
    // A disk whose planned error falls into this look is looked at the next time.
    let Some(cases) = county.running().and_then(cases) else {
        return found;
    };
    found.extend(no_case_twice(&cases));
    if kiosk.is_running() {
        found.extend(every_slip_is_somewhere(kiosk, &cases, true_us));
        found.extend(nothing_deleted_unproven(kiosk));
        found.extend(the_log_is_whole(kiosk));
    }
    found
}

/// What must hold besides once every fault is over and every route had its time.
pub(crate) fn at_the_end(kiosk: &KioskEnd, county: &CountyEnd, true_us: i64) -> Vec<String> {
    let mut found = at_any_time(kiosk, county, true_us);
    let Some(server) = county.running() else {
        return vec!["the county does not start though its disk is sound".to_owned()];
    };
    if !kiosk.is_running() {
        return vec![format!(
            "kiosk {} does not start though its disk is sound",
            kiosk.id()
        )];
    }
    found.extend(every_slip_is_a_whole_case(kiosk, server));
    found.extend(clocks_change_nothing(kiosk, server));
    found.extend(only_poison_is_owed(kiosk, true_us));
    found.extend(every_poison_is_shown(kiosk, true_us));
    found.extend(no_plain_text(kiosk, county));
    found
}

fn cases(county: &County) -> Option<Vec<CaseLine>> {
    county.cases(None, CASES_MAX).ok()
}

fn no_case_twice(cases: &[CaseLine]) -> Option<String> {
    let mut slips = BTreeMap::new();
    for case in cases {
        *slips.entry(case.slip_number.as_str()).or_insert(0) += 1;
    }
    let twice: Vec<_> = slips.iter().filter(|(_, count)| 1 < **count).collect();
    (!twice.is_empty()).then(|| format!("slips with more than one case: {twice:?}"))
}

/// Every slip ever shown is a case of the county, or its objects are still here to be sent.
fn every_slip_is_somewhere(kiosk: &KioskEnd, cases: &[CaseLine], true_us: i64) -> Vec<String> {
    let owed = |store: &Store| store.all_unacknowledged(kiosk.moment(true_us)).ok();
    let Some((store, owed)) = kiosk.store().and_then(|store| Some((store, owed(store)?))) else {
        return Vec::new();
    };
    let arrived: BTreeSet<&str> = cases.iter().map(|case| case.slip_number.as_str()).collect();
    let owed: BTreeSet<_> = owed.iter().map(|object| object.submission_id).collect();
    let gone = |shown: &&Shown| {
        let kept = || {
            let mut hashes = shown.hashes.iter();
            !shown.hashes.is_empty() && hashes.all(|hash| !matches!(store.sealed(*hash), Ok(None)))
        };
        !arrived.contains(shown.slip_number.as_str())
            && !owed.contains(&shown.submission_id)
            && !kept()
            && !gave_way(store, shown)
    };
    let shown = kiosk.shown.iter().filter(gone);
    shown
        .map(|shown| format!("slip {} is nowhere", shown.slip_number))
        .collect()
}

/// Whether the kiosk, its disk full, deleted before its time what the county had acknowledged, as it says it may: if the
/// county then goes back to an older backup, its own signature is what is left of the submission.
pub(crate) fn gave_way(store: &Store, shown: &Shown) -> bool {
    let made_room = store::AuditAction::RoomMade as u8;
    let log = store.audit(0, AUDIT_ROWS_MAX).unwrap_or_default();
    let receipt = store.receipt(&shown.slip_number).ok().flatten();
    let gone = |hash: &ObjectHash| matches!(store.sealed(*hash), Ok(None));
    log.iter().any(|row| row.action == made_room)
        && receipt.is_some_and(|receipt| receipt.delivered.is_some())
        && shown.hashes.iter().any(gone)
}

/// Rows of a log that a check reads; a world has some hundreds.
const AUDIT_ROWS_MAX: u32 = 100_000;

/// Sealed bytes are only gone if the county's signed word for the whole submission is kept.
fn nothing_deleted_unproven(kiosk: &KioskEnd) -> Vec<String> {
    let Some(store) = kiosk.store() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for shown in &kiosk.shown {
        let receipt = match store.receipt(&shown.slip_number) {
            Ok(Some(receipt)) => receipt,
            Ok(None) => {
                found.push(format!("receipt of slip {} is gone", shown.slip_number));
                continue;
            }
            Err(_) => continue,
        };
        let gone = shown
            .hashes
            .iter()
            .any(|hash| matches!(store.sealed(*hash), Ok(None)));
        if gone && receipt.delivered.is_none() {
            let slip = &shown.slip_number;
            found.push(format!(
                "bytes of slip {slip} were deleted before they were acknowledged"
            ));
        }
    }
    found
}

fn the_log_is_whole(kiosk: &KioskEnd) -> Option<String> {
    let broken = kiosk.store()?.verify_audit().err()?;
    match broken {
        store::AuditError::Broken { .. } => Some(format!("kiosk {}: {broken}", kiosk.id())),
        store::AuditError::Read(_) => None,
    }
}

/// Every slip shown is exactly one case, its record opens, and all its papers are there.
fn every_slip_is_a_whole_case(kiosk: &KioskEnd, county: &County) -> Vec<String> {
    let mut found = Vec::new();
    for shown in &kiosk.shown {
        if kiosk.store().is_some_and(|store| gave_way(store, shown)) {
            continue;
        }
        let slip = &shown.slip_number;
        let case = slip
            .parse::<SlipNumber>()
            .ok()
            .and_then(|number| county.case_by_slip(number).ok().flatten());
        match case {
            None => found.push(format!("slip {slip} did not become a case")),
            Some(case) if case.application.submission_id != shown.submission_id.0 => {
                found.push(format!("slip {slip} became another submission's case"));
            }
            Some(case) if case.papers.iter().any(|paper| !paper.arrived) => {
                found.push(format!("slip {slip} lacks papers"));
            }
            Some(_) => {}
        }
    }
    found
}

/// Wherever the kiosk's clock jumped: the time on a slip stays as printed, and what was handed in first in one boot is
/// never dated after what was handed in later.
fn clocks_change_nothing(kiosk: &KioskEnd, county: &County) -> Vec<String> {
    let mut found = Vec::new();
    let dated: BTreeMap<String, i64> = cases(county)
        .unwrap_or_default()
        .into_iter()
        .map(|case| (case.slip_number, case.submitted.0))
        .collect();
    for pair in kiosk.shown.windows(2) {
        let [first, then] = pair else { continue };
        let dates = (dated.get(&first.slip_number), dated.get(&then.slip_number));
        if first.boot == then.boot
            && let (Some(first_ms), Some(then_ms)) = dates
            && then_ms < first_ms
        {
            let (first, then) = (&first.slip_number, &then.slip_number);
            found.push(format!(
                "slip {first} is dated after slip {then}, which came later"
            ));
        }
    }
    for shown in &kiosk.shown {
        let receipt = kiosk.store().map(|store| store.receipt(&shown.slip_number));
        if let Some(Ok(Some(receipt))) = receipt
            && receipt.submitted != shown.submitted
        {
            found.push(format!("time of slip {} has changed", shown.slip_number));
        }
    }
    found
}

fn only_poison_is_owed(kiosk: &KioskEnd, true_us: i64) -> Vec<String> {
    let owed = kiosk
        .store()
        .and_then(|store| store.all_unacknowledged(kiosk.moment(true_us)).ok())
        .unwrap_or_default();
    let stuck = owed
        .iter()
        .filter(|object| !kiosk.poison.contains(&object.hash));
    stuck
        .map(|object| format!("object {} is still owed", object.hash))
        .collect()
}

/// What stays owed for ever is what the county refuses, and staff see each of it.
fn every_poison_is_shown(kiosk: &KioskEnd, true_us: i64) -> Vec<String> {
    let shown: BTreeSet<_> = kiosk
        .store()
        .and_then(|store| store.set_aside().ok())
        .unwrap_or_default()
        .into_iter()
        .map(|object| object.hash)
        .collect();
    let owed = kiosk
        .store()
        .and_then(|store| store.all_unacknowledged(kiosk.moment(true_us)).ok())
        .unwrap_or_default();
    let hidden = owed.iter().filter(|object| !shown.contains(&object.hash));
    hidden
        .map(|object| format!("object {} is owed for ever and not shown", object.hash))
        .collect()
}

/// No file of either side holds what was typed, not even where it was deleted or not yet synced.
fn no_plain_text(kiosk: &KioskEnd, county: &CountyEnd) -> Vec<String> {
    let mut found = Vec::new();
    for secrets in &kiosk.secrets {
        for (what, text) in [
            ("a name", &secrets.name),
            ("an identity number", &secrets.id_number),
            ("a telephone number", &secrets.phone),
        ] {
            for disk in [&kiosk.disk, &county.disk] {
                if disk.holds(text.as_bytes()) {
                    found.push(format!("{what} stands in plain text on {disk:?}"));
                }
            }
        }
    }
    found
}
