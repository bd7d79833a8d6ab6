//! One linear combination for a whole batch: what has to be the identity when every equation in it holds.

use curve25519_dalek::Scalar;
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use rayon::prelude::*;

use super::montgomery::Montgomery;
use super::range::LENGTH;
use super::statement::Shared;
use super::wire::LIMBS;
use crate::group::generator;

/// A part of a sum in buckets has at least this many terms, else its buckets cost too much.
const PART: usize = 2048;

/// Factors of the points that all reports share, and factors with points that one report brings.
pub(super) struct Combination {
    /// Of P.
    pub base: Montgomery,
    /// Of G.
    pub value: Montgomery,
    /// Of H_1..H_E.
    pub keys: Vec<Montgomery>,
    /// Of the range proof's generators **g**, but for `shift`.
    pub left: Vec<Montgomery>,
    /// Of the range proof's generators **h**, but for `shift`.
    pub right: Vec<Montgomery>,
    /// Added to every factor of **g**, taken from every one of **h**.
    pub shift: Montgomery,
    scalars: Vec<Scalar>,
    points: Vec<RistrettoPoint>,
}

impl Combination {
    /// Nothing yet, with room for this many reports.
    pub fn new(shared: &Shared, reports: usize) -> Self {
        // Pairs and limbs; the base and three announcements; three points and two for each round of the range proof.
        let each = 2 * shared.layout.pairs() + LIMBS + 4 + 3 + 2 * LENGTH.ilog2() as usize;
        // The bases and the generators come last.
        let capacity = reports * each + 2 + shared.bases.len() + 2 * LENGTH;
        Self {
            base: Montgomery::ZERO,
            value: Montgomery::ZERO,
            keys: vec![Montgomery::ZERO; shared.bases.len()],
            left: vec![Montgomery::ZERO; LENGTH],
            right: vec![Montgomery::ZERO; LENGTH],
            shift: Montgomery::ZERO,
            scalars: Vec::with_capacity(capacity),
            points: Vec::with_capacity(capacity),
        }
    }

    /// Adds `factor·point`.
    pub fn add(&mut self, factor: Montgomery, point: RistrettoPoint) {
        self.scalars.push(factor.into());
        self.points.push(point);
    }

    /// Both together.
    pub fn merge(mut self, other: Self) -> Self {
        self.base += other.base;
        self.value += other.value;
        self.shift += other.shift;
        let factors = self
            .keys
            .iter_mut()
            .chain(&mut self.left)
            .chain(&mut self.right);
        let others = other.keys.into_iter().chain(other.left).chain(other.right);
        for (factor, other) in factors.zip(others) {
            *factor += other;
        }
        self.scalars.extend(other.scalars);
        self.points.extend(other.points);
        self
    }

    /// Whether the sum is the identity; computed in at most `parts` at the same time.
    pub fn vanishes(mut self, shared: &Shared, parts: usize) -> bool {
        self.add(self.base, RISTRETTO_BASEPOINT_POINT);
        self.add(self.value, *generator());
        for j in 0..shared.bases.len() {
            self.add(self.keys[j], shared.bases[j].point);
        }
        let left = self.left.iter().map(|&factor| factor + self.shift);
        let right = self.right.iter().map(|&factor| factor - self.shift);
        self.scalars.extend(left.chain(right).map(Scalar::from));
        // The library has tables of these generators for few reports, ten megabytes of them: fewer additions, and yet
        // slower even for one report where others use the cache as well.
        self.points.extend(
            shared
                .range
                .gi_base_iter()
                .chain(shared.range.hi_base_iter()),
        );
        sum(&self.scalars, &self.points, parts).is_identity()
    }
}

/// `Σ scalar·point` by Pippenger's algorithm, in parts.
fn sum(scalars: &[Scalar], points: &[RistrettoPoint], parts: usize) -> RistrettoPoint {
    let size = scalars.len().div_ceil(parts).max(PART);
    scalars
        .par_chunks(size)
        .zip(points.par_chunks(size))
        .map(|(scalars, points)| RistrettoPoint::vartime_multiscalar_mul(scalars, points))
        .sum()
}
