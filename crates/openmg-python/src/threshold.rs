//! Threshold key and decryption shares.

use pyo3::prelude::*;

/// Adds this file's functions.
pub fn register(_module: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
