//! Near relatives of staff and village committee members (近亲属备案): declared, found, registered apart, visited, and
//! kept out of their relative's hands.
//!
//! It bars nobody from support. Source: 民发〔2021〕57号 第11条、第20条; 长子民发〔2024〕26号 三（二）.

mod facts;
mod register;

pub use facts::{
    ApplicationEntered, Assisted, Declared, FilingResult, FilingSettled, FilingVisited, FoundBy,
    OfficialCategory, OfficialEntered, OfficialLeft, Recused, RelativeFiled, RelativeNamed,
};
pub use register::{Candidate, Filing, NearRelatives, Official, Recusal};

#[cfg(test)]
mod tests;
