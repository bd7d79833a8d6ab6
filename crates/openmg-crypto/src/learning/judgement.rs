//! Complaints about sealed seeds (LEARN-3): either the home sealed something else than it committed to, or nothing is
//! wrong with its box.

use curve25519_dalek::Scalar;

use super::seeds::{Candidate, Client};
use super::{Committee, Place};
use crate::disclosure::{self, Disclosure};
use crate::error::{Refused, Result};
use crate::group::received_point;
use crate::sealed;
use crate::transcript::Transcript;

/// Opens a holder's box before everybody: `S ‖ T1 ‖ T2 ‖ z`. `secret` is that of its round key, which stays secret.
///
/// The box is one of a vector that [`super::check_hidden`] accepted: about any other the point shown may open a box of
/// another home. Whether there is reason to complain is not asked: [`judge`] does. Refuses with LEARN-3 a box that has
/// no point.
pub fn complain(
    place: &Place,
    holder: u8,
    secret: &Scalar,
    sealed: &[u8],
) -> Result<[u8; disclosure::BYTES]> {
    disclosure_of(place, holder, sealed).make(secret)
}

/// Whether the home is guilty: its box does not open, holds another number of seeds, or one that does not give K_T.
///
/// `key` is the accuser's round key, `commitments` are the K_T of all subsets, joined. Refuses with LEARN-3 a complaint
/// whose proof does not hold: it says nothing about the home. Nothing here is drawn at random, so that everybody agrees.
pub fn judge(
    place: &Place,
    committee: Committee,
    (holder, key): (u8, &[u8; 32]),
    sealed: &[u8],
    commitments: &[u8],
    complaint: &[u8; disclosure::BYTES],
    count: usize,
) -> Result<bool> {
    let subsets = committee.held_by(holder)?;
    if commitments.len() != 32 * committee.subsets() {
        let line = format!("{} bytes of commitments", commitments.len());
        return Err(Refused::new("LEARN-3", line));
    }
    let key = received_point(key, "the accuser's round key")
        .map_err(|refused| refused.under("LEARN-3"))?;
    let shared = disclosure_of(place, holder, sealed).check(&key, complaint)?;
    let aad = place.box_context(holder);
    let Ok(opened) = sealed::open_with_shared(&shared, &key, &aad, sealed) else {
        return Ok(true);
    };
    let client = Client {
        account: place.account,
        seeds: &opened,
        commitments,
    };
    let Some(candidate) = Candidate::new(*place, committee, &subsets, &client) else {
        return Ok(true);
    };
    let mut transcript = weights(place, holder, &opened, commitments);
    let weight = || u128::from_le_bytes(transcript.challenge("w"));
    Ok(!candidate.holds(&subsets, count, weight))
}

/// Weights of the seeds' equations: all at once costs a fifteenth of one by one, and a block may hold many complaints.
/// They are a function of all that is judged, so that nobody can choose it to fit them.
fn weights(place: &Place, holder: u8, seeds: &[u8], commitments: &[u8]) -> Transcript {
    let mut transcript = Transcript::new("openmg/1/learn/judgement");
    transcript.message("context", &place.context());
    transcript.u64("accuser", holder.into());
    transcript.message("seeds", seeds);
    transcript.message("K", commitments);
    transcript
}

fn disclosure_of<'a>(place: &Place, holder: u8, sealed: &'a [u8]) -> Disclosure<'a> {
    let mut transcript = Transcript::new("openmg/1/learn/complaint");
    transcript.message("context", &place.context());
    transcript.u64("accuser", holder.into());
    Disclosure {
        transcript,
        clause: "LEARN-3",
        sealed,
    }
}
