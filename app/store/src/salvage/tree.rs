//! B-tree pages: which cells they have, and the payload of a cell with its overflow pages.
//!
//! Every length, pointer and count is taken for hostile. A walk through overflow pages is as long
//! as the payload says and not longer than [`PAYLOAD_MAX`].
//!
//! Source: <https://www.sqlite.org/fileformat2.html#b_tree_pages>.

use envelope::MAX_SEALED_LEN;

use super::{
    bytes::{u16_at, u32_at},
    pages::{FILE_HEADER_LEN, PAGE_LEN, Page, Pages},
    record::varint,
};

/// The longest row that is read: the longest sealed object and the small columns beside it.
const PAYLOAD_MAX: usize = MAX_SEALED_LEN + PAGE_LEN;

/// What a page of a b-tree is for; the numbers are its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeKind {
    IndexInterior = 2,
    TableInterior = 5,
    IndexLeaf = 10,
    TableLeaf = 13,
}

/// A page of a b-tree.
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    page: Page,
    /// Where each cell begins; `None` where the pointer leads out of the cells' part of the page.
    cells: Vec<Option<usize>>,
    /// Where the first of them begins, as the page says.
    first: Option<usize>,
    rightmost: Option<u32>,
}

/// A cell's row number, in a table, and its payload.
pub(crate) type Payload = (Option<i64>, Vec<u8>);

impl Node {
    /// `None` if the page is none of a b-tree.
    pub(crate) fn read(pages: &Pages<'_>, number: u32) -> Option<Self> {
        let page = pages.page(number)?;
        let start = if number == 1 { FILE_HEADER_LEN } else { 0 };
        let kind = match page[start] {
            2 => NodeKind::IndexInterior,
            5 => NodeKind::TableInterior,
            10 => NodeKind::IndexLeaf,
            13 => NodeKind::TableLeaf,
            _ => return None,
        };
        let interior = matches!(kind, NodeKind::IndexInterior | NodeKind::TableInterior);
        let pointers = start + if interior { 12 } else { 8 };
        let count = usize::from(u16_at(&page[..], start + 3)?);
        let cells_start = pointers + 2 * count;
        if PAGE_LEN < cells_start {
            return None;
        }
        let cells = (0..count).map(|index| {
            let cell = usize::from(u16_at(&page[..], pointers + 2 * index)?);
            (cells_start <= cell && cell < PAGE_LEN).then_some(cell)
        });
        Some(Self {
            kind,
            cells: cells.collect(),
            first: u16_at(&page[..], start + 5).map(usize::from),
            rightmost: if interior {
                u32_at(&page[..], start + 8)
            } else {
                None
            },
            page,
        })
    }

    /// Whether the page shows no sign of a cell that no pointer leads to. Where rows were deleted
    /// there may be such a sign without damage.
    pub(crate) fn has_all_cells(&self) -> bool {
        let first = self.cells.iter().flatten().min();
        let end = PAGE_LEN;
        self.cells.iter().all(Option::is_some) && self.first == Some(*first.unwrap_or(&end))
    }

    pub(crate) fn cell_count(&self) -> usize {
        self.cells.len()
    }

    /// The pages below this one, each with the highest row number that it may have if that is told.
    pub(crate) fn children(&self) -> Vec<(u32, Option<i64>)> {
        let mut children = Vec::new();
        if let Some(rightmost) = self.rightmost {
            for cell in self.cells.iter().flatten() {
                if let Some(child) = u32_at(&self.page[..], *cell) {
                    children.push((child, self.key(*cell)));
                }
            }
            children.push((rightmost, None));
        }
        children
    }

    fn key(&self, cell: usize) -> Option<i64> {
        if self.kind != NodeKind::TableInterior {
            return None;
        }
        let (key, _) = varint(self.page.get(cell + 4..)?)?;
        Some(key.cast_signed())
    }

    /// For each cell of a table's leaf whether its row number is out of order, or beyond the highest
    /// that the page may have.
    pub(crate) fn misplaced(&self, highest: Option<i64>) -> Vec<bool> {
        let numbers = (0..self.cells.len()).map(|cell| self.row_number(cell));
        let numbers: Vec<_> = numbers.collect();
        let misplaced = |(index, number): (usize, &Option<i64>)| match number {
            None => true,
            Some(number) => {
                let before = numbers[..index].iter().flatten().next_back();
                let after = numbers[index + 1..].iter().flatten().next();
                before.is_some_and(|before| number <= before)
                    || after.is_some_and(|after| after <= number)
                    || highest.is_some_and(|highest| highest < *number)
            }
        };
        numbers.iter().enumerate().map(misplaced).collect()
    }

    fn row_number(&self, index: usize) -> Option<i64> {
        let cell = self.page.get((*self.cells.get(index)?)?..)?;
        let (_, taken) = varint(cell)?;
        let (number, _) = varint(&cell[taken..])?;
        Some(number.cast_signed())
    }

    /// The payload of a cell, put together from its overflow pages; `None` if any part is damaged
    /// or, in an inner page of a table, there is none.
    pub(crate) fn payload(&self, index: usize, pages: &Pages<'_>) -> Option<Payload> {
        let mut at = (*self.cells.get(index)?)?;
        if self.kind == NodeKind::IndexInterior {
            at += 4; // the page below
        }
        let (len, taken) = varint(self.page.get(at..)?)?;
        at += taken;
        let len = usize::try_from(len)
            .ok()
            .filter(|len| *len <= PAYLOAD_MAX)?;
        let row = match self.kind {
            NodeKind::TableInterior => return None,
            NodeKind::TableLeaf => {
                let (row, taken) = varint(self.page.get(at..)?)?;
                at += taken;
                Some(row.cast_signed())
            }
            NodeKind::IndexInterior | NodeKind::IndexLeaf => None,
        };
        let local = local_len(self.kind, len);
        let mut payload = self.page.get(at..at + local)?.to_vec();
        if local < len {
            let mut next = u32_at(&self.page[..], at + local)?;
            payload.reserve_exact(len - local);
            while payload.len() < len {
                let page = pages.page(next)?;
                let part = (len - payload.len()).min(PAGE_LEN - 4);
                payload.extend_from_slice(&page[4..4 + part]);
                next = u32_at(&page[..], 0)?;
            }
            if next != 0 {
                return None;
            }
        }
        Some((row, payload))
    }
}

/// How much of a payload of `len` bytes lies in the b-tree's page itself.
const fn local_len(kind: NodeKind, len: usize) -> usize {
    let all = match kind {
        NodeKind::TableLeaf | NodeKind::TableInterior => PAGE_LEN - 35,
        NodeKind::IndexLeaf | NodeKind::IndexInterior => (PAGE_LEN - 12) * 64 / 255 - 23,
    };
    if len <= all {
        return len;
    }
    let least = (PAGE_LEN - 12) * 32 / 255 - 23;
    let filled = least + (len - least) % (PAGE_LEN - 4);
    if filled <= all { filled } else { least }
}
