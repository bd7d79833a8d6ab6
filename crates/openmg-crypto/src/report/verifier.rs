//! Our own verifier: all equations of a batch, sigma and range, in one multiscalar multiplication (MARKET-4, MARKET-5).
//!
//! Every point is decompressed once and multiplied once, whichever equations it is in; the range proof's generators are
//! multiplied once for the whole batch.

use curve25519_dalek::Scalar;
use rayon::prelude::*;

use super::batch::{Method, culprits};
use super::combination::Combination;
use super::equation::{DIVISORS, Equation, RangeProof};
use super::montgomery::Montgomery;
use super::range;
use super::sigma::Claim;
use super::statement::Shared;
use super::wire::Report;
use crate::error::{Refused, Result};
use crate::transcript::Transcript;

/// Verifies by one linear combination.
pub(super) struct Own;

impl Method for Own {
    type Proof<'a> = RangeProof<'a>;

    fn decode<'a>(report: &Report<'a>) -> Result<RangeProof<'a>> {
        RangeProof::decode(report)
    }

    fn refusals(
        shared: &Shared,
        claims: &[Claim],
        proofs: Vec<(RangeProof, Transcript)>,
        parts: usize,
    ) -> Vec<Option<Refused>> {
        let equations: Vec<_> = claims
            .par_iter()
            .zip(proofs)
            .map(|(claim, (proof, transcript))| {
                Equation::replay(shared, claim.report(), &proof, transcript)
            })
            .collect();
        let complete = claims.iter().zip(&equations).enumerate();
        let checks: Vec<_> = complete
            .filter_map(|(index, (claim, equation))| {
                let equation = equation.as_ref().ok()?;
                Some(Check {
                    index,
                    claim,
                    equation,
                })
            })
            .collect();
        let bad = culprits(0..checks.len(), &|part| hold(shared, &checks[part], parts));
        let bad: Vec<_> = bad.into_iter().map(|k| checks[k].index).collect();

        let mut refusals: Vec<_> = equations.into_iter().map(Result::err).collect();
        for index in bad {
            refusals[index] = Some(range::refuse());
        }
        // Whoever does not hold is tested equation by equation: the sigma proof's reasons come before the range proof's.
        let suspects = claims.par_iter().zip(&mut refusals);
        suspects.for_each(|(claim, refusal)| {
            if refusal.is_some()
                && let Some(broken) = claim.broken(shared)
            {
                *refusal = Some(broken);
            }
        });
        refusals
    }
}

/// A claim and its range proof.
pub(super) struct Check<'a> {
    /// Among the claims.
    pub index: usize,
    pub claim: &'a Claim<'a>,
    pub equation: &'a Equation,
}

/// Equations of one check: three of the sigma proof and the range proof's.
const EQUATIONS: usize = 4;

/// Whether all hold: whether their equations do, each times a weight of its own.
///
/// The weights are 128 bits for each equation of each report and follow from everything in all of them: were they equal,
/// or known before the proofs, two false proofs could cancel. One false equation then passes with probability 2^-128.
fn hold(shared: &Shared, checks: &[Check], parts: usize) -> bool {
    let mut transcript = Transcript::new("openmg/1/report/batch");
    for check in checks {
        transcript.message("claim", &check.equation.digest);
    }
    let weights = transcript.weights("factors", EQUATIONS * checks.len());
    vanish(shared, checks, &weights, parts)
}

/// Whether the sum of all equations, each times its weight, is the identity.
pub(super) fn vanish(shared: &Shared, checks: &[Check], weights: &[Scalar], parts: usize) -> bool {
    let divisors = checks.iter().map(|check| check.equation.divisors());
    let mut inverses = divisors.collect::<Vec<_>>().concat();
    Montgomery::invert_all(&mut inverses);

    let size = checks.len().div_ceil(parts);
    let combined = checks
        .par_chunks(size)
        .zip(weights.par_chunks(EQUATIONS * size))
        .zip(inverses.par_chunks(DIVISORS * size))
        .map(|((checks, weights), inverses)| {
            let mut combination = Combination::new(shared, checks.len());
            let weights = weights.as_chunks::<EQUATIONS>().0;
            for ((check, weights), inverses) in checks
                .iter()
                .zip(weights)
                .zip(inverses.chunks_exact(DIVISORS))
            {
                let [sigma @ .., last] = weights.each_ref().map(Montgomery::from);
                let commitments = check.equation.add_to(&mut combination, last, inverses);
                check
                    .claim
                    .add_to(&mut combination, shared, sigma, &commitments);
            }
            combination
        })
        .reduce_with(Combination::merge);
    combined.is_none_or(|combined| combined.vanishes(shared, parts))
}
