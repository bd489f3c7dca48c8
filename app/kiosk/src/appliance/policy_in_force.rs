//! The policy that the kiosk works by now: what it was set up with, over it the county's own files, as of today.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use envelope::{CountyMessage, CountyPublic};
use paper::Form;
use store::{ReadError, Store};

use super::content::Policy;
use crate::county_rules;
use crate::flow::{FlowContent, FormContent, TextsError};
use crate::uplink::outbox::county_trust;

/// Which rules and cards those are. Clones share what is told.
#[derive(Debug, Clone, Default)]
pub struct EditionsInForce(Arc<Mutex<Editions>>);

/// Editions, as the county knows them by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Editions {
    /// Of the rules.
    pub rules: String,
    /// Of the explainer cards.
    pub cards: String,
}

impl Editions {
    fn of(policy: &Policy) -> Self {
        Self {
            rules: policy.rules.edition().to_owned(),
            cards: policy.rules.card_editions(),
        }
    }
}

impl EditionsInForce {
    /// Those that are in force now.
    #[must_use]
    pub fn now(&self) -> Editions {
        let known = self.0.lock();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on these are.
    pub fn set(&self, editions: Editions) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = editions;
    }
}

/// Why the policy could not be renewed; the one before stays in force.
#[derive(Debug, thiserror::Error)]
pub enum RenewError {
    /// The kiosk's file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The texts that people agree to are not complete.
    #[error(transparent)]
    Texts(#[from] TextsError),
}

/// The policy in force, and what it was made of.
pub struct PolicyInForce {
    given: Given,
    now: Policy,
    made_of: MadeOf,
    editions: EditionsInForce,
}

/// What the kiosk was set up with.
struct Given {
    policy: Policy,
    county: CountyPublic,
    county_code: u32,
    forms: Vec<FormContent>,
}

#[derive(PartialEq, Eq)]
struct MadeOf {
    /// The message with the county's files.
    message: Option<Vec<u8>>,
    day: NaiveDate,
}

impl PolicyInForce {
    /// The policy of a kiosk that was set up with this one and these forms to sign, as of `day`, and what a visit offers
    /// by it.
    ///
    /// # Errors
    ///
    /// [`RenewError`]
    pub fn new(
        policy: Policy,
        county: CountyPublic,
        county_code: u32,
        forms: &[Form],
        store: &Store,
        day: NaiveDate,
    ) -> Result<(Self, FlowContent), RenewError> {
        let given = Given {
            policy,
            county,
            county_code,
            forms: forms.iter().map(FormContent::from).collect(),
        };
        let message = store.county_rules()?;
        let made_of = MadeOf { message, day };
        let (now, content) = given.under(&made_of, store)?;
        let editions = EditionsInForce::default();
        editions.set(Editions::of(&now));
        let in_force = Self {
            given,
            now,
            made_of,
            editions,
        };
        Ok((in_force, content))
    }

    /// The policy.
    #[must_use]
    pub const fn now(&self) -> &Policy {
        &self.now
    }

    /// Its editions, for who tells the county.
    #[must_use]
    pub fn editions(&self) -> EditionsInForce {
        self.editions.clone()
    }

    /// Takes up the files that the county sent last, and the day. Returns what a visit offers from now on, if that may have
    /// changed.
    ///
    /// # Errors
    ///
    /// [`RenewError`]; nothing has changed then.
    pub fn renew(
        &mut self,
        store: &Store,
        day: NaiveDate,
    ) -> Result<Option<FlowContent>, RenewError> {
        let message = store.county_rules()?;
        let made_of = MadeOf { message, day };
        if self.made_of == made_of {
            return Ok(None);
        }
        let (policy, content) = self.given.under(&made_of, store)?;
        self.editions.set(Editions::of(&policy));
        self.now = policy;
        self.made_of = made_of;
        Ok(Some(content))
    }
}

impl Given {
    fn under(&self, made_of: &MadeOf, store: &Store) -> Result<(Policy, FlowContent), RenewError> {
        let trust = county_trust(store, &self.county)?;
        let given = &self.policy.rules;
        let message = made_of.message.as_deref();
        // A message that was damaged in the file, or is of a build that is gone, comes again.
        let sent = message.and_then(|message| match trust.verify(message) {
            Ok(CountyMessage::RuleFiles { packed, .. }) => county_rules::with_files(given, &packed),
            Ok(_) | Err(_) => None,
        });
        let policy = Policy {
            rules: sent.unwrap_or_else(|| given.clone()),
            ..self.policy.clone()
        };
        let content = policy.flow_content(made_of.day, self.county_code, &self.forms)?;
        Ok((policy, content))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use envelope::{CountySecret, KioskId, pack_rule_files};
    use relief::Rulebook;
    use store::{Moment, UnixMs};

    use super::*;

    const NUMBER: &str = "0355-0000000";

    #[test]
    fn files_of_the_county_are_in_force_once_they_are_looked_for_and_a_new_day_is_too() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path().join("kiosk.db")).unwrap();
        let county = CountySecret::from_seed([9; 64]);
        let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let next_day = day.succ_opt().unwrap();
        let given = Policy::new(Rulebook::builtin());
        let (mut policy, content) =
            PolicyInForce::new(given, county.public(), 140_428, &[], &store, day).unwrap();
        let builtin = policy.editions().now();
        assert_eq!(content.hotline, None);
        assert!(policy.renew(&store, day).unwrap().is_none());

        let files = BTreeMap::from([(
            "local.toml".to_owned(),
            format!("hotline = \"{NUMBER}\"\noffice = \"\"\nhours = \"\"\n"),
        )]);
        let message = CountyMessage::RuleFiles {
            kiosk: KioskId(3),
            as_of_ms: 5,
            packed: pack_rule_files(&files).unwrap(),
        };
        let now = Moment {
            boot: 1,
            tick_ms: 1,
            wall: UnixMs(1),
        };
        store
            .keep_county_rules(&message.sign(&county), UnixMs(5), "own", now)
            .unwrap();
        let told = policy.editions();
        for (day, changes) in [
            (day, true),
            (day, false),
            (next_day, true),
            (next_day, false),
        ] {
            let offered = policy.renew(&store, day).unwrap();
            let hotline = offered.map(|content| content.hotline);
            assert_eq!(hotline, changes.then(|| Some(NUMBER.to_owned())), "{day}");
            assert_eq!(policy.now().rules.local.hotline.as_deref(), Some(NUMBER));
            assert_ne!(told.now(), builtin);
        }
    }
}
