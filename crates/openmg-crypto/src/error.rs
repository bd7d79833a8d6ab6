//! What the protocol refuses, by the name of its clause.

use std::fmt;

/// A refusal: the clause that was broken and one line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// For example `"MARKET-4"`.
    pub clause: &'static str,
    /// What is wrong, without a secret in it.
    pub reason: String,
}

/// Everything that can be refused returns this.
pub type Result<T> = std::result::Result<T, Refused>;

impl Refused {
    /// A refusal by `clause`.
    pub fn new(clause: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { clause, reason }
    }

    /// The same, refused by the clause that asked.
    pub fn under(self, clause: &'static str) -> Self {
        Self { clause, ..self }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.clause, self.reason)
    }
}

impl std::error::Error for Refused {}
