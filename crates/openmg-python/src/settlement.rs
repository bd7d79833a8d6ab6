//! Sums, settlement and discrete logarithms of ciphertexts (MARKET-9, KEY-6).

use curve25519_dalek::ristretto::RistrettoPoint;
use openmg_crypto::group::derived_point;
use openmg_crypto::settlement::{Prices, Settlement};
use openmg_crypto::{dlog, sums};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::errors::{exactly, raise};
use crate::report::Pairs;
use crate::threshold::words;

/// Adds this file's functions and class.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(report_sums, module)?)?;
    module.add_function(wrap_pyfunction!(combine, module)?)?;
    module.add_function(wrap_pyfunction!(settle, module)?)?;
    module.add_class::<DiscreteLog>()
}

#[pyfunction]
#[pyo3(signature = (rungs, sums, reports, /))]
fn report_sums<'py>(
    py: Python<'py>,
    rungs: usize,
    sums: &[u8],
    reports: Vec<Py<Pairs>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let reports: Vec<_> = reports.iter().map(|report| &report.get().0).collect();
    let total = py.detach(|| sums::report_sums(rungs, sums, &reports));
    Ok(PyBytes::new(py, &total.map_err(raise)?))
}

#[pyfunction]
#[pyo3(signature = (coefficients, points, /))]
fn combine<'py>(
    py: Python<'py>,
    coefficients: Vec<i128>,
    points: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    let points = words(points, "points")?;
    if points.len() != coefficients.len() {
        let line = format!(
            "{} points for {} coefficients",
            points.len(),
            coefficients.len()
        );
        return Err(PyValueError::new_err(line));
    }
    if coefficients
        .iter()
        .any(|coefficient| coefficient.unsigned_abs() >= 1 << 126)
    {
        return Err(PyValueError::new_err("a coefficient is not below 2^126"));
    }
    let combined = py.detach(|| {
        let points = points
            .iter()
            .map(|point| derived_point(point, "a point"))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(sums::combine(&coefficients, &points).compress().to_bytes())
    });
    Ok(PyBytes::new(py, &combined.map_err(raise)?))
}

#[pyfunction]
#[pyo3(signature = (rungs, buy_weights, sell_weights, price, fee, tariff, feed_in, accounts, /))]
#[expect(
    clippy::too_many_arguments,
    reason = "Python passes the prices one by one"
)]
fn settle<'py>(
    py: Python<'py>,
    rungs: usize,
    buy_weights: Vec<(usize, u64)>,
    sell_weights: Vec<(usize, u64)>,
    price: u64,
    fee: u64,
    tariff: u64,
    feed_in: u64,
    accounts: Vec<(PyBackedBytes, PyBackedBytes)>,
) -> PyResult<Vec<Bound<'py, PyBytes>>> {
    let prices = Prices {
        price,
        fee,
        tariff,
        feed_in,
    };
    let settlement = Settlement::new(rungs, &buy_weights, &sell_weights, prices).map_err(raise)?;
    let accounts = accounts
        .iter()
        .map(|(report, state)| Ok((&**report, exactly(state, "an account's state")?)));
    let accounts = accounts.collect::<PyResult<Vec<_>>>()?;
    let settled = py.detach(|| settlement.settle(&accounts)).map_err(raise)?;
    Ok(settled
        .iter()
        .map(|account| PyBytes::new(py, account))
        .collect())
}

#[pyclass(frozen, module = "openmg._core")]
struct DiscreteLog(dlog::DiscreteLog);

#[pymethods]
impl DiscreteLog {
    #[new]
    fn new(py: Python<'_>, table_bits: u32) -> PyResult<Self> {
        if !dlog::DiscreteLog::BITS.contains(&table_bits) {
            return Err(PyValueError::new_err(format!(
                "table_bits is {table_bits}, not between 4 and 24"
            )));
        }
        Ok(Self(py.detach(|| dlog::DiscreteLog::new(table_bits))))
    }

    #[pyo3(signature = (point, bound, /))]
    fn solve(&self, py: Python<'_>, point: &[u8], bound: u64) -> PyResult<Option<i64>> {
        let point: RistrettoPoint =
            derived_point(exactly::<32>(point, "point")?, "the point").map_err(raise)?;
        if bound > 1 << 62 {
            return Err(PyValueError::new_err("bound is above 2^62"));
        }
        // A search with a large bound and no answer takes for ever: Ctrl-C ends it.
        let mut signals = Ok(());
        let found = py.detach(|| {
            self.0.solve_while(&point, bound, || {
                signals = Python::attach(|py| py.check_signals());
                signals.is_ok()
            })
        });
        signals.map(|()| found)
    }
}
