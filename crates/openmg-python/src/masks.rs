//! Masks, sealed seeds, mask sums and noise (WIRE-16).
#![expect(
    clippy::too_many_arguments,
    reason = "Python passes the place of a mask one by one"
)]

use openmg_crypto::learning::{self, Client, Committee, HiddenVector, Place, gaussian};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList};

use crate::errors::{exactly, raise};
use crate::threshold::{secret_scalar, words};

/// What Python gets.
type Bytes<'py> = Bound<'py, PyBytes>;

/// Adds this file's functions.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(expand_masks, module)?)?;
    module.add_function(wrap_pyfunction!(hide_vector, module)?)?;
    module.add_function(wrap_pyfunction!(check_hidden, module)?)?;
    module.add_function(wrap_pyfunction!(open_seeds, module)?)?;
    module.add_function(wrap_pyfunction!(check_seeds, module)?)?;
    module.add_function(wrap_pyfunction!(complain_seeds, module)?)?;
    module.add_function(wrap_pyfunction!(judge_seeds, module)?)?;
    module.add_function(wrap_pyfunction!(sum_masks, module)?)?;
    module.add_function(wrap_pyfunction!(check_mask_sum, module)?)?;
    module.add_function(wrap_pyfunction!(gaussian_noise, module)?)
}

#[pyfunction]
#[pyo3(signature = (seed, context, count, /))]
fn expand_masks<'py>(
    py: Python<'py>,
    seed: &[u8],
    context: &[u8],
    count: usize,
) -> PyResult<Bytes<'py>> {
    let (seed, context) = (exactly(seed, "seed")?, exactly(context, "context")?);
    let mask = py.detach(|| learning::expand_context(seed, context, count));
    Ok(PyBytes::new(py, &mask))
}

#[pyfunction]
#[pyo3(signature = (task, round_, account, packed, committee, keys, seed, /))]
fn hide_vector<'py>(
    py: Python<'py>,
    task: &[u8],
    round_: u32,
    account: &[u8],
    packed: &[u8],
    committee: u8,
    keys: Vec<Option<PyBackedBytes>>,
    seed: &[u8],
) -> PyResult<(Bytes<'py>, Bytes<'py>, Vec<Bytes<'py>>, Bytes<'py>)> {
    let place = place(task, round_, account)?;
    let (keys, seed) = (keys_of(&keys)?, exactly(seed, "seed")?);
    let hidden = py.detach(|| {
        let committee = Committee::new(committee)?;
        learning::hide(&place, committee, packed, &keys, seed)
    });
    let hidden = hidden.map_err(raise)?;
    let boxes = hidden.boxes.iter().map(|sealed| PyBytes::new(py, sealed));
    Ok((
        PyBytes::new(py, &hidden.y),
        PyBytes::new(py, hidden.commitments.as_flattened()),
        boxes.collect(),
        PyBytes::new(py, &hidden.proof),
    ))
}

#[pyfunction]
#[pyo3(signature = (task, round_, account, committee, keys, y, commitments, boxes, proof, /))]
fn check_hidden(
    py: Python<'_>,
    task: &[u8],
    round_: u32,
    account: &[u8],
    committee: u8,
    keys: Vec<Option<PyBackedBytes>>,
    y: &[u8],
    commitments: &[u8],
    boxes: Vec<PyBackedBytes>,
    proof: &[u8],
) -> PyResult<()> {
    let (place, keys) = (place(task, round_, account)?, keys_of(&keys)?);
    let hidden = HiddenVector {
        y: y.to_vec(),
        commitments: words(commitments, "commitments")?,
        boxes: boxes.iter().map(|sealed| sealed.to_vec()).collect(),
        proof: *exactly(proof, "proof")?,
    };
    py.detach(|| {
        let committee = Committee::new(committee)?;
        learning::check_hidden(&place, committee, &keys, &hidden)
    })
    .map_err(raise)
}

#[pyfunction]
#[pyo3(signature = (secret, task, round_, account, holder, committee, r#box, /))]
fn open_seeds<'py>(
    py: Python<'py>,
    secret: &[u8],
    task: &[u8],
    round_: u32,
    account: &[u8],
    holder: u8,
    committee: u8,
    r#box: &[u8],
) -> PyResult<Bytes<'py>> {
    let (secret, place) = (secret_scalar(secret)?, place(task, round_, account)?);
    let seeds = py.detach(|| {
        let committee = Committee::new(committee)?;
        learning::open_seeds(&secret, &place, committee, holder, r#box)
    });
    Ok(PyBytes::new(py, &seeds.map_err(raise)?))
}

#[pyfunction]
#[pyo3(signature = (holder, committee, clients, task, round_, count, /))]
fn check_seeds(
    py: Python<'_>,
    holder: u8,
    committee: u8,
    clients: Vec<(PyBackedBytes, PyBackedBytes, PyBackedBytes)>,
    task: &[u8],
    round_: u32,
    count: usize,
) -> PyResult<Vec<usize>> {
    let task = exactly(task, "task")?;
    let clients = clients.iter().map(|(account, seeds, commitments)| {
        Ok(Client {
            account: exactly(account, "account")?,
            seeds,
            commitments,
        })
    });
    let clients = clients.collect::<PyResult<Vec<_>>>()?;
    py.detach(|| {
        let committee = Committee::new(committee)?;
        learning::check_seeds(task, round_, committee, holder, &clients, count)
    })
    .map_err(raise)
}

#[pyfunction]
#[pyo3(signature = (secret, task, round_, account, holder, r#box, /))]
fn complain_seeds<'py>(
    py: Python<'py>,
    secret: &[u8],
    task: &[u8],
    round_: u32,
    account: &[u8],
    holder: u8,
    r#box: &[u8],
) -> PyResult<Bytes<'py>> {
    let (secret, place) = (secret_scalar(secret)?, place(task, round_, account)?);
    let complaint = py.detach(|| learning::complain(&place, holder, &secret, r#box));
    Ok(PyBytes::new(py, &complaint.map_err(raise)?))
}

#[pyfunction]
#[pyo3(signature = (key, task, round_, account, holder, committee, r#box, commitments, complaint, count, /))]
fn judge_seeds(
    py: Python<'_>,
    key: &[u8],
    task: &[u8],
    round_: u32,
    account: &[u8],
    holder: u8,
    committee: u8,
    r#box: &[u8],
    commitments: &[u8],
    complaint: &[u8],
    count: usize,
) -> PyResult<bool> {
    let (place, key) = (place(task, round_, account)?, exactly(key, "key")?);
    let complaint = exactly(complaint, "complaint")?;
    py.detach(|| {
        let committee = Committee::new(committee)?;
        let accuser = (holder, key);
        learning::judge(
            &place,
            committee,
            accuser,
            r#box,
            commitments,
            complaint,
            count,
        )
    })
    .map_err(raise)
}

#[pyfunction]
#[pyo3(signature = (task, round_, clients, holder, committee, subsets, count, /))]
fn sum_masks<'py>(
    py: Python<'py>,
    task: &[u8],
    round_: u32,
    clients: Vec<(PyBackedBytes, PyBackedBytes)>,
    holder: u8,
    committee: u8,
    subsets: u64,
    count: usize,
) -> PyResult<(Bytes<'py>, Bytes<'py>)> {
    let task = exactly(task, "task")?;
    let clients = clients
        .iter()
        .map(|(account, seeds)| Ok((exactly(account, "account")?, &**seeds)));
    let clients = clients.collect::<PyResult<Vec<_>>>()?;
    let sum = py.detach(|| {
        let committee = Committee::new(committee)?;
        learning::sum_masks(task, round_, committee, holder, &clients, subsets, count)
    });
    let (masks, blinding) = sum.map_err(raise)?;
    Ok((PyBytes::new(py, &masks), PyBytes::new(py, &blinding)))
}

#[pyfunction]
#[pyo3(signature = (m, r, commitments, subsets, committee, /))]
fn check_mask_sum(
    py: Python<'_>,
    m: &[u8],
    r: &[u8],
    commitments: Vec<PyBackedBytes>,
    subsets: u64,
    committee: u8,
) -> PyResult<()> {
    let r = exactly(r, "R")?;
    let commitments: Vec<&[u8]> = commitments.iter().map(|points| &**points).collect();
    py.detach(|| {
        let committee = Committee::new(committee)?;
        learning::check_mask_sum(m, r, committee, &commitments, subsets)
    })
    .map_err(raise)
}

#[pyfunction]
#[pyo3(signature = (seed, variance, count, /))]
fn gaussian_noise<'py>(
    py: Python<'py>,
    seed: &[u8],
    variance: u64,
    count: usize,
) -> PyResult<Bound<'py, PyList>> {
    let seed = exactly(seed, "seed")?;
    let noise = py.detach(|| gaussian::noise(seed, variance, count));
    PyList::new(py, noise.iter())
}

fn place<'a>(task: &'a [u8], round: u32, account: &'a [u8]) -> PyResult<Place<'a>> {
    Ok(Place {
        task: exactly(task, "task")?,
        round,
        account: exactly(account, "account")?,
    })
}

/// The holders' round keys, as Python gives them.
fn keys_of(keys: &[Option<PyBackedBytes>]) -> PyResult<Vec<Option<[u8; 32]>>> {
    keys.iter()
        .map(|key| {
            key.as_ref()
                .map(|key| exactly(key, "a round key").copied())
                .transpose()
        })
        .collect()
}
