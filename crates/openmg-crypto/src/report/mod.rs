//! The report: a household's encrypted ladder with the proof that it is covered (MARKET-2..6, WIRE-7).
//!
//! [`Statement`] holds what the reports of one slot share. `prove` makes a whole signed transaction, `verify` checks
//! many at once. `wire` knows the bytes, `statement` the transcript, `sigma` and `range` the two proofs. `verifier` checks
//! both in one `combination`, the range proof by its `equation`; `oracle` is what it is tested against.

mod batch;
mod combination;
mod equation;
mod montgomery;
mod oracle;
mod prove;
mod range;
mod sigma;
mod statement;
mod verifier;
mod wire;
mod witness;

#[doc(hidden)]
pub mod testing;

pub use batch::{Accepted, Item};
pub use statement::Statement;
pub use wire::{Layout, MAX_BASES, MAX_RUNGS};
pub use witness::Request;
