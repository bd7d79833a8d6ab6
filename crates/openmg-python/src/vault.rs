//! Files at rest (WIRE-13).

use openmg_crypto::vault;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::{exactly, raise};

/// Adds this file's functions and class.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(vault_header, module)?)?;
    module.add_function(wrap_pyfunction!(vault_key, module)?)?;
    module.add_class::<VaultKey>()
}

#[pyfunction]
fn vault_header(py: Python<'_>) -> Bound<'_, PyBytes> {
    PyBytes::new(py, &vault::header())
}

#[pyfunction]
#[pyo3(signature = (passphrase, header, /))]
fn vault_key(py: Python<'_>, passphrase: &[u8], header: &[u8]) -> PyResult<VaultKey> {
    let header = exactly(header, "header")?;
    py.detach(|| vault::VaultKey::derive(passphrase, header))
        .map(VaultKey)
        .map_err(raise)
}

#[pyclass(frozen, module = "openmg._core")]
struct VaultKey(vault::VaultKey);

#[pymethods]
impl VaultKey {
    #[pyo3(signature = (plaintext, /))]
    fn seal<'py>(&self, py: Python<'py>, plaintext: &[u8]) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.0.seal(plaintext)))
    }

    #[pyo3(signature = (sealed, /))]
    fn open<'py>(&self, py: Python<'py>, sealed: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let plaintext = py.detach(|| self.0.open(sealed)).map_err(raise)?;
        Ok(PyBytes::new(py, &plaintext))
    }
}
