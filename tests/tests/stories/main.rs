//! Stories across all crates, told in the simulator's world: real screens, files, lines and servers.

mod bad_input;
mod papers;
mod town;
mod ways;
