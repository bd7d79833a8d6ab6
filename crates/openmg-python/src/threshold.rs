//! Threshold key (WIRE-8) and decryption shares (WIRE-9).
#![expect(
    clippy::too_many_arguments,
    reason = "Python passes the place of a key generation one by one"
)]

use curve25519_dalek::Scalar;
use openmg_crypto::complaint;
use openmg_crypto::group::canonical_scalar;
use openmg_crypto::key::{Generation, add_scalars as add};
use openmg_crypto::share::{self as decryption, Step, Sum};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use zeroize::Zeroizing;

use crate::errors::{exactly, raise};

/// What Python gets.
type Bytes<'py> = Bound<'py, PyBytes>;

/// Adds this file's functions.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(deal_key, module)?)?;
    module.add_function(wrap_pyfunction!(check_deal, module)?)?;
    module.add_function(wrap_pyfunction!(open_share, module)?)?;
    module.add_function(wrap_pyfunction!(complain, module)?)?;
    module.add_function(wrap_pyfunction!(judge_complaint, module)?)?;
    module.add_function(wrap_pyfunction!(key_from_deals, module)?)?;
    module.add_function(wrap_pyfunction!(add_scalars, module)?)?;
    module.add_function(wrap_pyfunction!(share, module)?)?;
    module.add_function(wrap_pyfunction!(check_share, module)?)?;
    module.add_function(wrap_pyfunction!(remainder, module)?)?;
    module.add_function(wrap_pyfunction!(check_opening, module)?)
}

#[pyfunction]
#[pyo3(signature = (chain, epoch, attempt, authorities, threshold, dealer, ephemerals, /))]
fn deal_key<'py>(
    py: Python<'py>,
    chain: &[u8],
    epoch: u64,
    attempt: u64,
    authorities: u64,
    threshold: u64,
    dealer: u64,
    ephemerals: &[u8],
) -> PyResult<(Bytes<'py>, Bytes<'py>)> {
    let generation = generation(chain, epoch, attempt, authorities, threshold)?;
    let ephemerals = words(ephemerals, "ephemerals")?;
    if ephemerals.len() as u64 != authorities {
        let line = format!(
            "{} ephemerals for {authorities} authorities",
            ephemerals.len()
        );
        return Err(PyValueError::new_err(line));
    }
    let dealt = py.detach(|| generation.deal(dealer, &ephemerals));
    let (deal, own) = dealt.map_err(raise)?;
    Ok((PyBytes::new(py, &deal), PyBytes::new(py, own.as_bytes())))
}

#[pyfunction]
#[pyo3(signature = (chain, epoch, attempt, authorities, threshold, dealer, ephemeral, deal, /))]
fn check_deal(
    py: Python<'_>,
    chain: &[u8],
    epoch: u64,
    attempt: u64,
    authorities: u64,
    threshold: u64,
    dealer: u64,
    ephemeral: &[u8],
    deal: &[u8],
) -> PyResult<()> {
    let generation = generation(chain, epoch, attempt, authorities, threshold)?;
    let ephemeral = exactly(ephemeral, "ephemeral")?;
    py.detach(|| generation.check_deal(dealer, ephemeral, deal))
        .map_err(raise)
}

#[pyfunction]
#[pyo3(signature = (chain, epoch, attempt, authorities, threshold, dealer, recipient, secret, deal, /))]
fn open_share<'py>(
    py: Python<'py>,
    chain: &[u8],
    epoch: u64,
    attempt: u64,
    authorities: u64,
    threshold: u64,
    dealer: u64,
    recipient: u64,
    secret: &[u8],
    deal: &[u8],
) -> PyResult<Bytes<'py>> {
    let generation = generation(chain, epoch, attempt, authorities, threshold)?;
    let secret = secret_scalar(secret)?;
    let opened = py.detach(|| generation.open_share(dealer, recipient, &secret, deal));
    Ok(PyBytes::new(py, opened.map_err(raise)?.as_bytes()))
}

#[pyfunction]
#[pyo3(signature = (chain, epoch, attempt, authorities, threshold, accuser, dealer, secret, deal, /))]
fn complain<'py>(
    py: Python<'py>,
    chain: &[u8],
    epoch: u64,
    attempt: u64,
    authorities: u64,
    threshold: u64,
    accuser: u64,
    dealer: u64,
    secret: &[u8],
    deal: &[u8],
) -> PyResult<Bytes<'py>> {
    let generation = generation(chain, epoch, attempt, authorities, threshold)?;
    let secret = secret_scalar(secret)?;
    let complaint = py.detach(|| complaint::complain(&generation, accuser, dealer, &secret, deal));
    Ok(PyBytes::new(py, &complaint.map_err(raise)?))
}

#[pyfunction]
#[pyo3(signature = (chain, epoch, attempt, authorities, threshold, accuser, dealer, ephemeral, deal, complaint, /))]
fn judge_complaint(
    py: Python<'_>,
    chain: &[u8],
    epoch: u64,
    attempt: u64,
    authorities: u64,
    threshold: u64,
    accuser: u64,
    dealer: u64,
    ephemeral: &[u8],
    deal: &[u8],
    complaint: &[u8],
) -> PyResult<bool> {
    let generation = generation(chain, epoch, attempt, authorities, threshold)?;
    let ephemeral = exactly(ephemeral, "ephemeral")?;
    let complaint = exactly(complaint, "complaint")?;
    py.detach(|| complaint::judge(&generation, accuser, dealer, ephemeral, deal, complaint))
        .map_err(raise)
}

#[pyfunction]
#[pyo3(signature = (authorities, threshold, deals, /))]
fn key_from_deals<'py>(
    py: Python<'py>,
    authorities: u64,
    threshold: u64,
    deals: Vec<PyBackedBytes>,
) -> PyResult<(Bytes<'py>, Bytes<'py>)> {
    let deals: Vec<&[u8]> = deals.iter().map(|deal| &**deal).collect();
    let key = py.detach(|| Generation::key(authorities, threshold, &deals));
    let (key, verification_keys) = key.map_err(raise)?;
    let encoded: Vec<_> = verification_keys
        .iter()
        .map(|y| y.compress().to_bytes())
        .collect();
    let key = PyBytes::new(py, key.compress().as_bytes());
    Ok((key, PyBytes::new(py, encoded.as_flattened())))
}

#[pyfunction]
#[pyo3(signature = (scalars, /))]
fn add_scalars<'py>(py: Python<'py>, scalars: Vec<PyBackedBytes>) -> PyResult<Bytes<'py>> {
    let scalars = scalars
        .iter()
        .map(|scalar| exactly(scalar, "a scalar").copied());
    let scalars = Zeroizing::new(scalars.collect::<PyResult<Vec<_>>>()?);
    Ok(PyBytes::new(py, add(&scalars).map_err(raise)?.as_bytes()))
}

#[pyfunction]
#[pyo3(signature = (chain, epoch, subject, secret, sums, /))]
fn share<'py>(
    py: Python<'py>,
    chain: &[u8],
    epoch: u64,
    subject: &[u8],
    secret: &[u8],
    sums: Vec<(PyBackedBytes, PyBackedBytes)>,
) -> PyResult<Bytes<'py>> {
    let (chain, subject) = (exactly(chain, "chain")?, exactly(subject, "subject")?);
    let (secret, sums) = (secret_scalar(secret)?, sums_of(&sums)?);
    let step = Step {
        chain,
        epoch,
        subject,
        sums: &sums,
    };
    let share = py.detach(|| step.share(&secret));
    Ok(PyBytes::new(py, &share.map_err(raise)?))
}

#[pyfunction]
#[pyo3(signature = (chain, epoch, subject, verification_key, sums, share, /))]
fn check_share(
    py: Python<'_>,
    chain: &[u8],
    epoch: u64,
    subject: &[u8],
    verification_key: &[u8],
    sums: Vec<(PyBackedBytes, PyBackedBytes)>,
    share: &[u8],
) -> PyResult<()> {
    let (chain, subject) = (exactly(chain, "chain")?, exactly(subject, "subject")?);
    let (key, sums) = (
        exactly(verification_key, "verification_key")?,
        sums_of(&sums)?,
    );
    let step = Step {
        chain,
        epoch,
        subject,
        sums: &sums,
    };
    py.detach(|| step.check(key, share)).map_err(raise)
}

#[pyfunction]
#[pyo3(signature = (commitment, indices, shares, /))]
fn remainder<'py>(
    py: Python<'py>,
    commitment: &[u8],
    indices: Vec<u64>,
    shares: &[u8],
) -> PyResult<Bytes<'py>> {
    let commitment = exactly(commitment, "commitment")?;
    let shares = words(shares, "shares")?;
    if shares.len() != indices.len() {
        let line = format!("{} shares for {} indices", shares.len(), indices.len());
        return Err(PyValueError::new_err(line));
    }
    let opened = py.detach(|| decryption::remainder(commitment, &indices, &shares));
    Ok(PyBytes::new(
        py,
        opened.map_err(raise)?.compress().as_bytes(),
    ))
}

#[pyfunction]
#[pyo3(signature = (point, value, /))]
fn check_opening(point: &[u8], value: i128) -> PyResult<()> {
    decryption::check_opening(exactly(point, "point")?, value).map_err(raise)
}

fn generation(
    chain: &[u8],
    epoch: u64,
    attempt: u64,
    authorities: u64,
    threshold: u64,
) -> PyResult<Generation<'_>> {
    let chain = exactly(chain, "chain")?;
    Ok(Generation {
        chain,
        epoch,
        attempt,
        authorities,
        threshold,
    })
}

fn sums_of(sums: &[(PyBackedBytes, PyBackedBytes)]) -> PyResult<Vec<Sum<'_>>> {
    sums.iter()
        .map(|(functional, pair)| sum_of(functional, pair))
        .collect()
}

/// A functional and its ΣR ‖ ΣC.
fn sum_of<'a>(functional: &'a [u8], pair: &'a [u8]) -> PyResult<Sum<'a>> {
    let pair: &[u8; 64] = exactly(pair, "a sum's R and C")?;
    let (randomness, commitment) = pair.split_at(32);
    Ok(Sum {
        functional: exactly(functional, "a functional")?,
        randomness: exactly(randomness, "R")?,
        commitment: exactly(commitment, "C")?,
    })
}

/// Points or scalars passed joined.
pub(crate) fn words(bytes: &[u8], name: &str) -> PyResult<Vec<[u8; 32]>> {
    if !bytes.len().is_multiple_of(32) {
        return Err(PyValueError::new_err(format!(
            "{name} are {} bytes, no multiple of 32",
            bytes.len()
        )));
    }
    bytes
        .chunks_exact(32)
        .map(|word| exactly(word, name).copied())
        .collect()
}

pub(crate) fn secret_scalar(secret: &[u8]) -> PyResult<Zeroizing<Scalar>> {
    let secret = exactly::<32>(secret, "secret")?;
    canonical_scalar(secret, "the secret")
        .map(Zeroizing::new)
        .map_err(raise)
}
