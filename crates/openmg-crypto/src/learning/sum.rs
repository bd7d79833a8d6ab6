//! Sums of masks over all homes of a group, and their check against the commitments (LEARN-4).

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::mask::{self, Words};
use super::seeds::words;
use super::{Committee, MASK, Place, SUM, bases};
use crate::error::{Refused, Result};
use crate::group::{canonical_scalar, received_point};

/// Homes that one core adds up at a time.
const CHUNK: usize = 4;

/// Masks of one sum: as many stay below 2^248.
const MOST: usize = 1 << 24;

/// M, [`SUM`] bytes a word, and R: over clients (account, opened seeds of the holder's subsets) and over `subsets`.
///
/// `subsets` has bit T for subset T. Refuses with LEARN-4 none, one that the holder is not in, seeds that do not fit,
/// and more than 2^24 masks.
pub fn sum_masks(
    task: &[u8; 32],
    round: u32,
    committee: Committee,
    holder: u8,
    clients: &[(&[u8; 32], &[u8])],
    subsets: u64,
    count: usize,
) -> Result<(Vec<u8>, [u8; 32])> {
    let held = committee.held_by(holder)?;
    let chosen = numbers(subsets, committee)?;
    if let Some(stranger) = chosen.iter().find(|subset| !held.contains(subset)) {
        let line = format!("holder {holder} has no mask {stranger}");
        return Err(refused(line));
    }
    if clients.len().saturating_mul(chosen.len()) > MOST {
        return Err(refused(format!("a sum of more than {MOST} masks")));
    }
    let zero = || (Words::zero(count), Zeroizing::new(Scalar::ZERO));
    let (masks, blinding) = clients
        .par_chunks(CHUNK)
        .map(|chunk| {
            let (mut masks, mut blinding) = zero();
            for (account, seeds) in chunk {
                let place = Place {
                    task,
                    round,
                    account,
                };
                let seeds = words(seeds)
                    .filter(|seeds| seeds.len() == held.len())
                    .ok_or_else(|| refused(format!("{} bytes of seeds", seeds.len())))?;
                for (subset, seed) in held.iter().zip(seeds) {
                    if chosen.contains(subset) {
                        masks.add(&mask::expand(&place, *subset, seed, count), MASK);
                        *blinding += *mask::blinding(&place, *subset, seed);
                    }
                }
            }
            Ok((masks, blinding))
        })
        .try_reduce(zero, |(masks, blinding), (more, other)| {
            Ok((masks.merged(&more), Zeroizing::new(*blinding + *other)))
        })?;
    Ok((masks.encode(SUM), blinding.to_bytes()))
}

/// Refuses with LEARN-4 unless `Σ_p M_p·B_p + R·P = Σ K_T` over clients (all K_T joined) and `subsets`.
///
/// How many words M has is the task's affair: words of zero at its end change nothing.
pub fn check_mask_sum(
    masks: &[u8],
    blinding: &[u8; 32],
    committee: Committee,
    commitments: &[&[u8]],
    subsets: u64,
) -> Result<()> {
    let chosen = numbers(subsets, committee)?;
    if !masks.len().is_multiple_of(SUM) {
        return Err(refused(format!("a sum of {} bytes", masks.len())));
    }
    let blinding = canonical_scalar(blinding, "R").map_err(as_learn_4)?;
    let committed = commitments
        .par_iter()
        .map(|points| {
            let points = words(points)
                .filter(|points| points.len() == committee.subsets())
                .ok_or_else(|| refused(format!("{} bytes of commitments", points.len())))?;
            chosen
                .iter()
                .map(|subset| {
                    received_point(&points[usize::from(*subset)], "K").map_err(as_learn_4)
                })
                .sum::<Result<RistrettoPoint>>()
        })
        .try_reduce(RistrettoPoint::default, |left, right| Ok(left + right))?;
    let mut sum = Words::zero(masks.len() / SUM);
    sum.add(masks, SUM);
    if bases::combine(&sum.scalars()) + RistrettoPoint::mul_base(&blinding) == committed {
        return Ok(());
    }
    Err(refused(
        "the sum of masks is not what the homes committed to",
    ))
}

/// The subsets of a bit set, rising.
fn numbers(subsets: u64, committee: Committee) -> Result<Vec<u8>> {
    let most = committee.subsets() as u8;
    if subsets == 0 || subsets >> most != 0 {
        return Err(refused(format!("{subsets:#x} names no subsets of {most}")));
    }
    Ok((0..most)
        .filter(|subset| subsets >> subset & 1 == 1)
        .collect())
}

fn as_learn_4(refused: Refused) -> Refused {
    refused.under("LEARN-4")
}

fn refused(reason: impl Into<String>) -> Refused {
    Refused::new("LEARN-4", reason)
}
