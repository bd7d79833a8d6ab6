//! Group, keys and derivations (WIRE-2..4).

use curve25519_dalek::ristretto::RistrettoPoint;
use openmg_crypto::{derive as derivation, group, sealed, signature};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zeroize::Zeroizing;

use crate::errors::{Refused, exactly, raise};

/// Adds this file's functions.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(generator, module)?)?;
    module.add_function(wrap_pyfunction!(decode_point, module)?)?;
    module.add_function(wrap_pyfunction!(derive, module)?)?;
    module.add_function(wrap_pyfunction!(wide_scalar, module)?)?;
    module.add_function(wrap_pyfunction!(random_scalar, module)?)?;
    module.add_function(wrap_pyfunction!(public_point, module)?)?;
    module.add_function(wrap_pyfunction!(commit, module)?)?;
    module.add_function(wrap_pyfunction!(pair, module)?)?;
    module.add_function(wrap_pyfunction!(box_seal, module)?)?;
    module.add_function(wrap_pyfunction!(box_open, module)?)?;
    module.add_function(wrap_pyfunction!(sign, module)?)?;
    module.add_function(wrap_pyfunction!(signing_public, module)?)?;
    module.add_function(wrap_pyfunction!(verify_signature, module)?)
}

#[pyfunction]
fn generator(py: Python<'_>) -> Bound<'_, PyBytes> {
    PyBytes::new(py, group::generator_bytes())
}

#[pyfunction]
#[pyo3(signature = (point, /))]
fn decode_point(point: &[u8]) -> PyResult<()> {
    exactly::<32>(point, "point")?;
    group::received_point(point, "the point")
        .map_err(raise)
        .map(drop)
}

#[pyfunction]
#[pyo3(signature = (key, label, data, /))]
fn derive<'py>(py: Python<'py>, key: &[u8], label: &str, data: &[u8]) -> Bound<'py, PyBytes> {
    PyBytes::new(py, derivation::derive(key, label, &[data]).as_slice())
}

#[pyfunction]
#[pyo3(signature = (wide, /))]
fn wide_scalar<'py>(py: Python<'py>, wide: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let scalar = Zeroizing::new(group::wide(exactly(wide, "wide")?));
    Ok(PyBytes::new(py, scalar.as_bytes()))
}

#[pyfunction]
fn random_scalar(py: Python<'_>) -> Bound<'_, PyBytes> {
    PyBytes::new(py, derivation::fresh_scalar().as_bytes())
}

#[pyfunction]
#[pyo3(signature = (secret, /))]
fn public_point<'py>(py: Python<'py>, secret: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let secret = Zeroizing::new(
        group::canonical_scalar(exactly::<32>(secret, "secret")?, "the secret").map_err(raise)?,
    );
    Ok(PyBytes::new(
        py,
        RistrettoPoint::mul_base(&secret).compress().as_bytes(),
    ))
}

/// The R and C of an opening: value, randomness and epoch key as Python gives them.
fn encrypted(value: i128, randomness: &[u8], epoch_key: &[u8]) -> PyResult<[[u8; 32]; 2]> {
    let randomness = exactly::<32>(randomness, "the randomness")?;
    let randomness =
        Zeroizing::new(group::canonical_scalar(randomness, "the randomness").map_err(raise)?);
    let key = group::received_point(exactly::<32>(epoch_key, "epoch_key")?, "the epoch key")
        .map_err(raise)?;
    let value = Zeroizing::new(group::signed_scalar(value));
    let (r, c) = group::pair(&value, &randomness, &key);
    Ok([r.compress().to_bytes(), c.compress().to_bytes()])
}

#[pyfunction]
#[pyo3(signature = (value, blinding, epoch_key, /))]
fn commit<'py>(
    py: Python<'py>,
    value: i128,
    blinding: &[u8],
    epoch_key: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    Ok(PyBytes::new(py, &encrypted(value, blinding, epoch_key)?[1]))
}

#[pyfunction]
#[pyo3(signature = (value, randomness, epoch_key, /))]
fn pair<'py>(
    py: Python<'py>,
    value: i128,
    randomness: &[u8],
    epoch_key: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    Ok(PyBytes::new(
        py,
        encrypted(value, randomness, epoch_key)?.as_flattened(),
    ))
}

#[pyfunction]
#[pyo3(signature = (public, aad, plaintext, /))]
fn box_seal<'py>(
    py: Python<'py>,
    public: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    let public =
        group::received_point(exactly::<32>(public, "public")?, "the public key").map_err(raise)?;
    Ok(PyBytes::new(py, &sealed::seal(&public, aad, plaintext)))
}

#[pyfunction]
#[pyo3(signature = (secret, aad, r#box, /))]
fn box_open<'py>(
    py: Python<'py>,
    secret: &[u8],
    aad: &[u8],
    r#box: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    let secret = Zeroizing::new(
        group::canonical_scalar(exactly::<32>(secret, "secret")?, "the secret").map_err(raise)?,
    );
    let plaintext = sealed::open(&secret, aad, r#box).map_err(raise)?;
    Ok(PyBytes::new(py, &plaintext))
}

#[pyfunction]
#[pyo3(signature = (secret, message, /))]
fn sign<'py>(py: Python<'py>, secret: &[u8], message: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    Ok(PyBytes::new(
        py,
        &signature::sign(exactly(secret, "secret")?, message),
    ))
}

#[pyfunction]
#[pyo3(signature = (secret, /))]
fn signing_public<'py>(py: Python<'py>, secret: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    Ok(PyBytes::new(
        py,
        &signature::public_key(exactly(secret, "secret")?),
    ))
}

#[pyfunction]
#[pyo3(signature = (public, message, signature, clause, /))]
fn verify_signature(public: &[u8], message: &[u8], signature: &[u8], clause: &str) -> PyResult<()> {
    let (public, signature) = (exactly(public, "public")?, exactly(signature, "signature")?);
    signature::verify("", public, message, signature)
        .map_err(|refused| Refused::new_err((clause.to_owned(), refused.reason)))
}
