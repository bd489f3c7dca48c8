//! Lists of other offices as files: read, matched with the roster, and stated, whole or not at all.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use relief::{
    Actor, EventId, Evidence, Fact, ListCode, Month, PersonEntry, Place, Words,
    household::SupportClass,
    payment::{PayListEntered, Payee, pay_lines, read_bank_file},
    sheet::SheetError,
    special_group::{Listed, PersonFound, SpecialGroup, matched, read_list_file},
};
use sha2::{Digest, Sha256};

use crate::{
    County, LedgerError, StateError,
    spreadsheet::{self, SheetFileError},
};

/// A file as another office sent it.
#[derive(Debug, Clone)]
pub struct ListFile {
    /// Its name there.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What a pay list is for, which its file does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayListScope {
    /// What kind of money it is.
    pub class: SupportClass,
    /// The first month that it is for.
    pub from: Month,
    /// The last one.
    pub to: Month,
    /// The day of lines that name none.
    pub paid_on: NaiveDate,
}

/// A pay list that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnteredPayList {
    /// The event that it is now.
    pub event: EventId,
    /// Its lines.
    pub lines: usize,
    /// The lines that belong to no household of the roster, from 1.
    pub unmatched: Vec<usize>,
}

/// What a list of people is, which its file does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleListScope {
    /// What those on it are.
    pub group: SpecialGroup,
    /// The township of those who are in no household of the roster; `None` if the list is none of a township's.
    pub township: Option<String>,
}

/// A list of people that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnteredPeopleList {
    /// People on it.
    pub people: usize,
    /// Those of whom the county has to do something and did not know, by their row in the file, from 1.
    pub found: Vec<(usize, EventId)>,
}

/// Why a list was not taken in; nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ListFileError {
    /// It is no sheet.
    #[error(transparent)]
    File(#[from] SheetFileError),
    /// A column is missing, or a cell cannot be read.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// Somebody is in no household, so that only their township says whose they are.
    #[error("row {row} is in no household; name a township")]
    NoTownship {
        /// Where they stand, from 1.
        row: usize,
    },
    /// The registers do not take it.
    #[error(transparent)]
    State(#[from] StateError),
    /// The disk failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// How people of another office's list became known: 数据比对 of the list `channel`.
const MATCHED: ListCode = ListCode(1);

impl County {
    /// Takes a bank's pay list in.
    ///
    /// # Errors
    ///
    /// [`ListFileError`]
    pub fn enter_pay_list(
        &self,
        actor: Actor,
        file: &ListFile,
        scope: PayListScope,
    ) -> Result<EnteredPayList, ListFileError> {
        let lines = read_bank_file(&spreadsheet::read_rows(&file.bytes)?)?;
        let PayListScope {
            class,
            from,
            to,
            paid_on,
        } = scope;
        let lines = self.registers(self.today(), |registers| {
            let key_of = |number: &_| self.person_key(number);
            pay_lines(&lines, &registers.roster, class, from, paid_on, key_of)
        })?;
        let unmatched = (1..)
            .zip(&lines)
            .filter(|(_, line)| matches!(line.payee, Payee::Unmatched(_)))
            .map(|(number, _)| number)
            .collect();
        let count = lines.len();
        let fact = Fact::PayListEntered(PayListEntered {
            class,
            from,
            to,
            lines,
        });
        let evidence = Some(evidence_of(file)?);
        Ok(EnteredPayList {
            event: self.state(actor, Words::default(), evidence, fact)?,
            lines: count,
            unmatched,
        })
    }

    /// Matches another office's list of people with the roster, and states who was found. Of those who are found in no
    /// household and need nothing, nothing is kept.
    ///
    /// # Errors
    ///
    /// [`ListFileError`]
    pub fn enter_people_list(
        &self,
        actor: Actor,
        file: &ListFile,
        scope: &PeopleListScope,
    ) -> Result<EnteredPeopleList, ListFileError> {
        let group = scope.group;
        let lists = &self.rulebook().lists;
        let mut met = BTreeSet::new();
        let (lines, listed): (Vec<_>, Vec<_>) =
            read_list_file(&spreadsheet::read_rows(&file.bytes)?, group, lists)?
                .into_iter()
                .filter_map(|line| {
                    let listed = Listed {
                        key: self.person_key(&line.id_number),
                        group,
                        happened: line.happened,
                    };
                    // Who stands there twice is one person.
                    met.insert(listed.key).then_some((line, listed))
                })
                .unzip();
        let found = self.registers(self.today(), |registers| {
            let found = matched(&listed, &registers.roster, &registers.special_groups);
            let with_place = found.into_iter().map(|found| {
                let household = found.household.and_then(|id| registers.roster.get(id));
                let place = household.map(|household| household.entered.place.clone());
                (found, place)
            });
            with_place.collect::<Vec<_>>()
        })?;
        let mut facts = Vec::new();
        for (found, place) in &found {
            let line = &lines[found.row];
            let elsewhere = || {
                let township = scope.township.clone();
                let township = township.ok_or(ListFileError::NoTownship { row: line.row })?;
                Ok::<_, ListFileError>(Place {
                    township,
                    village: String::new(),
                })
            };
            facts.push(Fact::PersonFound(PersonFound {
                person: PersonEntry {
                    id_number: Some(line.id_number),
                    key: Some(listed[found.row].key),
                    ..PersonEntry::named(line.name.clone())
                },
                place: place.clone().map_or_else(elsewhere, Ok)?,
                group,
                happened: line.happened,
                through: MATCHED,
                household: found.household,
                disability: line.disability.clone(),
                family_size: 0,
            }));
        }
        let events = self.state_all(actor, Some(evidence_of(file)?), facts)?;
        let rows = found.iter().map(|(found, _)| lines[found.row].row);
        Ok(EnteredPeopleList {
            people: lines.len(),
            found: rows.zip(events).collect(),
        })
    }
}

/// A file as evidence: its name and fingerprint.
fn evidence_of(file: &ListFile) -> Result<Evidence, StateError> {
    Ok(Evidence {
        reference: Words::parse(&file.name).map_err(|_| StateError::TooLarge)?,
        sha256: Some(Sha256::digest(&file.bytes).into()),
    })
}
