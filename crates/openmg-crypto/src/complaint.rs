//! Complaints about a deal (KEY-2, WIRE-8): either the dealer lied to the accuser or the accuser lies about the dealer.
//!
//! The accuser shows the Diffie-Hellman point of its box and proves it (equal logarithms, Chaum and Pedersen 1992).
//! With that point anyone opens this box and judges. A box of another dealer with the same E would open with it too:
//! there is none, since the dealer proved that it knows the secret of E, and it learns nothing from a point that it
//! could compute (the second equation of WIRE-8, [`Generation::check_deal`]). Complain about accepted deals only.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::VartimeMultiscalarMul;

use crate::error::{Refused, Result};
use crate::group::{canonical_scalar, received_point};
use crate::key::Generation;
use crate::sealed;
use crate::transcript::Transcript;

/// A complaint on the wire: `S ‖ T1 ‖ T2 ‖ z`.
pub const BYTES: usize = 128;

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
    let sender = sealed::ephemeral(deal.sealed_to(accuser)).map_err(as_key_2)?;
    let (public, shared) = (
        RistrettoPoint::mul_base(secret).compress(),
        (sender * secret).compress(),
    );
    let mut transcript = transcript(
        generation,
        accuser,
        dealer,
        public.as_bytes(),
        sender.compress().as_bytes(),
        shared.as_bytes(),
    );
    let nonce = transcript.nonces(&[secret.as_bytes()]).scalar();
    let (first, second) = (
        RistrettoPoint::mul_base(&nonce).compress(),
        (sender * *nonce).compress(),
    );
    transcript.message("T1", first.as_bytes());
    transcript.message("T2", second.as_bytes());
    let response = *nonce + transcript.scalar("c") * secret;
    let mut complaint = [0; BYTES];
    for (slot, part) in
        complaint
            .chunks_exact_mut(32)
            .zip([shared.0, first.0, second.0, response.to_bytes()])
    {
        slot.copy_from_slice(&part);
    }
    Ok(complaint)
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
    let public = received_point(ephemeral, "the accuser's ephemeral key").map_err(as_key_2)?;
    let shared = received_point(&complaint[..32], "S").map_err(as_key_2)?;
    check_proof(
        generation,
        [accuser, dealer],
        [&public, &shared],
        sealed,
        complaint,
    )?;
    let aad = generation.share_context(dealer, accuser);
    let opened = sealed::open_with_shared(&shared, &public, &aad, sealed);
    Ok(opened
        .ok()
        .and_then(|share| deal.share(accuser, &share))
        .is_none())
}

/// That the public key and S have the same logarithm, to the bases P and E.
fn check_proof(
    generation: &Generation,
    [accuser, dealer]: [u64; 2],
    [public, shared]: [&RistrettoPoint; 2],
    sealed: &[u8],
    complaint: &[u8; BYTES],
) -> Result<()> {
    let [claimed, first, second, response] = [0, 32, 64, 96].map(|at| &complaint[at..at + 32]);
    let response = canonical_scalar(response, "z").map_err(as_key_2)?;
    for (announcement, what) in [(first, "T1"), (second, "T2")] {
        received_point(announcement, what).map_err(as_key_2)?;
    }
    let sender = sealed::ephemeral(sealed).map_err(as_key_2)?;
    let public_bytes = public.compress();
    let mut transcript = transcript(
        generation,
        accuser,
        dealer,
        public_bytes.as_bytes(),
        sender.compress().as_bytes(),
        claimed,
    );
    transcript.message("T1", first);
    transcript.message("T2", second);
    let challenge = transcript.scalar("c");
    // z·P − c·X = T1 and z·E − c·S = T2
    let own = RistrettoPoint::vartime_double_scalar_mul_basepoint(&-challenge, public, &response);
    let boxed = RistrettoPoint::vartime_multiscalar_mul([response, -challenge], [sender, *shared]);
    if own.compress().as_bytes() != first || boxed.compress().as_bytes() != second {
        return Err(Refused::new("KEY-2", "the complaint's proof does not hold"));
    }
    Ok(())
}

fn transcript(
    generation: &Generation,
    accuser: u64,
    dealer: u64,
    public: &[u8],
    sender: &[u8],
    shared: &[u8],
) -> Transcript {
    let mut transcript = Transcript::new("openmg/1/complaint");
    transcript.message("chain", generation.chain);
    transcript.u64("epoch", generation.epoch);
    transcript.u64("attempt", generation.attempt);
    transcript.u64("accuser", accuser);
    transcript.u64("dealer", dealer);
    transcript.message("X", public);
    transcript.message("E", sender);
    transcript.message("S", shared);
    transcript
}

fn as_key_2(refused: Refused) -> Refused {
    Refused::new("KEY-2", refused.reason)
}
