//! A home's vector under its masks, its commitments and its sealed seeds (LEARN-1, LEARN-2).

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::mask::{self, Seed, Words};
use super::{Committee, HIDDEN, MASK, PACKED, Place};
use crate::derive::{key32, scalar};
use crate::error::{Refused, Result};
use crate::group::{canonical_scalar, received_point};
use crate::sealed;
use crate::senders;
use crate::transcript::Transcript;

/// What a home sends of its update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiddenVector {
    /// Packed values plus all masks, [`HIDDEN`] bytes each.
    pub y: Vec<u8>,
    /// K_T of every subset in order.
    pub commitments: Vec<[u8; 32]>,
    /// For every holder with a round key, in order: the seeds of its subsets.
    pub boxes: Vec<Vec<u8>>,
    /// `U ‖ z`.
    pub proof: [u8; 64],
}

/// Hides `packed` ([`PACKED`] bytes a word). `keys` are the holders' round keys, `None` where there is none.
///
/// All that is secret comes from `seed` and from what is hidden: the same arguments give the same bytes, so that a home
/// that was killed repeats itself, and another vector never meets the same mask. Refuses with LEARN-1 a vector or keys
/// that do not fit.
pub fn hide(
    place: &Place,
    committee: Committee,
    packed: &[u8],
    keys: &[Option<[u8; 32]>],
    seed: &[u8; 32],
) -> Result<HiddenVector> {
    if packed.is_empty() || !packed.len().is_multiple_of(PACKED) {
        return Err(refused(
            "LEARN-1",
            format!("a packed vector of {} bytes", packed.len()),
        ));
    }
    let keys = round_keys(committee, keys)?;
    let root = key32(seed, "openmg/1/learn/root", &[&place.context(), packed]);
    let seeds = Zeroizing::new(seeds_of(committee, &root));
    let count = packed.len() / PACKED;
    let mut y = Words::zero(count);
    y.add(packed, PACKED);
    for (subset, seed) in (0..).zip(seeds.iter()) {
        y.add(&mask::expand(place, subset, seed, count), MASK);
    }
    let subsets: Vec<(u8, &Seed)> = (0..).zip(seeds.iter()).collect();
    let commitments = subsets
        .par_iter()
        .map(|(subset, seed)| mask::commit(place, *subset, seed, count).compress().0);
    let (boxes, secrets) = seal(place, committee, &keys, &seeds, &root)?;
    Ok(HiddenVector {
        y: y.encode(HIDDEN),
        commitments: commitments.collect(),
        proof: prove(place, &boxes, &secrets, &root),
        boxes,
    })
}

/// Refuses with LEARN-2 a hidden vector with a part that everybody can see to be wrong.
///
/// That is: a length that cannot be, a commitment or a box's point that is not canonical or is the identity, a box too
/// many or too few, or no proof that whoever sealed knows the secret of every box. How many words y has is the task's
/// affair; what is in the boxes only a holder sees ([`super::check_seeds`]).
pub fn check_hidden(
    place: &Place,
    committee: Committee,
    keys: &[Option<[u8; 32]>],
    hidden: &HiddenVector,
) -> Result<()> {
    let keys = round_keys(committee, keys)?;
    let no = |reason: String| Err(refused("LEARN-2", reason));
    if hidden.y.is_empty() || !hidden.y.len().is_multiple_of(HIDDEN) {
        return no(format!("a hidden vector of {} bytes", hidden.y.len()));
    }
    let (found, subsets) = (hidden.commitments.len(), committee.subsets());
    if found != subsets {
        return no(format!("{found} commitments, not {subsets}"));
    }
    for (bytes, subset) in hidden.commitments.iter().zip(0..) {
        received_point(bytes, format_args!("K_{subset}")).map_err(as_learn_2)?;
    }
    let holders: Vec<u8> = keys.iter().map(|(holder, _)| *holder).collect();
    if hidden.boxes.len() != holders.len() {
        let (found, wanted) = (hidden.boxes.len(), holders.len());
        return no(format!(
            "{found} boxes for {wanted} holders with a round key"
        ));
    }
    for (sealed, holder) in hidden.boxes.iter().zip(holders) {
        let length = 32 * committee.held_by(holder)?.len() + sealed::OVERHEAD;
        if sealed.len() != length {
            let found = sealed.len();
            return no(format!("box {holder} has {found} bytes, not {length}"));
        }
    }
    check_proof(place, &hidden.boxes, &hidden.proof)
}

/// The holders that have a round key, with it. Refuses with LEARN-1 keys that are no points or not m.
fn round_keys(
    committee: Committee,
    keys: &[Option<[u8; 32]>],
) -> Result<Vec<(u8, RistrettoPoint)>> {
    let members = committee.members();
    if keys.len() != usize::from(members) {
        let line = format!("{} round keys for {members} holders", keys.len());
        return Err(refused("LEARN-1", line));
    }
    let present = (1..)
        .zip(keys)
        .filter_map(|(holder, key)| Some((holder, key.as_ref()?)));
    present
        .map(|(holder, key)| {
            let what = format_args!("round key {holder}");
            let point = received_point(key, what).map_err(|refused| refused.under("LEARN-1"))?;
            Ok((holder, point))
        })
        .collect()
}

/// A seed for every subset.
fn seeds_of(committee: Committee, root: &[u8; 32]) -> Vec<Seed> {
    (0..committee.subsets() as u8)
        .map(|subset| *key32(root, "openmg/1/learn/seed", &[&[subset]]))
        .collect()
}

/// What sealing gives: the boxes, and the secret of each.
type Sealed = (Vec<Vec<u8>>, Vec<Zeroizing<Scalar>>);

fn seal(
    place: &Place,
    committee: Committee,
    keys: &[(u8, RistrettoPoint)],
    seeds: &[Seed],
    root: &[u8; 32],
) -> Result<Sealed> {
    let mut sealed = Sealed::default();
    for (holder, key) in keys {
        let mut plain = Zeroizing::new(Vec::with_capacity(32 * seeds.len()));
        for subset in committee.held_by(*holder)? {
            plain.extend(seeds[usize::from(subset)]);
        }
        let fresh = key32(root, "openmg/1/learn/box", &[&[*holder]]);
        let (made, secret) = sealed::seal_from(&fresh, key, &place.box_context(*holder), &plain);
        sealed.0.push(made);
        sealed.1.push(secret);
    }
    Ok(sealed)
}

/// `U ‖ z`. The nonce is a function of the root and of all that the challenge depends on: never two challenges to one.
fn prove(
    place: &Place,
    boxes: &[Vec<u8>],
    secrets: &[Zeroizing<Scalar>],
    root: &[u8; 32],
) -> [u8; 64] {
    let (mut transcript, weights) = transcript(place, boxes);
    let parts: Vec<&[u8]> = boxes.iter().map(Vec::as_slice).collect();
    let nonce = scalar(root, "openmg/1/learn/nonce", &parts);
    let announcement = RistrettoPoint::mul_base(&nonce).compress().0;
    transcript.message("U", &announcement);
    let response = *nonce + transcript.scalar("c") * *senders::weighted(&weights, secrets);
    let mut proof = [0; 64];
    proof[..32].copy_from_slice(&announcement);
    proof[32..].copy_from_slice(response.as_bytes());
    proof
}

/// `z·P = U + c·Σ w_h·E_h`.
fn check_proof(place: &Place, boxes: &[Vec<u8>], proof: &[u8; 64]) -> Result<()> {
    let points = boxes
        .iter()
        .map(|sealed| sealed::ephemeral(sealed).map_err(as_learn_2));
    let points = points.collect::<Result<Vec<_>>>()?;
    let (announcement, response) = proof.split_at(32);
    received_point(announcement, "U").map_err(as_learn_2)?;
    let response = canonical_scalar(response, "z").map_err(as_learn_2)?;
    let (mut transcript, weights) = transcript(place, boxes);
    transcript.message("U", announcement);
    let challenge = transcript.scalar("c");
    let announced = senders::announced(&response, &challenge, &weights, &points);
    if announced.compress().as_bytes() != announcement {
        let line = "the home does not prove that it knows the secret of every box";
        return Err(refused("LEARN-2", line.to_owned()));
    }
    Ok(())
}

/// The transcript up to the weights of the boxes, and these.
fn transcript(place: &Place, boxes: &[Vec<u8>]) -> (Transcript, Vec<Scalar>) {
    let mut transcript = Transcript::new("openmg/1/learn/boxes");
    transcript.message("context", &place.context());
    for sealed in boxes {
        transcript.message("box", sealed);
    }
    let weights = transcript.weights("w", boxes.len());
    (transcript, weights)
}

fn as_learn_2(refused: Refused) -> Refused {
    refused.under("LEARN-2")
}

fn refused(clause: &'static str, reason: String) -> Refused {
    Refused::new(clause, reason)
}
