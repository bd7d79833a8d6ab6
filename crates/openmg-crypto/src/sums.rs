//! Sums of ciphertexts, without opening any: a slot's running sums and small public linear combinations.

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::{Identity, VartimeMultiscalarMul};
use rayon::prelude::*;

use crate::error::{Refused, Result};
use crate::group::{derived_point, multiple, received_point, signed_scalar};

/// Offset of the first pair in a report transaction (WIRE-7).
const PAIRS: usize = 62;
/// Reports that one task adds up.
const CHUNK: usize = 64;

/// `Σ coefficient·point`; cost by the coefficients' lengths. Variable time: public coefficients only.
pub fn combine(coefficients: &[i128], points: &[RistrettoPoint]) -> RistrettoPoint {
    // Alone a term costs one doubling a bit; together they share 256 doublings.
    let bits: u32 = coefficients
        .iter()
        .map(|c| 128 - c.unsigned_abs().leading_zeros())
        .sum();
    if bits > 512 {
        return RistrettoPoint::vartime_multiscalar_mul(
            coefficients.iter().map(|&c| signed_scalar(c)),
            points,
        );
    }
    coefficients
        .iter()
        .zip(points)
        .map(|(&coefficient, point)| multiple(point, coefficient))
        .sum()
}

/// The points of a report's `2K+2` pairs, R then C of each, in wire order.
///
/// Whoever verified a report has decompressed them already, which costs more than adding them up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairs(Box<[RistrettoPoint]>);

impl Pairs {
    /// From a whole report transaction (WIRE-7).
    pub fn read(rungs: usize, report: &[u8]) -> Result<Self> {
        check_rungs(rungs)?;
        check_report(rungs, report)?;
        report[pair_offset(0)..pair_offset(2 * rungs + 2)]
            .chunks_exact(32)
            .enumerate()
            .map(|(k, bytes)| received_point(bytes, format_args!("point {k} of a report")))
            .collect::<Result<_>>()
            .map(Self)
    }

    /// From the points R and the points C.
    pub(crate) fn new(randomness: &[RistrettoPoint], commitments: &[RistrettoPoint]) -> Self {
        let pairs = randomness.iter().zip(commitments);
        Self(pairs.flat_map(|(&r, &c)| [r, c]).collect())
    }
}

/// Adds reports to running sums: `2K+2` pairs R ‖ C each, cumulative B_1..B_K, S_1..S_K, then I, E.
///
/// `sums` is empty (zero) or what an earlier call returned.
pub fn report_sums(rungs: usize, sums: &[u8], reports: &[&Pairs]) -> Result<Vec<u8>> {
    check_rungs(rungs)?;
    let width = 2 * (2 * rungs + 2);
    let nothing = || vec![RistrettoPoint::identity(); width];
    let before = if sums.is_empty() {
        nothing()
    } else {
        points_of(sums, width, |k| format!("sum {k}"))?
    };
    if let Some(odd) = reports.iter().find(|report| report.0.len() != width) {
        let line = format!("{} points are not those of {rungs} rungs", odd.0.len());
        return Err(Refused::new("MARKET-3", line));
    }
    let mut sums = reports
        .par_chunks(CHUNK)
        .map(|chunk| {
            let pairs = chunk.iter().map(|report| &report.0);
            pairs.fold(nothing(), |sums, points| add(sums, points))
        })
        .reduce(nothing, |left, right| add(left, &right));
    cumulate(rungs, &mut sums);
    let total = add(sums, &before);
    Ok(total
        .par_iter()
        .flat_map_iter(|point| point.compress().to_bytes())
        .collect())
}

/// Bytes in words of 32, the size of points and scalars; what is left over is left out.
pub(crate) fn words(bytes: &[u8]) -> Vec<[u8; 32]> {
    bytes
        .chunks_exact(32)
        .map(|word| word.try_into().expect("32 bytes"))
        .collect()
}

/// Where pair `index`, in wire order, starts in a report; the report is long enough to hold all pairs.
pub(crate) fn pair_offset(index: usize) -> usize {
    PAIRS + 64 * index
}

/// A rung is one byte on the wire, and counts from 1.
pub(crate) fn check_rungs(rungs: usize) -> Result<()> {
    if !(1..=255).contains(&rungs) {
        return Err(Refused::new(
            "MARKET-3",
            format!("{rungs} rungs, not between 1 and 255"),
        ));
    }
    Ok(())
}

/// Refuses what cannot be a report with this many rungs.
pub(crate) fn check_report(rungs: usize, report: &[u8]) -> Result<()> {
    if report.first() != Some(&2) || report.len() < pair_offset(2 * rungs + 2) {
        return Err(Refused::new(
            "MARKET-3",
            format!("{} bytes are no report with {rungs} rungs", report.len()),
        ));
    }
    Ok(())
}

/// Turns summed differences into the ladder's sums: b_k from those of k..K, s_k from the first k.
fn cumulate(rungs: usize, sums: &mut [RistrettoPoint]) {
    for k in (0..2 * (rungs - 1)).rev() {
        let next = sums[k + 2];
        sums[k] += next;
    }
    for k in 2 * (rungs + 1)..4 * rungs {
        let last = sums[k - 2];
        sums[k] += last;
    }
}

fn add(mut left: Vec<RistrettoPoint>, right: &[RistrettoPoint]) -> Vec<RistrettoPoint> {
    for (sum, term) in left.iter_mut().zip(right) {
        *sum += term;
    }
    left
}

/// Exactly `count` points that may be the identity.
fn points_of(
    bytes: &[u8],
    count: usize,
    what: impl Fn(usize) -> String,
) -> Result<Vec<RistrettoPoint>> {
    if bytes.len() != 32 * count {
        return Err(Refused::new(
            "MARKET-3",
            format!("{} bytes are not {count} points", bytes.len()),
        ));
    }
    bytes
        .chunks_exact(32)
        .enumerate()
        .map(|(k, bytes)| derived_point(bytes, what(k)))
        .collect()
}
