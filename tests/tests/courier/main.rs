//! Stories of the courier's stick: real files of kiosks and county, real folders, and what happens to them on the way.

mod bench;
mod damage;
mod interruptions;
mod room;
mod routes;
mod visits;
