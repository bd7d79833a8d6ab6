//! Reports (WIRE-6, WIRE-7).

use curve25519_dalek::Scalar;
use openmg_crypto::group::canonical_scalar;
use openmg_crypto::meter::Reading;
use openmg_crypto::report::{self, Accepted, Item, Request};
use openmg_crypto::sums;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyTuple};
use zeroize::Zeroizing;

use crate::errors::{exactly, raise};

/// Adds this file's class and functions.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Statement>()?;
    module.add_class::<Pairs>()?;
    module.add_function(wrap_pyfunction!(meter_sign, module)?)
}

/// The points of a report's pairs, decompressed.
#[pyclass(frozen, eq, module = "openmg._core")]
#[derive(PartialEq)]
pub struct Pairs(pub sums::Pairs);

#[pymethods]
impl Pairs {
    #[new]
    #[pyo3(signature = (rungs, report, /))]
    fn new(rungs: usize, report: &[u8]) -> PyResult<Self> {
        sums::Pairs::read(rungs, report).map(Self).map_err(raise)
    }
}

/// What all reports of one slot and one set of epoch bases share.
#[pyclass(frozen, module = "openmg._core")]
struct Statement(report::Statement);

#[pymethods]
impl Statement {
    #[new]
    fn new(
        py: Python<'_>,
        chain: &[u8],
        epoch_keys: &[u8],
        levels: Vec<u64>,
        fee: u64,
    ) -> PyResult<Self> {
        let chain = *exactly(chain, "chain")?;
        let keys = split(epoch_keys, "epoch_keys")?;
        py.detach(|| report::Statement::new(chain, &keys, &levels, fee))
            .map(Self)
            .map_err(raise)
    }

    /// Length of a report transaction.
    fn report_bytes(&self) -> usize {
        self.0.layout().len()
    }

    /// A whole signed report transaction; refuses a witness that is not true.
    #[pyo3(signature = (*, seed, account, slot, version, checkpoint, epoch, base_value, base_blindings, opening,
        reading, meter_signature, buy, sell))]
    #[expect(clippy::too_many_arguments, reason = "the contract's keywords")]
    fn prove<'py>(
        &self,
        py: Python<'py>,
        seed: &[u8],
        account: &[u8],
        slot: u64,
        version: u64,
        checkpoint: u64,
        epoch: u32,
        base_value: i128,
        base_blindings: &[u8],
        opening: &[u8],
        reading: (u64, u64),
        meter_signature: &[u8],
        buy: Vec<u64>,
        sell: Vec<u64>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (base_blindings, buy, sell) = (
            scalars(base_blindings)?,
            Zeroizing::new(buy),
            Zeroizing::new(sell),
        );
        self.check_counts(base_blindings.len(), buy.len(), sell.len())?;
        let request = Request {
            seed: exactly(seed, "seed")?,
            account: exactly(account, "account")?,
            slot,
            version,
            checkpoint,
            epoch,
            base_value,
            base_blindings: &base_blindings,
            opening: exactly(opening, "opening")?,
            imported: reading.0,
            exported: reading.1,
            meter_signature: exactly(meter_signature, "meter_signature")?,
            buy: &buy,
            sell: &sell,
        };
        let tx = py.detach(|| self.0.prove(&request)).map_err(raise)?;
        Ok(PyBytes::new(py, &tx))
    }

    /// Verifies (tx, base point, meter key) together: for each (Hd, locked, its pairs), or (clause, reason).
    #[pyo3(signature = (items, /))]
    fn verify<'py>(&self, py: Python<'py>, items: Vec<Sent>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.verify_by(py, &items, report::Statement::verify)
    }

    /// The same with the library's range proof verifier, the oracle of our own.
    #[pyo3(signature = (items, /))]
    fn verify_by_library<'py>(
        &self,
        py: Python<'py>,
        items: Vec<Sent>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.verify_by(py, &items, report::Statement::verify_by_library)
    }
}

/// A transaction, the account's base point and its meter key.
type Sent = (PyBackedBytes, PyBackedBytes, PyBackedBytes);
/// One answer for each report.
type Answers = Vec<openmg_crypto::Result<Accepted>>;

impl Statement {
    fn verify_by<'py>(
        &self,
        py: Python<'py>,
        items: &[Sent],
        verify: fn(&report::Statement, &[Item]) -> Answers,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let items = items.iter().map(item).collect::<PyResult<Vec<_>>>()?;
        let answers = py.detach(|| verify(&self.0, &items));
        answers
            .into_iter()
            .map(|answer| answer_to_python(py, answer))
            .collect()
    }
}

impl Statement {
    fn check_counts(&self, blindings: usize, buy: usize, sell: usize) -> PyResult<()> {
        let layout = self.0.layout();
        let expected = [layout.bases, layout.rungs, layout.rungs];
        let names = ["base_blindings", "buy", "sell"];
        for ((name, expected), count) in names.into_iter().zip(expected).zip([blindings, buy, sell])
        {
            if count != expected {
                return Err(PyValueError::new_err(format!(
                    "{name} has {count} entries, not {expected}"
                )));
            }
        }
        Ok(())
    }
}

fn item((tx, base, meter): &Sent) -> PyResult<Item<'_>> {
    Ok(Item {
        tx,
        base: exactly(base, "the base point")?,
        meter: exactly(meter, "the meter key")?,
    })
}

fn answer_to_python(
    py: Python<'_>,
    answer: openmg_crypto::Result<Accepted>,
) -> PyResult<Bound<'_, PyAny>> {
    match answer {
        Ok(accepted) => {
            let [headroom, locked] =
                [accepted.headroom, accepted.locked].map(|point| PyBytes::new(py, &point));
            let verified = (headroom, locked, Pairs(accepted.pairs));
            Ok(verified.into_pyobject(py)?.into_any())
        }
        Err(refused) => Ok(PyTuple::new(py, [refused.clause, &refused.reason])?.into_any()),
    }
}

/// Joined 32-byte strings.
fn split(bytes: &[u8], name: &str) -> PyResult<Vec<[u8; 32]>> {
    if bytes.is_empty() || !bytes.len().is_multiple_of(32) {
        return Err(PyValueError::new_err(format!(
            "{name} is {} bytes, not a multiple of 32",
            bytes.len()
        )));
    }
    bytes
        .chunks_exact(32)
        .map(|part| exactly(part, name).copied())
        .collect()
}

fn scalars(bytes: &[u8]) -> PyResult<Zeroizing<Vec<Scalar>>> {
    let parts = Zeroizing::new(split(bytes, "base_blindings")?);
    let scalars = parts
        .iter()
        .map(|part| canonical_scalar(part, "a base blinding"))
        .collect::<Result<Vec<_>, _>>();
    scalars.map(Zeroizing::new).map_err(raise)
}

/// (opening ρ, signature) of one reading; refuses with MARKET-1 one with both import and export.
#[pyfunction]
#[pyo3(signature = (secret, chain, account, slot, epoch_key, imported, exported, /))]
#[expect(clippy::too_many_arguments, reason = "the contract's arguments")]
fn meter_sign<'py>(
    py: Python<'py>,
    secret: &[u8],
    chain: &[u8],
    account: &[u8],
    slot: u64,
    epoch_key: &[u8],
    imported: u64,
    exported: u64,
) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
    let reading = Reading {
        chain: exactly(chain, "chain")?,
        account: exactly(account, "account")?,
        slot,
        epoch_key: exactly(epoch_key, "epoch_key")?,
    };
    let secret = exactly(secret, "secret")?;
    let (opening, signature) = py
        .detach(|| reading.sign(secret, imported, exported))
        .map_err(raise)?;
    Ok((
        PyBytes::new(py, opening.as_slice()),
        PyBytes::new(py, &signature),
    ))
}
