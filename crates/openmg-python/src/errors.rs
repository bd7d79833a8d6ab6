//! Errors: what the protocol refuses is `Refused(clause, reason)`, a wrong length is `ValueError`.

use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;

pyo3::create_exception!(
    openmg._core,
    Refused,
    PyException,
    "The protocol refuses it: args = (clause, reason)."
);

/// Adds the exception as `Refused`.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("Refused", module.py().get_type::<Refused>())
}

/// The Python exception of a refusal.
pub fn raise(refused: openmg_crypto::Refused) -> PyErr {
    Refused::new_err((refused.clause, refused.reason))
}

/// Exactly `N` bytes, or `ValueError` with the argument's name.
pub fn exactly<'a, const N: usize>(bytes: &'a [u8], name: &str) -> PyResult<&'a [u8; N]> {
    bytes
        .try_into()
        .map_err(|_| PyValueError::new_err(format!("{name} is {} bytes, not {N}", bytes.len())))
}
