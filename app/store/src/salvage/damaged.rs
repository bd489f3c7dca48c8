//! A damaged file as a whole: its views, its edition, and whether it is ours at all.

use std::collections::{BTreeMap, BTreeSet};

use envelope::Header;
use rusqlite::{Connection, types::Value};

use super::{
    bytes::Bytes,
    harvest::{self, FreeList, Harvest, row_at},
    log::Log,
    pages::Pages,
    rebuild::{self, Rebuilt, View},
    shape::Edition,
    tree::{Node, NodeKind},
};
use crate::schema::{self, APPLICATION_ID};

/// The bytes of a damaged file and of its log.
pub(crate) struct Damaged<'a> {
    main: &'a dyn Bytes,
    bytes_of_log: &'a dyn Bytes,
    log: Log,
}

/// What was found in it, read by the rules of one edition.
pub(crate) struct Salvage<'a> {
    pub(crate) edition: Edition,
    views: Vec<View<'a>>,
}

impl<'a> Damaged<'a> {
    pub(crate) fn new(main: &'a dyn Bytes, log: &'a dyn Bytes) -> Self {
        Self {
            main,
            bytes_of_log: log,
            log: Log::read(log),
        }
    }

    /// Reads the file by the edition that has its schema; if the schema is damaged, by the one that
    /// the header tells; if that is lost too, by the one with a place for most of the rows.
    pub(crate) fn salvage(&self) -> rusqlite::Result<Salvage<'_>> {
        if let Some(edition) = self.edition()? {
            return self.salvage_by(edition);
        }
        let mut best = self.salvage_by(Edition::new(schema::NEWEST)?)?;
        for version in (1..schema::NEWEST).rev() {
            let other = self.salvage_by(Edition::new(version)?)?;
            if best.row_count() < other.row_count() {
                best = other;
            }
        }
        Ok(best)
    }

    fn edition(&self) -> rusqlite::Result<Option<Edition>> {
        let newest = Edition::new(schema::NEWEST)?;
        for (pages, _) in self.views() {
            let found = harvest::schema(&pages).into_iter();
            let found: BTreeMap<_, _> = found.map(|(name, (_, sql))| (name, sql)).collect();
            if newest.schema()? == found {
                return Ok(Some(newest));
            }
            for version in (1..schema::NEWEST).rev() {
                let edition = Edition::new(version)?;
                if edition.schema()? == found {
                    return Ok(Some(edition));
                }
            }
        }
        let told = self.views().find_map(|(pages, _)| pages.header());
        let told = told.and_then(|header| usize::try_from(header.user_version).ok());
        match told {
            Some(schema::NEWEST) => Ok(Some(newest)),
            Some(version) if 0 < version => Edition::new(version).map(Some),
            _ => Ok(None),
        }
    }

    fn salvage_by(&self, edition: Edition) -> rusqlite::Result<Salvage<'_>> {
        let mut views = Vec::new();
        for (pages, free_list) in self.views() {
            let harvest = Harvest::of(&pages, &edition, free_list)?;
            views.push((pages, harvest));
        }
        Ok(Salvage { edition, views })
    }

    /// The file with all that is in its log, if that goes on behind damage; then as SQLite sees it.
    fn views(&self) -> impl Iterator<Item = (Pages<'_>, FreeList)> {
        let of = |overlaid| Pages::new(self.main, self.bytes_of_log, overlaid);
        let beyond = self.log.beyond.iter();
        let beyond = beyond.map(move |beyond| (of(beyond), FreeList::OfAnotherMoment));
        beyond.chain(std::iter::once((of(&self.log.seen), FreeList::Valid)))
    }
}

impl Salvage<'_> {
    fn row_count(&self) -> usize {
        self.views
            .iter()
            .map(|(_, harvest)| harvest.row_count())
            .sum()
    }

    /// Fills an empty file of this edition.
    pub(crate) fn rebuild(&self, connection: &mut Connection) -> rusqlite::Result<Rebuilt> {
        rebuild::rebuild(connection, &self.edition, &self.views)
    }

    /// Whether the damaged file was written by this program: its first page says so, or a row that
    /// no other program writes is in it, or, before there are such rows, every tree begins on the
    /// page on which it begins in a new file of ours.
    pub(crate) fn is_ours(&self) -> rusqlite::Result<bool> {
        for (pages, harvest) in &self.views {
            let header = pages.header();
            if header.is_some_and(|header| header.application_id.cast_signed() == APPLICATION_ID)
                || self.has_row_of_ours(pages, harvest)?
                || self.is_laid_out_as_ours(pages, harvest)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn has_row_of_ours(&self, pages: &Pages<'_>, harvest: &Harvest) -> rusqlite::Result<bool> {
        for name in ["submission", "outbox", "ciphertext"] {
            let Some((table, shape)) = self.edition.table(name) else {
                continue;
            };
            for place in &harvest.rows[table] {
                let Some(row) = row_at(pages, shape, *place) else {
                    continue;
                };
                let told = match row.as_slice() {
                    [_, Value::Blob(bytes)] => {
                        let header = Header::parse(bytes);
                        header.is_ok_and(|header| header.suite.overhead_min() <= bytes.len())
                    }
                    _ => self.edition.allows(shape, &row)?,
                };
                if told {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn is_laid_out_as_ours(&self, pages: &Pages<'_>, harvest: &Harvest) -> bool {
        let counted = self.edition.table("slip_counter");
        let tables = self.edition.tables.iter().map(|shape| {
            let kinds = [NodeKind::TableLeaf, NodeKind::TableInterior];
            (shape.fresh_root, kinds)
        });
        let indexes = self.edition.tables.iter().flat_map(|shape| &shape.indexes);
        let indexes = indexes.map(|index| {
            let kinds = [NodeKind::IndexLeaf, NodeKind::IndexInterior];
            (index.fresh_root, kinds)
        });
        let roots: BTreeSet<_> = tables
            .chain(indexes)
            .map(|(root, kinds)| (root, kinds.map(|k| k as u8)))
            .collect();
        counted.is_some_and(|(table, _)| !harvest.rows[table].is_empty())
            && roots.iter().all(|(root, kinds)| {
                let node = Node::read(pages, *root);
                node.is_some_and(|node| kinds.contains(&(node.kind as u8)))
            })
    }
}

#[cfg(test)]
mod tests;
