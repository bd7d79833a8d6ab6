//! Cryptography of Enhanced Open MG: group, sealed boxes, the report proof, the threshold key (book, chapter Wire).
//!
//! No input or output but the operating system's randomness, no clock, no Python. What is refused comes back as
//! [`Refused`] with the protocol's clause.
#![forbid(unsafe_code)]

pub mod complaint;
mod deal;
pub mod derive;
mod disclosure;
pub mod dlog;
pub mod error;
pub mod group;
pub mod key;
pub mod learning;
pub mod meter;
pub mod report;
pub mod sealed;
mod senders;
pub mod settlement;
pub mod share;
pub mod signature;
pub mod sums;
pub mod transcript;
pub mod vault;

pub use error::{Refused, Result};
