//! What a holder does with its boxes: it opens them and checks all seeds of a round at once (LEARN-3).

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::mask::{self, Products};
use super::{Committee, Place, bases};
use crate::derive::fresh;
use crate::error::{Refused, Result};
use crate::group::received_point;
use crate::sealed;

/// Homes that one core adds up at a time.
const CHUNK: usize = 4;

/// A home as its holder sees it.
pub struct Client<'a> {
    /// Its account key.
    pub account: &'a [u8; 32],
    /// The opened seeds of the holder's subsets, joined.
    pub seeds: &'a [u8],
    /// K_T of all subsets, joined.
    pub commitments: &'a [u8],
}

/// A client whose parts have the right lengths, and its points of the holder's subsets.
pub(super) struct Candidate<'a> {
    place: Place<'a>,
    seeds: &'a [[u8; 32]],
    points: Vec<RistrettoPoint>,
}

impl<'a> Candidate<'a> {
    /// None when a length or a point is wrong.
    pub fn new(
        place: Place<'a>,
        committee: Committee,
        subsets: &[u8],
        client: &Client<'a>,
    ) -> Option<Self> {
        let seeds = words(client.seeds).filter(|seeds| seeds.len() == subsets.len())?;
        let points = words(client.commitments)?;
        if points.len() != committee.subsets() {
            return None;
        }
        let point = |subset: &u8| received_point(&points[usize::from(*subset)], "K").ok();
        Some(Self {
            place,
            seeds,
            points: subsets.iter().map(point).collect::<Option<_>>()?,
        })
    }

    /// Whether its seeds give its points, up to one in 2^128 choices of the weights.
    pub fn holds(&self, subsets: &[u8], count: usize, weight: impl FnMut() -> u128) -> bool {
        let mut sum = Weighted::zero(count);
        sum.add(self, subsets, count, weight);
        sum.is_opened_to(&self.points)
    }
}

/// The seeds of all subsets with this holder, in order; `secret` is that of its round key.
///
/// Refuses with BOX what does not open or holds another number of seeds: then complain.
pub fn open_seeds(
    secret: &Scalar,
    place: &Place,
    committee: Committee,
    holder: u8,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    let subsets = committee.held_by(holder)?.len();
    let seeds = sealed::open(secret, &place.box_context(holder), sealed)?;
    if seeds.len() != 32 * subsets {
        let line = format!("the box holds {} bytes, not {subsets} seeds", seeds.len());
        return Err(Refused::new("BOX", line));
    }
    Ok(seeds)
}

/// The positions, rising, of the clients whose seeds do not give the commitments of the holder's subsets.
///
/// One equation for all of them, each mask with a random weight of 128 bits; halves only when it does not hold. The
/// weights come from the operating system: nobody else's answer depends on them.
pub fn check_seeds(
    task: &[u8; 32],
    round: u32,
    committee: Committee,
    holder: u8,
    clients: &[Client],
    count: usize,
) -> Result<Vec<usize>> {
    let subsets = committee.held_by(holder)?;
    let prepared: Vec<_> = clients
        .par_iter()
        .enumerate()
        .map(|(position, client)| {
            let place = Place {
                task,
                round,
                account: client.account,
            };
            let candidate = Candidate::new(place, committee, &subsets, client);
            candidate
                .map(|candidate| (position, candidate))
                .ok_or(position)
        })
        .collect();
    let (mut guilty, mut candidates) = (Vec::new(), Vec::new());
    for client in prepared {
        match client {
            Ok(candidate) => candidates.push(candidate),
            Err(position) => guilty.push(position),
        }
    }
    if !hold(&candidates, &subsets, count) {
        bisect(&candidates, &subsets, count, &mut guilty);
    }
    guilty.sort_unstable();
    Ok(guilty)
}

/// Names the guilty ones among clients that do not hold together.
fn bisect(clients: &[(usize, Candidate)], subsets: &[u8], count: usize, guilty: &mut Vec<usize>) {
    if let [(position, _)] = clients {
        return guilty.push(*position);
    }
    let (left, right) = clients.split_at(clients.len() / 2);
    let left_holds = hold(left, subsets, count);
    if !left_holds {
        bisect(left, subsets, count, guilty);
    }
    // Where the left half holds the right one cannot.
    if left_holds || !hold(right, subsets, count) {
        bisect(right, subsets, count, guilty);
    }
}

/// `Σ w·(Σ_p mask_p·B_p + r·P − K) = 0` over all clients and subsets.
fn hold(clients: &[(usize, Candidate)], subsets: &[u8], count: usize) -> bool {
    let zero = || Weighted::zero(count);
    let weight = || u128::from_le_bytes(*fresh());
    let sum = clients
        .par_chunks(CHUNK)
        .map(|chunk| {
            let mut sum = zero();
            for (_, client) in chunk {
                sum.add(client, subsets, count, weight);
            }
            sum
        })
        .reduce(zero, Weighted::merged);
    let points = clients.iter().flat_map(|(_, client)| &client.points);
    sum.is_opened_to(&points.copied().collect::<Vec<_>>())
}

/// The left side of the equation, and the weights that were drawn for it, in order.
struct Weighted {
    masks: Products,
    blinding: Zeroizing<Scalar>,
    weights: Vec<Scalar>,
}

impl Weighted {
    fn zero(count: usize) -> Self {
        Self {
            masks: Products::zero(count),
            blinding: Zeroizing::new(Scalar::ZERO),
            weights: Vec::new(),
        }
    }

    fn add(
        &mut self,
        client: &Candidate,
        subsets: &[u8],
        count: usize,
        mut weight: impl FnMut() -> u128,
    ) {
        for (subset, seed) in subsets.iter().zip(client.seeds) {
            let weight = weight();
            let mask = mask::expand(&client.place, *subset, seed, count);
            self.masks.add(&mask, weight);
            let weight = Scalar::from(weight);
            *self.blinding += weight * *mask::blinding(&client.place, *subset, seed);
            self.weights.push(weight);
        }
    }

    fn merged(mut self, other: Self) -> Self {
        self.masks = self.masks.merged(&other.masks);
        *self.blinding += *other.blinding;
        self.weights.extend(other.weights);
        self
    }

    fn is_opened_to(&self, points: &[RistrettoPoint]) -> bool {
        let committed = RistrettoPoint::vartime_multiscalar_mul(&self.weights, points);
        let opened =
            bases::combine(&self.masks.scalars()) + RistrettoPoint::mul_base(&self.blinding);
        (opened - committed).is_identity()
    }
}

/// 32 bytes each; None when something is left over.
pub(super) fn words(bytes: &[u8]) -> Option<&[[u8; 32]]> {
    let (words, rest) = bytes.as_chunks();
    rest.is_empty().then_some(words)
}
