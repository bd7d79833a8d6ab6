//! The range proof's one equation, ready to be weighted and added to a batch's (MARKET-5, WIRE-7).
//!
//! Bulletproofs+ (Chung, Han, Ju, Kim and Seo, eprint 2020/735): the aggregate range proof of section 4 ends in the
//! weighted inner product argument of section 3, unrolled into one linear combination. Bytes, transcript and acceptance
//! are those of tari_bulletproofs_plus 0.5.3, whose verifier is the oracle of the tests.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::traits::IsIdentity;

use super::combination::Combination;
use super::montgomery::Montgomery;
use super::range::{self, BITS, COMMITMENTS, Commitments, LENGTH};
use super::statement::Shared;
use super::wire::Report;
use crate::error::Result;
use crate::group::{canonical_scalar, generator_bytes};
use crate::transcript::Transcript;

/// Rounds of the inner product argument.
const ROUNDS: usize = LENGTH.ilog2() as usize;
const BITS_LOG: usize = BITS.ilog2() as usize;
/// What one equation divides by: y and the challenges of the rounds.
pub(super) const DIVISORS: usize = 1 + ROUNDS;

/// A range proof on the wire: its scalars are canonical, its points not yet looked at.
pub(super) struct RangeProof<'a> {
    /// A ‖ A1 ‖ B.
    fixed: &'a [[u8; 32]],
    /// L_1 ‖ R_1 …
    rounds: &'a [[u8; 32]],
    /// r_1, s_1, d_1.
    responses: [Scalar; 3],
}

impl<'a> RangeProof<'a> {
    /// From `0x01 ‖ d_1 ‖ A ‖ A1 ‖ B ‖ r_1 ‖ s_1 ‖ L_1 ‖ R_1 …`, whose length the layout gives.
    pub fn decode(report: &Report<'a>) -> Result<Self> {
        let (degree, elements) = report.tx[report.layout.range_proof()].split_at(1);
        let elements = elements.as_chunks::<32>().0;
        let scalar = |k: usize| canonical_scalar(&elements[k], "").ok();
        // Another extension degree with fewer rounds has the same length.
        (degree == [1])
            .then(|| Some([scalar(4)?, scalar(5)?, scalar(0)?]))
            .flatten()
            .map(|responses| Self {
                fixed: &elements[1..4],
                rounds: &elements[6..],
                responses,
            })
            .ok_or_else(range::refuse_encoding)
    }
}

/// A range proof with its challenges.
pub(super) struct Equation {
    /// A, A1, B.
    fixed: [RistrettoPoint; 3],
    /// L_1, R_1 …
    rounds: Vec<RistrettoPoint>,
    /// r_1, s_1, d_1.
    responses: [Montgomery; 3],
    y: Montgomery,
    z: Montgomery,
    /// Of the rounds.
    challenges: [Montgomery; ROUNDS],
    /// The last one.
    e: Montgomery,
    /// Stands for the whole report in the batch's own weights.
    pub digest: [u8; 32],
}

impl Equation {
    /// Continues the report's transcript; refuses points that are not canonical or are the identity.
    pub fn replay(
        shared: &Shared,
        report: &Report,
        proof: &RangeProof,
        mut transcript: Transcript,
    ) -> Result<Self> {
        let points = |encoded: &[[u8; 32]]| encoded.iter().map(point).collect::<Option<Vec<_>>>();
        let fixed = points(proof.fixed).and_then(|points| points.try_into().ok());
        let (Some(fixed), Some(rounds)) = (fixed, points(proof.rounds)) else {
            return Err(range::refuse_points());
        };
        absorb_statement(shared, report, &mut transcript);
        let [a, a1, b] = proof.fixed else {
            unreachable!("three points")
        };
        transcript.message("A", a);
        let (y, z) = (
            challenge(&mut transcript, "y")?,
            challenge(&mut transcript, "z")?,
        );
        let mut challenges = [Montgomery::ZERO; ROUNDS];
        for (drawn, [left, right]) in challenges.iter_mut().zip(proof.rounds.as_chunks::<2>().0) {
            transcript.message("L", left);
            transcript.message("R", right);
            *drawn = challenge(&mut transcript, "e")?;
        }
        transcript.message("A1", a1);
        transcript.message("B", b);
        let e = challenge(&mut transcript, "e")?;
        // The proof ends with responses that no challenge of it follows. A weight that they do not determine could be
        // known before they are chosen, and then two false proofs be made to cancel: so the digest, from which the
        // batch's weights are drawn, comes after them.
        for (label, response) in ["r1", "s1", "d1"].into_iter().zip(&proof.responses) {
            transcript.message(label, response.as_bytes());
        }
        Ok(Self {
            fixed,
            rounds,
            responses: proof.responses.each_ref().map(Montgomery::from),
            y,
            z,
            challenges,
            e,
            digest: transcript.challenge("batch"),
        })
    }

    /// What is inverted together with those of the other reports: y, then the challenges of the rounds. None is zero.
    pub fn divisors(&self) -> [Montgomery; DIVISORS] {
        std::array::from_fn(|k| {
            if k == 0 {
                self.y
            } else {
                self.challenges[k - 1]
            }
        })
    }

    /// Adds the equation, its commitments excepted, times `weight`; returns the factors of the commitments.
    /// `inverses` are those of the divisors.
    ///
    /// With n = 512 it says, for `d_(16j + i) = z^(2j + 2)·2^i` and s_i the product of the rounds' challenges, inverted
    /// where the bit of i is not set (the highest bit is the first round's):
    ///
    /// ```text
    /// 0 = Σ (r_1·e·s_i·y^-i + e²·z)·g_i + Σ (s_1·e·s_(n-1-i) − e²·(d_i·y^(n-i) + z))·h_i
    ///   + (r_1·y·s_1 + e²·(y^(n+1)·z·Σ d_i + (z² − z)·Σ y^i))·G + d_1·H
    ///   − e²·(A + Σ e_k²·L_k + e_k^-2·R_k + y^(n+1)·Σ z^(2j + 2)·V_j) − e·A1 − B
    /// ```
    pub fn add_to(
        &self,
        combination: &mut Combination,
        weight: Montgomery,
        inverses: &[Montgomery],
    ) -> [Montgomery; COMMITMENTS] {
        let [r, s, d] = self.responses;
        let (y, z, e) = (self.y, self.z, self.e);
        let (weighted, squared) = (weight * e, weight * e.square());
        let z_squared = z.square();
        let y_top = y.square_times(ROUNDS) * y;

        self.add_generators(combination, weighted, squared, inverses);
        combination.shift += squared * z;
        let range = y_top * z * self.sum_of_d() + (z_squared - z) * self.sum_of_y();
        combination.value += weight * r * y * s + squared * range;
        combination.keys[0] += weight * d;

        let [a, a1, b] = self.fixed;
        combination.add(-squared, a);
        combination.add(-weighted, a1);
        combination.add(-weight, b);
        let challenges = self.challenges.iter().zip(&inverses[1..]);
        let factors = challenges.flat_map(|(challenge, inverse)| [challenge, inverse]);
        for (factor, point) in factors.zip(&self.rounds) {
            combination.add(-(squared * factor.square()), *point);
        }
        let mut factor = -(squared * y_top);
        std::array::from_fn(|_| {
            factor = factor * z_squared;
            factor
        })
    }

    fn add_generators(
        &self,
        combination: &mut Combination,
        weighted: Montgomery,
        squared: Montgomery,
        inverses: &[Montgomery],
    ) {
        let [r, s, _] = self.responses;
        let (y_inverse, inverses) = (inverses[0], &inverses[1..]);
        let product = |elements: &[Montgomery]| {
            elements
                .iter()
                .fold(Montgomery::ONE, |product, &next| product * next)
        };
        let last = |k: usize| ROUNDS - 1 - k;
        let left = subset_products(weighted * r * product(inverses), |k| {
            self.challenges[last(k)].square() * y_inverse.square_times(k)
        });
        let right = subset_products(weighted * s * product(&self.challenges), |k| {
            inverses[last(k)].square()
        });
        // d_i·y^(n-i): a bit further is twice, a commitment further z² times as much, both for y less often.
        let z_squared = self.z.square();
        let bit = y_inverse + y_inverse;
        let commitment = z_squared * y_inverse.square_times(BITS_LOG);
        let start = squared * z_squared * self.y.square_times(ROUNDS);
        let ranges = subset_products(start, |k| {
            if k < BITS_LOG {
                bit.square_times(k)
            } else {
                commitment.square_times(k - BITS_LOG)
            }
        });
        for (sum, factor) in combination.left.iter_mut().zip(&left) {
            *sum += *factor;
        }
        for ((sum, factor), range) in combination.right.iter_mut().zip(&right).zip(&ranges) {
            *sum += *factor - *range;
        }
    }

    /// `Σ d_i = (2^16 − 1)·Σ z^(2j + 2)`.
    fn sum_of_d(&self) -> Montgomery {
        let z_squared = self.z.square();
        powers_to(z_squared, COMMITMENTS.ilog2() as usize) * Montgomery::from((1 << BITS) - 1)
    }

    /// `y + y² + … + y^n`.
    fn sum_of_y(&self) -> Montgomery {
        powers_to(self.y, ROUNDS)
    }
}

/// `x + x² + … + x^(2^k)`, without the division of a geometric sum, which fails at one.
fn powers_to(x: Montgomery, k: usize) -> Montgomery {
    let doubled = |(sum, power): (Montgomery, Montgomery), _| (sum + sum * power, power.square());
    (0..k).fold((x, x), doubled).0
}

/// Entry i is `start` times `factor(k)` for every bit k of i.
fn subset_products(
    start: Montgomery,
    factor: impl Fn(usize) -> Montgomery,
) -> [Montgomery; LENGTH] {
    let mut products = [start; LENGTH];
    for k in 0..ROUNDS {
        let factor = factor(k);
        let (done, next) = products.split_at_mut(1 << k);
        for (next, done) in next.iter_mut().zip(done) {
            *next = *done * factor;
        }
    }
    products
}

/// What the library's transcript absorbs before the proof.
fn absorb_statement(shared: &Shared, report: &Report, transcript: &mut Transcript) {
    transcript.message("dom-sep", b"Bulletproofs+ Range Proof");
    transcript.message("H", generator_bytes());
    transcript.message("G", &shared.epoch_key().bytes);
    transcript.u64("N", BITS as u64);
    transcript.u64("T", 1);
    transcript.u64("M", COMMITMENTS as u64);
    for commitment in Commitments::of(report).bytes {
        transcript.message("Ci", commitment.as_bytes());
    }
    for _ in 0..COMMITMENTS {
        transcript.u64("vi - minimum_value", 0);
    }
}

/// A challenge of the library's: none is zero.
fn challenge(transcript: &mut Transcript, label: &'static str) -> Result<Montgomery> {
    let drawn = Montgomery::from(&transcript.scalar(label));
    if drawn.is_zero() {
        return Err(range::refuse());
    }
    Ok(drawn)
}

fn point(encoded: &[u8; 32]) -> Option<RistrettoPoint> {
    let point = CompressedRistretto(*encoded).decompress()?;
    (!point.is_identity()).then_some(point)
}
