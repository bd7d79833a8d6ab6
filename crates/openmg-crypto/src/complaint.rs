//! Complaints about a deal (KEY-2, WIRE-8): either the dealer lied to the accuser or the accuser lies about the dealer.
//!
//! The accuser shows the Diffie-Hellman point of its box and proves it ([`crate::disclosure`]). With that point anyone
//! opens this box and judges. A box of another dealer with the same E would open with it too: there is none, since the
//! dealer proved that it knows the secret of E, and it learns nothing from a point that it could compute (the second
//! equation of WIRE-8, [`Generation::check_deal`]). Complain about accepted deals only.

use curve25519_dalek::Scalar;

use crate::disclosure::Disclosure;
use crate::error::Result;
use crate::group::received_point;
use crate::key::Generation;
use crate::sealed;
use crate::transcript::Transcript;

pub use crate::disclosure::BYTES;

/// Opens the box of `accuser` before everybody. `secret` is its ephemeral secret, which stays secret.
///
/// The deal is one that [`Generation::check_deal`] accepted: about any other the point shown may open a box that is not
/// its dealer's. Whether there is reason to complain is not asked: [`judge`] does.
pub fn complain(
    generation: &Generation,
    accuser: u64,
    dealer: u64,
    secret: &Scalar,
    deal: &[u8],
) -> Result<[u8; BYTES]> {
    generation.check_index(accuser)?;
    generation.check_index(dealer)?;
    let deal = generation.parse(deal)?;
    disclosure(generation, accuser, dealer, deal.sealed_to(accuser)).make(secret)
}

/// Whether the dealer is guilty; if not, the accuser is. `ephemeral` is the accuser's announced key.
///
/// Refuses with KEY-2 a complaint whose proof does not hold: it says nothing about the dealer. The deal is one that
/// [`Generation::check_deal`] accepted.
pub fn judge(
    generation: &Generation,
    accuser: u64,
    dealer: u64,
    ephemeral: &[u8; 32],
    deal: &[u8],
    complaint: &[u8; BYTES],
) -> Result<bool> {
    generation.check_index(accuser)?;
    generation.check_index(dealer)?;
    let deal = generation.parse(deal)?;
    let sealed = deal.sealed_to(accuser);
    let public = received_point(ephemeral, "the accuser's ephemeral key")
        .map_err(|refused| refused.under("KEY-2"))?;
    let shared = disclosure(generation, accuser, dealer, sealed).check(&public, complaint)?;
    let aad = generation.share_context(dealer, accuser);
    let opened = sealed::open_with_shared(&shared, &public, &aad, sealed);
    Ok(opened
        .ok()
        .and_then(|share| deal.share(accuser, &share))
        .is_none())
}

fn disclosure<'a>(
    generation: &Generation,
    accuser: u64,
    dealer: u64,
    sealed: &'a [u8],
) -> Disclosure<'a> {
    let mut transcript = Transcript::new("openmg/1/complaint");
    transcript.message("chain", generation.chain);
    transcript.u64("epoch", generation.epoch);
    transcript.u64("attempt", generation.attempt);
    transcript.u64("accuser", accuser);
    transcript.u64("dealer", dealer);
    Disclosure {
        transcript,
        clause: "KEY-2",
        sealed,
    }
}
