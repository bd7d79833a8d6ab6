//! `openmg._core`: the Rust core as Python sees it (`src/openmg/_core.pyi`). Bytes in, bytes out.
//!
//! Conversion, release of the interpreter lock and errors only; every rule is in `openmg-crypto`.
#![forbid(unsafe_code)]

mod errors;
mod group;
mod masks;
mod report;
mod settlement;
mod threshold;
mod vault;

use pyo3::prelude::*;

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    errors::register(module)?;
    group::register(module)?;
    masks::register(module)?;
    report::register(module)?;
    settlement::register(module)?;
    threshold::register(module)?;
    vault::register(module)
}
