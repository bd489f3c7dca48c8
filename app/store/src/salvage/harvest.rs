//! Which row of which table lies where.
//!
//! Trees come first: from the roots that the schema names, or else from those of a file that was
//! just made, down to every leaf that can be reached. Leaves that no tree reaches follow; a row of
//! theirs belongs to the one table whose rules take it, and to none if two do. (Parts of a visit
//! lie in such leaves too. They look like sealed objects, and nothing names them.) Of these, free
//! pages do not count as long as the list of them is whole.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use rusqlite::types::Value;

use super::{
    pages::Pages,
    record,
    shape::{Edition, Index, Part, Shape},
    tree::{Node, NodeKind},
};

/// Where a row lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    page: u32,
    cell: usize,
}

/// What indexes say of one row: values by the place of their column.
pub(crate) type Known = BTreeMap<usize, Value>;

/// The rows that one view of the file has, by the place of their table in the edition.
#[derive(Default)]
pub(crate) struct Harvest {
    /// Those of trees before those of leaves that no tree reaches, and last those whose number does
    /// not fit where they lie; in a view that is patched together, those before that were written
    /// later. A row may come twice.
    pub(crate) rows: Vec<Vec<Place>>,
    /// What the indexes say, by row number.
    pub(crate) known: Vec<BTreeMap<i64, Known>>,
    /// Whether the tree of each table shows no damage, so that it has every row that was in it.
    pub(crate) is_whole: Vec<bool>,
}

/// Whether a view's list of free pages is to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FreeList {
    /// It was written with the other pages.
    Valid,
    /// The view is patched together.
    OfAnotherMoment,
}

/// A table with so few rows that the page on which its tree begins holds them all. A row elsewhere
/// that looks like one of its own is an older acknowledgement.
const OF_ONE_PAGE: &str = "county_key";

/// The rows of the file's own table of tables: type, name, table, root, SQL.
const SCHEMA_ROOT: u32 = 1;

/// Tables, indexes and triggers by name: the page on which the tree begins, and the SQL.
pub(crate) type Schema = BTreeMap<String, (u32, Option<String>)>;

impl Harvest {
    /// What is on free pages is left out, or comes last if the list of them may be of another moment.
    pub(crate) fn of(
        pages: &Pages<'_>,
        edition: &Edition,
        free_list: FreeList,
    ) -> rusqlite::Result<Self> {
        // A name that is none of ours is a damaged one, and its root stands for nothing.
        let ours = edition.schema()?;
        let mut schema = schema(pages);
        schema.retain(|name, _| ours.contains_key(name));
        let mut taken = BTreeSet::from([SCHEMA_ROOT]);
        let mut harvest = Self::default();
        let mut misplaced = Vec::new();
        for (table, shape) in edition.tables.iter().enumerate() {
            harvest.rows.push(Vec::new());
            let mut is_whole = false;
            if let Some(root) = root(&schema, &shape.name, shape.fresh_root) {
                let rows = rows_of_tree(pages, shape, root, &mut taken);
                is_whole = rows.is_whole;
                for (place, fits) in rows.places {
                    if fits {
                        harvest.rows[table].push(place);
                    } else {
                        misplaced.push((table, place));
                    }
                }
            }
            harvest.is_whole.push(is_whole);
            let mut known = BTreeMap::new();
            for index in &shape.indexes {
                if let Some(root) = self::root(&schema, &index.name, index.fresh_root) {
                    entries_of_tree(pages, shape, index, root, &mut known);
                }
            }
            harvest.known.push(known);
        }
        let free = pages.free().unwrap_or_default();
        let unreached: BTreeSet<_> = (2..=pages.count()).filter(|p| !taken.contains(p)).collect();
        harvest.take_rows(pages, edition, unreached.difference(&free))?;
        if free_list == FreeList::OfAnotherMoment {
            harvest.take_rows(pages, edition, unreached.intersection(&free))?;
        }
        for (table, place) in misplaced {
            harvest.rows[table].push(place);
        }
        if free_list == FreeList::OfAnotherMoment {
            // A page whose newest version is lost may still have a row that has since moved to another
            // page, which was then written later.
            for rows in &mut harvest.rows {
                rows.sort_by_key(|place| Reverse(pages.written_at(place.page)));
            }
        }
        Ok(harvest)
    }

    /// How many rows there are.
    pub(crate) fn row_count(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }

    fn take_rows<'p>(
        &mut self,
        pages: &Pages<'_>,
        edition: &Edition,
        from: impl Iterator<Item = &'p u32>,
    ) -> rusqlite::Result<()> {
        for &page in from {
            let Some(node) = leaf(pages, page) else {
                continue;
            };
            for cell in 0..node.cell_count() {
                if let Some(table) = only_table(&node, cell, pages, edition)? {
                    self.rows[table].push(Place { page, cell });
                }
            }
        }
        Ok(())
    }
}

/// The row at `place`, as [`Shape::row`] gives it.
pub(crate) fn row_at(pages: &Pages<'_>, shape: &Shape, place: Place) -> Option<Vec<Value>> {
    row(&leaf(pages, place.page)?, place.cell, pages, shape)
}

fn row(node: &Node, cell: usize, pages: &Pages<'_>, shape: &Shape) -> Option<Vec<Value>> {
    let (number, payload) = node.payload(cell, pages)?;
    shape.row(number?, record::decode(&payload)?)
}

fn leaf(pages: &Pages<'_>, page: u32) -> Option<Node> {
    Node::read(pages, page).filter(|node| node.kind == NodeKind::TableLeaf)
}

/// The one table whose rules take the row of this cell.
fn only_table(
    node: &Node,
    cell: usize,
    pages: &Pages<'_>,
    edition: &Edition,
) -> rusqlite::Result<Option<usize>> {
    let Some((Some(number), payload)) = node.payload(cell, pages) else {
        return Ok(None);
    };
    let Some(record) = record::decode(&payload) else {
        return Ok(None);
    };
    let mut fitting = None;
    let tables = edition.tables.iter().enumerate();
    for (table, shape) in tables.filter(|(_, shape)| shape.name != OF_ONE_PAGE) {
        let fits = match shape.row(number, record.clone()) {
            Some(row) => edition.allows(shape, &row)?,
            None => false,
        };
        if fits && fitting.replace(table).is_some() {
            return Ok(None);
        }
    }
    Ok(fitting)
}

/// What the file's schema says; nothing of what its damaged pages said.
pub(crate) fn schema(pages: &Pages<'_>) -> Schema {
    let mut schema = Schema::new();
    for (page, _) in pages_of_tree(pages, SCHEMA_ROOT, &BTreeSet::new()).0 {
        let Some(node) = leaf(pages, page) else {
            continue;
        };
        for cell in 0..node.cell_count() {
            let payload = node.payload(cell, pages).map(|(_, payload)| payload);
            let record = payload.and_then(|payload| record::decode(&payload));
            if let Some([_, Value::Text(name), _, Value::Integer(root), sql]) = record.as_deref() {
                let root = u32::try_from(*root).unwrap_or(0);
                let sql = match sql {
                    Value::Text(sql) => Some(sql.clone()),
                    _ => None,
                };
                schema.insert(name.clone(), (root, sql));
            }
        }
    }
    schema
}

/// Where the tree of this name begins; that of a new file unless something else begins there.
fn root(schema: &Schema, name: &str, fresh: u32) -> Option<u32> {
    let named = schema.get(name).map(|(root, _)| *root);
    let taken = || schema.values().any(|(root, _)| *root == fresh);
    named.or_else(|| (!taken()).then_some(fresh))
}

/// The pages of the tree that can be reached, none twice and none of `without`, each with the
/// highest row number that it may have; and whether these are all.
fn pages_of_tree(
    pages: &Pages<'_>,
    root: u32,
    without: &BTreeSet<u32>,
) -> (Vec<(u32, Option<i64>)>, bool) {
    let (mut reached, mut all) = (Vec::new(), true);
    let mut seen = BTreeSet::new();
    let mut waiting = vec![(root, None)];
    while let Some((page, highest)) = waiting.pop() {
        if without.contains(&page) || !seen.insert(page) {
            all = false;
            continue;
        }
        if let Some(node) = Node::read(pages, page) {
            reached.push((page, highest));
            all &= node.has_all_cells();
            let children = node.children().into_iter();
            waiting.extend(children.map(|(child, told)| (child, told.or(highest))));
        } else {
            all = false;
        }
    }
    (reached, all)
}

/// What a table's tree holds.
struct TreeRows {
    /// The whole rows, and whether the number of each fits where it lies.
    places: Vec<(Place, bool)>,
    /// As [`Harvest::is_whole`].
    is_whole: bool,
}

/// The rows of a table's tree. A leaf of which no row fits the table is not the table's, whatever leads to it, and is left for others.
fn rows_of_tree(
    pages: &Pages<'_>,
    shape: &Shape,
    root: u32,
    taken: &mut BTreeSet<u32>,
) -> TreeRows {
    let mut places = Vec::new();
    let (reached, mut is_whole) = pages_of_tree(pages, root, taken);
    for (page, highest) in reached {
        let Some(node) = Node::read(pages, page) else {
            continue;
        };
        if node.kind != NodeKind::TableLeaf {
            is_whole &= node.kind == NodeKind::TableInterior;
            continue;
        }
        let before = places.len();
        let misplaced = node.misplaced(highest);
        for (cell, misplaced) in misplaced.into_iter().enumerate() {
            let there = row(&node, cell, pages, shape).is_some();
            is_whole &= there && !misplaced;
            if there {
                places.push((Place { page, cell }, !misplaced));
            }
        }
        if before < places.len() {
            taken.insert(page);
        }
    }
    TreeRows { places, is_whole }
}

fn entries_of_tree(
    pages: &Pages<'_>,
    shape: &Shape,
    index: &Index,
    root: u32,
    known: &mut BTreeMap<i64, Known>,
) {
    for (page, _) in pages_of_tree(pages, root, &BTreeSet::new()).0 {
        let Some(node) = Node::read(pages, page) else {
            continue;
        };
        if !matches!(node.kind, NodeKind::IndexLeaf | NodeKind::IndexInterior) {
            continue;
        }
        for cell in 0..node.cell_count() {
            let payload = node.payload(cell, pages).map(|(_, payload)| payload);
            let record = payload.and_then(|payload| record::decode(&payload));
            if let Some((row, values)) = record.and_then(|record| entry(shape, index, record)) {
                known.entry(row).or_default().extend(values);
            }
        }
    }
}

/// The row that an index's record is about, and what it says of it.
fn entry(shape: &Shape, index: &Index, record: Vec<Value>) -> Option<(i64, Known)> {
    if record.len() != index.parts.len() {
        return None;
    }
    let mut number = None;
    let mut known = Known::new();
    for (part, value) in index.parts.iter().zip(record) {
        match *part {
            Part::Row => number = Some(value),
            Part::Column(place) => {
                let column = shape.columns.get(place)?;
                if column.is_row {
                    number = Some(value);
                } else if column.class.takes(&value) {
                    known.insert(place, value);
                } else {
                    return None;
                }
            }
        }
    }
    match number? {
        Value::Integer(number) => Some((number, known)),
        _ => None,
    }
}
