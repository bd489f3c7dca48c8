//! Stories of visits, told to the state machine alone.

mod card;
mod handover;
mod household_and_reasons;
mod idle;
mod papers;
mod story;
mod submitting;
mod typing;
mod ways;
