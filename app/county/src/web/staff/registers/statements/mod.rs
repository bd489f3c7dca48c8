//! What staff may state on a page, who of them, and about what.

mod calls;
mod households;
mod leads;
mod people_found;
mod problems;
mod relatives;
mod reports;

use relief::{
    Fact,
    county_event::{Wanted, Withdrawn},
};

use crate::accounts::Office;

use super::inputs::{Field, Inputs, Kind, Wrong};

/// Something that staff may state.
pub(super) struct Statement {
    /// Its name in addresses.
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    /// Whose it is: the county's alone, or the townships' too.
    pub(super) by: By,
    /// The kind of event that it is about; `None` if it begins something.
    pub(super) of: Option<Wanted>,
    pub(super) fields: Vec<Field>,
    pub(super) build: fn(&Inputs<'_>) -> Result<Fact, Wrong>,
}

/// Whose a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The county's bureau.
    County,
    /// The bureau and the townships.
    Staff,
    /// The village, or the offices above it in its stead.
    Village,
}

impl By {
    pub(super) fn is(self, office: &Office) -> bool {
        match office {
            Office::County => true,
            Office::Township { .. } => matches!(self, Self::Staff | Self::Village),
            Office::Village { .. } => self == Self::Village,
            Office::Auditor | Office::Administrator => false,
        }
    }
}

pub(super) fn titles<T: Copy>(all: &[T], title: impl Fn(T) -> &'static str) -> Kind {
    Kind::OneOf(all.iter().map(|one| title(*one)).collect())
}

/// Fields before which the place is asked for.
fn with_place(rest: Vec<Field>) -> Vec<Field> {
    let place = [
        Field::needed("township", "乡镇", Kind::Township),
        Field::optional("village", "村（居）委会代码", Kind::Line),
    ];
    place.into_iter().chain(rest).collect()
}

/// Every statement.
pub(super) fn all() -> Vec<Statement> {
    [
        households::all(),
        relatives::all(),
        reports::all(),
        people_found::all(),
        leads::all(),
        problems::all(),
        calls::all(),
        vec![withdrawn()],
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn withdrawn() -> Statement {
    Statement {
        key: "withdrawn",
        title: "撤回这条登记",
        by: By::County,
        of: Some(Wanted::Any),
        fields: Vec::new(),
        build: |inputs| {
            Ok(Fact::Withdrawn(Withdrawn {
                event: inputs.about()?,
            }))
        },
    }
}
