//! The report proof: what it accepts, and that each clause alone refuses what breaks it.

mod homes;
mod honest;
mod oracle;
mod refusals;
