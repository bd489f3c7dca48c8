//! The register of near relatives, and who must be in it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{
    ApplicationEntered, Assisted, FilingResult, FilingVisited, FoundBy, OfficialEntered, Recused,
    RelativeFiled,
};
use crate::codes::RelationCode;
use crate::county_event::{CountyEvent, EventId, Fact, Log, Place, Source};
use crate::household::Roster;
use crate::name::PersonName;
use crate::person_entry::{PersonEntry, PersonKey};
use crate::rulebook::Rulebook;
use crate::scheme::SchemeId;

/// Somebody who handles applications or sits on a village committee.
#[derive(Debug, Clone)]
pub struct Official<'a> {
    /// Their number.
    pub id: EventId,
    /// Who they are.
    pub entered: &'a OfficialEntered,
    /// Their last day in the post.
    pub last: Option<NaiveDate>,
    /// The relatives they named: who, what the official is to them, and the event that says so.
    pub relatives: Vec<(&'a PersonEntry, RelationCode, EventId)>,
}

impl Official<'_> {
    /// Whether they are in the post on `day`.
    #[must_use]
    pub fn in_post(&self, day: NaiveDate) -> bool {
        self.entered.from <= day && self.last.is_none_or(|last| day <= last)
    }
}

/// A near relative that has to be registered (应备案).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Who is supported or wants to be.
    pub assisted: Assisted,
    /// The official; `None` if nobody of the declared name is on the list.
    pub official: Option<EventId>,
    /// The name that was declared.
    pub declared_name: Option<&'a PersonName>,
    /// What the official is to them; `None` for one of the household itself.
    pub relation: Option<RelationCode>,
    /// How it came to light.
    pub found_by: FoundBy,
    /// The events that show it.
    pub sources: Vec<Source>,
}

/// A near relative that is registered.
#[derive(Debug, Clone)]
pub struct Filing<'a> {
    /// Its number.
    pub id: EventId,
    /// What was registered.
    pub filed: &'a RelativeFiled,
    /// On which day.
    pub on: NaiveDate,
    /// The county's home visits, each with its event.
    pub visits: Vec<(&'a FilingVisited, EventId)>,
    /// Who has the case instead of the official, each with its event.
    pub recusals: Vec<(&'a Recused, EventId)>,
    /// What became of it, and the event that says so.
    pub result: Option<(FilingResult, EventId)>,
}

impl<'a> Filing<'a> {
    /// The last home visit, and its event.
    #[must_use]
    pub fn visit(&self) -> Option<(&'a FilingVisited, EventId)> {
        self.visits.last().copied()
    }

    /// Whether the county still has to visit the home. Source: 民发〔2021〕57号 第20条.
    #[must_use]
    pub const fn awaits_visit(&self) -> bool {
        self.visits.is_empty()
    }
}

/// An official must not act: a relative of theirs is concerned.
///
/// Source: 长子民发〔2024〕26号 三（二）; 民发〔2021〕57号 第11条 registers the case, and that the relative stands back
/// from survey, review and confirmation is the practice that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a near relative of the official is concerned; somebody else must act")]
pub struct Recusal {
    /// The official.
    pub official: EventId,
    /// What the official is to the applicant; `None` for one of the household itself.
    pub relation: Option<RelationCode>,
}

impl Recusal {
    /// The text that the rule rests on.
    pub const SOURCE: &'static str = "长子民发〔2024〕26号 三（二）；民发〔2021〕57号 第11条";
}

/// Officials, those who are related to them, and what is registered of it.
#[derive(Debug, Clone)]
pub struct NearRelatives<'a> {
    officials: BTreeMap<EventId, Official<'a>>,
    applications: BTreeMap<EventId, (&'a CountyEvent, &'a ApplicationEntered)>,
    filings: BTreeMap<EventId, Filing<'a>>,
    candidates: Vec<Candidate<'a>>,
}

impl<'a> NearRelatives<'a> {
    /// What these events say, under the near-relative list and the scope of the log's day.
    #[must_use]
    pub fn of(log: &Log<'a>, roster: &Roster<'a>, book: &Rulebook) -> Self {
        let mut all = Self {
            officials: BTreeMap::new(),
            applications: BTreeMap::new(),
            filings: BTreeMap::new(),
            candidates: Vec::new(),
        };
        for event in log.iter() {
            all.take(event);
        }
        all.candidates = all.find(log.day(), roster, book);
        all
    }

    fn take(&mut self, event: &'a CountyEvent) {
        match &event.fact {
            Fact::OfficialEntered(entered) => {
                let official = Official {
                    id: event.id,
                    entered,
                    last: None,
                    relatives: Vec::new(),
                };
                self.officials.insert(event.id, official);
            }
            Fact::OfficialLeft(left) => {
                if let Some(official) = self.officials.get_mut(&left.official) {
                    official.last = Some(left.last);
                }
            }
            Fact::RelativeNamed(named) => {
                if let Some(official) = self.officials.get_mut(&named.official) {
                    let relative = (&named.relative, named.relation, event.id);
                    official.relatives.push(relative);
                }
            }
            Fact::ApplicationEntered(application) => {
                self.applications.insert(event.id, (event, application));
            }
            Fact::RelativeFiled(filed) => {
                let filing = Filing {
                    id: event.id,
                    filed,
                    on: event.date(),
                    visits: Vec::new(),
                    recusals: Vec::new(),
                    result: None,
                };
                self.filings.insert(event.id, filing);
            }
            Fact::FilingVisited(visited) => {
                if let Some(filing) = self.filings.get_mut(&visited.filing) {
                    filing.visits.push((visited, event.id));
                }
            }
            Fact::Recused(recused) => {
                if let Some(filing) = self.filings.get_mut(&recused.filing) {
                    filing.recusals.push((recused, event.id));
                }
            }
            Fact::FilingSettled(settled) => {
                if let Some(filing) = self.filings.get_mut(&settled.filing) {
                    filing.result = Some((settled.result, event.id));
                }
            }
            _ => {}
        }
    }

    /// Who must be registered: everybody related to an official who is in post today, so that a change of staff is a
    /// re-check by itself.
    fn find(&self, day: NaiveDate, roster: &Roster<'a>, book: &Rulebook) -> Vec<Candidate<'a>> {
        let counts = |relation: RelationCode| {
            let kind = book.codes.near_relative(relation);
            kind.is_some_and(|kind| kind.counts_on(day))
        };
        let mut officials: BTreeMap<PersonKey, Vec<&Official<'a>>> = BTreeMap::new();
        let mut relatives: BTreeMap<PersonKey, Vec<(EventId, RelationCode, EventId)>> =
            BTreeMap::new();
        for official in self.officials.values().filter(|one| one.in_post(day)) {
            if let Some(key) = official.entered.person.key {
                officials.entry(key).or_default().push(official);
            }
            for (relative, relation, event) in &official.relatives {
                if let Some(key) = relative.key
                    && counts(*relation)
                {
                    let found = (official.id, *relation, *event);
                    relatives.entry(key).or_default().push(found);
                }
            }
        }
        let applications = self.applications.iter().map(|(id, (_, application))| {
            let persons: Vec<&PersonEntry> = application.persons.iter().collect();
            let scheme = application.scheme;
            (
                Assisted::Application(*id),
                scheme,
                persons,
                application.declared.as_ref(),
            )
        });
        let month = crate::month::Month::of(day);
        let households = roster
            .households()
            .filter(|household| household.stopped().is_none_or(|(from, _)| month < from))
            .map(|household| {
                let (members, _) = household.members(month);
                let persons: Vec<&PersonEntry> =
                    members.iter().map(|member| &member.person).collect();
                let scheme = household.entered.class.scheme();
                (Assisted::Household(household.id), scheme, persons, None)
            });
        let mut candidates: Vec<Candidate<'a>> = Vec::new();
        for (assisted, scheme, persons, declared) in applications.chain(households) {
            if !book.settings.registers_near_relatives(scheme, day) {
                continue;
            }
            let event = assisted.event();
            for key in persons.iter().filter_map(|person| person.key) {
                for official in officials.get(&key).into_iter().flatten() {
                    candidates.push(Candidate {
                        assisted,
                        official: Some(official.id),
                        declared_name: None,
                        relation: None,
                        found_by: FoundBy::SameHousehold,
                        sources: vec![event.into(), official.id.into()],
                    });
                }
                for (official, relation, named) in relatives.get(&key).into_iter().flatten() {
                    candidates.push(Candidate {
                        assisted,
                        official: Some(*official),
                        declared_name: None,
                        relation: Some(*relation),
                        found_by: FoundBy::Matched,
                        sources: vec![event.into(), (*official).into(), (*named).into()],
                    });
                }
            }
            if let Some(declared) = declared.filter(|declared| counts(declared.relation)) {
                let mut named = self.officials.values().filter(|official| {
                    official.in_post(day)
                        && official.entered.person.name.as_str() == declared.official_name.as_str()
                });
                // Two officials of one name: a person must say which.
                let official = named.next().filter(|_| named.next().is_none());
                candidates.push(Candidate {
                    assisted,
                    official: official.map(|official| official.id),
                    declared_name: Some(&declared.official_name),
                    relation: Some(declared.relation),
                    found_by: FoundBy::Declared,
                    sources: vec![event.into()],
                });
            }
        }
        merged(candidates)
    }

    /// Everybody who handles applications or sits on a committee, or did.
    pub fn officials(&self) -> impl Iterator<Item = &Official<'a>> {
        self.officials.values()
    }

    /// The official of this number.
    #[must_use]
    pub fn official(&self, id: EventId) -> Option<&Official<'a>> {
        self.officials.get(&id)
    }

    /// Officials of this name who are in post on `day`.
    pub fn officials_named(
        &self,
        name: &str,
        day: NaiveDate,
    ) -> impl Iterator<Item = &Official<'a>> {
        self.officials.values().filter(move |official| {
            official.in_post(day) && official.entered.person.name.as_str() == name
        })
    }

    /// The application that this event entered.
    #[must_use]
    pub fn application(&self, id: EventId) -> Option<&'a ApplicationEntered> {
        self.applications
            .get(&id)
            .map(|(_, application)| *application)
    }

    /// Every application, by the event that entered it.
    pub fn applications(&self) -> impl Iterator<Item = (EventId, &'a ApplicationEntered)> {
        self.applications
            .iter()
            .map(|(id, (_, application))| (*id, *application))
    }

    /// Everybody who must be registered, registered or not.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate<'a>] {
        &self.candidates
    }

    /// Those who must be registered and are not. A declared official who is not on the list counts as registered once
    /// the household is, with whomever.
    pub fn unfiled(&self) -> impl Iterator<Item = &Candidate<'a>> {
        let filed: BTreeSet<(Assisted, EventId)> = self
            .filings
            .values()
            .map(|filing| (filing.filed.assisted, filing.filed.official))
            .collect();
        self.candidates.iter().filter(move |candidate| {
            !filed.iter().any(|(assisted, official)| {
                *assisted == candidate.assisted
                    && candidate.official.is_none_or(|wanted| wanted == *official)
            })
        })
    }

    /// Every filing, in the order in which they were made.
    pub fn filings(&self) -> impl Iterator<Item = &Filing<'a>> {
        self.filings.values()
    }

    /// The filing of this number.
    #[must_use]
    pub fn filing(&self, id: EventId) -> Option<&Filing<'a>> {
        self.filings.get(&id)
    }

    /// Whether anything says that a near relative is concerned, registered or not: the county must visit the home.
    #[must_use]
    pub fn concerns(&self, assisted: Assisted) -> bool {
        self.filings
            .values()
            .any(|filing| filing.filed.assisted == assisted)
            || self
                .candidates
                .iter()
                .any(|candidate| candidate.assisted == assisted)
    }

    /// Whether `official` may act on the case of `assisted`.
    ///
    /// # Errors
    ///
    /// [`Recusal`] if they are registered as related, or ought to be.
    pub fn may_act(&self, official: EventId, assisted: Assisted) -> Result<(), Recusal> {
        let filed = self
            .filings
            .values()
            .filter(|filing| filing.filed.assisted == assisted)
            .map(|filing| (filing.filed.official, filing.filed.relation));
        let found = self
            .candidates
            .iter()
            .filter(|candidate| candidate.assisted == assisted)
            .filter_map(|candidate| Some((candidate.official?, candidate.relation)));
        // Who left and came back under another number is the same person.
        let key = |id| self.official(id).and_then(|one| one.entered.person.key);
        let same = |other: EventId| {
            other == official || (key(other).is_some() && key(other) == key(official))
        };
        match filed.chain(found).find(|(other, _)| same(*other)) {
            Some((_, relation)) => Err(Recusal { official, relation }),
            None => Ok(()),
        }
    }

    /// Place and scheme of who is supported or wants to be, and their head.
    #[must_use]
    pub fn about(
        &self,
        assisted: Assisted,
        roster: &Roster<'a>,
    ) -> Option<(&'a Place, SchemeId, Option<&'a PersonEntry>)> {
        match assisted {
            Assisted::Application(id) => self
                .application(id)
                .map(|one| (&one.place, one.scheme, one.persons.first())),
            Assisted::Household(id) => roster.get(id).map(|household| {
                let entered = household.entered;
                let head = household.head().map(|member| &member.person);
                (&entered.place, entered.class.scheme(), head)
            }),
        }
    }
}

/// One candidate for each pair of household and official: the first way in which it came to light, with every event
/// that shows it.
fn merged(candidates: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    let mut merged: Vec<Candidate<'_>> = Vec::new();
    let mut places: BTreeMap<(Assisted, Option<EventId>), usize> = BTreeMap::new();
    for candidate in candidates {
        let key = (candidate.assisted, candidate.official);
        if let Some(at) = places.get(&key) {
            let first = &mut merged[*at];
            for source in candidate.sources {
                if !first.sources.contains(&source) {
                    first.sources.push(source);
                }
            }
            first.declared_name = first.declared_name.or(candidate.declared_name);
        } else {
            places.insert(key, merged.len());
            merged.push(candidate);
        }
    }
    merged
}
