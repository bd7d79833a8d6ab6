//! A deal as it lies on the wire, and the proof of what its dealer knows (KEY-1, WIRE-8).
//!
//! One challenge, two equations (Schnorr): the dealer knows the secret of A_0 and the secret of every box, without which
//! a complaint would be an oracle ([`crate::senders`]).

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use zeroize::Zeroizing;

use crate::error::{Refused, Result};
use crate::group::{canonical_scalar, multiple, received_point};
use crate::key::Generation;
use crate::sealed;
use crate::senders;
use crate::sums::words;
use crate::transcript::Transcript;

/// One sealed share on the wire, in bytes.
const BOX: usize = 32 + sealed::OVERHEAD;
/// `T ‖ U ‖ z ‖ y` on the wire, in bytes.
const PROOF: usize = 128;

/// A parsed deal: `A_0 … A_{t−1} ‖ box_1 … box_n ‖ T ‖ U ‖ z ‖ y`.
pub(crate) struct Deal<'a> {
    coefficients: Vec<RistrettoPoint>,
    /// E_1 … E_n.
    senders: Vec<RistrettoPoint>,
    /// What is proved something about: everything before T.
    committed: &'a [u8],
    /// T and U.
    announcements: [[u8; 32]; 2],
    /// z and y.
    responses: [Scalar; 2],
}

impl<'a> Deal<'a> {
    /// Decodes everything that everybody can see, each box's point included: without it nobody could complain.
    pub(crate) fn parse(generation: &Generation, bytes: &'a [u8]) -> Result<Self> {
        generation.check_numbers()?;
        let points = 32 * generation.threshold as usize;
        let length = points + BOX * generation.authorities as usize + PROOF;
        if bytes.len() != length {
            return Err(refused(format!(
                "a deal of {} bytes, not {length}",
                bytes.len()
            )));
        }
        let (committed, proof) = bytes.split_at(length - PROOF);
        let (points, boxes) = committed.split_at(points);
        let coefficients = points.chunks_exact(32).enumerate();
        let coefficients = coefficients.map(|(k, bytes)| point(bytes, &format!("A_{k}")));
        let senders = boxes.chunks_exact(BOX).zip(1..);
        let senders =
            senders.map(|(sealed, j)| point(&sealed[..32], &format!("the point of box {j}")));
        let [t, u, z, y] = words(proof).try_into().expect("four words");
        point(&t, "T")?;
        point(&u, "U")?;
        Ok(Self {
            coefficients: coefficients.collect::<Result<_>>()?,
            senders: senders.collect::<Result<_>>()?,
            committed,
            announcements: [t, u],
            responses: [scalar(&z, "z")?, scalar(&y, "y")?],
        })
    }

    /// Refuses with KEY-1 unless the dealer knows the secret of A_0 and of every box; `ephemeral` is its announced key.
    pub(crate) fn check_proof(
        &self,
        generation: &Generation,
        dealer: u64,
        ephemeral: &[u8; 32],
    ) -> Result<()> {
        let (mut transcript, weights) = transcript(generation, dealer, ephemeral, self.committed);
        let challenge = challenge(&mut transcript, &self.announcements);
        let ([t, u], [z, y]) = (&self.announcements, &self.responses);
        // z·P − c·A_0 = T
        let first = &self.coefficients[0];
        let first = RistrettoPoint::vartime_double_scalar_mul_basepoint(&-challenge, first, z);
        if first.compress().as_bytes() != t {
            return Err(refused(
                "the dealer does not prove that it knows its secret",
            ));
        }
        // y·P − c·Σ w_j·E_j = U
        let boxes = senders::announced(y, &challenge, &weights, &self.senders);
        if boxes.compress().as_bytes() != u {
            return Err(refused(
                "the dealer does not prove that it knows the secret of every box",
            ));
        }
        Ok(())
    }

    /// A_k.
    pub(crate) fn coefficient(&self, k: usize) -> RistrettoPoint {
        self.coefficients[k]
    }

    /// The box sealed to this recipient.
    pub(crate) fn sealed_to(&self, recipient: u64) -> &'a [u8] {
        let start = 32 * self.coefficients.len() + (recipient as usize - 1) * BOX;
        &self.committed[start..start + BOX]
    }

    /// The opened share, if it is a canonical scalar on the polynomial: `f(j)·P = Σ j^k·A_k`.
    pub(crate) fn share(&self, recipient: u64, opened: &[u8]) -> Option<Zeroizing<Scalar>> {
        let share = Zeroizing::new(canonical_scalar(opened, "the share").ok()?);
        (RistrettoPoint::mul_base(&share) == evaluate(&self.coefficients, recipient))
            .then_some(share)
    }
}

/// `T ‖ U ‖ z ‖ y` for what is before it on the wire: `secret` is that of A_0, `senders` are those of the boxes.
pub(crate) fn prove(
    generation: &Generation,
    dealer: u64,
    ephemeral: &[u8; 32],
    committed: &[u8],
    secret: &Scalar,
    senders: &[Zeroizing<Scalar>],
) -> Vec<u8> {
    let (mut transcript, weights) = transcript(generation, dealer, ephemeral, committed);
    let weighted = senders::weighted(&weights, senders);
    let mut nonces = transcript.nonces(&[secret.as_bytes(), weighted.as_bytes()]);
    let (k, l) = (nonces.scalar(), nonces.scalar());
    let announcements = [&k, &l].map(|nonce| RistrettoPoint::mul_base(nonce).compress().0);
    let c = challenge(&mut transcript, &announcements);
    let responses = [*k + c * secret, *l + c * *weighted].map(|response| response.to_bytes());
    [announcements, responses].concat().concat()
}

/// `Σ j^k·A_k`: the share of j times P. Public.
pub(crate) fn evaluate(coefficients: &[RistrettoPoint], j: u64) -> RistrettoPoint {
    coefficients
        .iter()
        .rev()
        .copied()
        .reduce(|value, next| multiple(&value, j.into()) + next)
        .unwrap_or_default()
}

/// The transcript up to the weights of the boxes, and these; `committed` is everything before T.
fn transcript(
    generation: &Generation,
    dealer: u64,
    ephemeral: &[u8; 32],
    committed: &[u8],
) -> (Transcript, Vec<Scalar>) {
    let mut transcript = Transcript::new("openmg/1/key");
    transcript.message("chain", generation.chain);
    transcript.u64("epoch", generation.epoch);
    transcript.u64("attempt", generation.attempt);
    transcript.u64("n", generation.authorities);
    transcript.u64("t", generation.threshold);
    transcript.u64("dealer", dealer);
    transcript.message("ephemeral", ephemeral);
    let (points, boxes) = committed.split_at(32 * generation.threshold as usize);
    for coefficient in points.chunks_exact(32) {
        transcript.message("A", coefficient);
    }
    for sealed in boxes.chunks_exact(BOX) {
        transcript.message("box", sealed);
    }
    let weights = transcript.weights("w", generation.authorities as usize);
    (transcript, weights)
}

fn challenge(transcript: &mut Transcript, announcements: &[[u8; 32]; 2]) -> Scalar {
    transcript.message("T", &announcements[0]);
    transcript.message("U", &announcements[1]);
    transcript.scalar("c")
}

fn point(bytes: &[u8], what: &str) -> Result<RistrettoPoint> {
    received_point(bytes, what).map_err(as_key_1)
}

fn scalar(bytes: &[u8], what: &str) -> Result<Scalar> {
    canonical_scalar(bytes, what).map_err(as_key_1)
}

fn as_key_1(refused: Refused) -> Refused {
    Refused::new("KEY-1", refused.reason)
}

fn refused(reason: impl Into<String>) -> Refused {
    Refused::new("KEY-1", reason)
}
