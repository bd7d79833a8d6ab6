//! Reports (WIRE-6, WIRE-7).

use pyo3::prelude::*;

/// Adds this file's class and functions.
pub fn register(_module: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
