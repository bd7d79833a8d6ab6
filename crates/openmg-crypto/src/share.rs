//! Decryption shares of a step's sums, their one proof, and putting t of them together (KEY-6, WIRE-9).
//!
//! For the sum (ΣR, ΣC) authority j gives `D = x_j·ΣR`. That all of a step use the x_j behind `Y_j = x_j·P` is one proof
//! of equal logarithms (Chaum and Pedersen 1992) on their sum with weights of 128 bits, drawn after every D.

use std::collections::BTreeSet;

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::VartimeMultiscalarMul;

use crate::error::{Refused, Result};
use crate::group::{canonical_scalar, derived_point, generator, multiple, received_point};
use crate::sums::words;
use crate::transcript::Transcript;

/// What a share is bound to.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    /// Chain id.
    pub chain: &'a [u8; 32],
    /// Epoch of the key.
    pub epoch: u64,
    /// Which slot or day: `scope ‖ index ‖ epoch`.
    pub subject: &'a [u8; 13],
    /// The sums that the step opens, in order.
    pub sums: &'a [Sum<'a>],
}

/// One sum to open.
#[derive(Clone, Copy)]
pub struct Sum<'a> {
    /// What it means: `kind ‖ rung`.
    pub functional: &'a [u8; 2],
    /// ΣR
    pub randomness: &'a [u8; 32],
    /// ΣC
    pub commitment: &'a [u8; 32],
}

impl Step<'_> {
    /// The shares of one authority with their proof: `D… ‖ T1 ‖ T2 ‖ z`, `32·(sums + 3)` bytes.
    pub fn share(&self, secret: &Scalar) -> Result<Vec<u8>> {
        let bases = self.bases()?;
        let public = RistrettoPoint::mul_base(secret).compress();
        let shares: Vec<_> = bases
            .iter()
            .map(|base| (base * secret).compress().to_bytes())
            .collect();
        let (mut transcript, weights) = self.transcript(public.as_bytes(), &shares);
        let base = RistrettoPoint::vartime_multiscalar_mul(&weights, &bases);
        let nonce = transcript.nonces(&[secret.as_bytes()]).scalar();
        let announcements = [RistrettoPoint::mul_base(&nonce), base * *nonce]
            .map(|point| point.compress().to_bytes());
        let response = *nonce + challenge(&mut transcript, &announcements) * secret;
        Ok([
            shares.as_flattened(),
            announcements.as_flattened(),
            response.as_bytes(),
        ]
        .concat())
    }

    /// Refuses with KEY-6 what is not the share of the authority with this verification key.
    pub fn check(&self, verification_key: &[u8; 32], share: &[u8]) -> Result<()> {
        let bases = self.bases()?;
        let public = point(verification_key, "the verification key")?;
        if share.len() != 32 * (self.sums.len() + 3) {
            return Err(refused(format!(
                "a share of {} bytes for {} sums",
                share.len(),
                self.sums.len()
            )));
        }
        let mut shares = words(share);
        let proof = shares.split_off(self.sums.len());
        let points = shares
            .iter()
            .zip(1..)
            .map(|(bytes, k)| point(bytes, &format!("share {k}")));
        let points = points.collect::<Result<Vec<_>>>()?;
        received_point(&proof[0], "T1").map_err(as_key_6)?;
        let response = canonical_scalar(&proof[2], "z").map_err(as_key_6)?;
        let (mut transcript, weights) = self.transcript(verification_key, &shares);
        let challenge = challenge(&mut transcript, &[proof[0], proof[1]]);
        // z·P − c·Y = T1 and Σ w·(z·ΣR − c·D) = T2
        let first =
            RistrettoPoint::vartime_double_scalar_mul_basepoint(&-challenge, &public, &response);
        let scalars = weights
            .iter()
            .map(|w| w * response)
            .chain(weights.iter().map(|w| -(w * challenge)));
        let second = RistrettoPoint::vartime_multiscalar_mul(scalars, bases.iter().chain(&points));
        if first.compress().to_bytes() != proof[0] || second.compress().to_bytes() != proof[1] {
            return Err(refused("the share's proof does not hold"));
        }
        Ok(())
    }

    fn bases(&self) -> Result<Vec<RistrettoPoint>> {
        if self.sums.is_empty() {
            return Err(refused("a step without sums"));
        }
        self.sums
            .iter()
            .map(|sum| {
                point(sum.commitment, "a sum's C").and_then(|_| point(sum.randomness, "a sum's R"))
            })
            .collect()
    }

    /// The transcript up to the weights, and these.
    fn transcript(
        &self,
        verification_key: &[u8; 32],
        shares: &[[u8; 32]],
    ) -> (Transcript, Vec<Scalar>) {
        let mut transcript = Transcript::new("openmg/1/share");
        transcript.message("chain", self.chain);
        transcript.u64("epoch", self.epoch);
        transcript.message("subject", self.subject);
        transcript.message("Y", verification_key);
        for (sum, share) in self.sums.iter().zip(shares) {
            transcript.message("functional", sum.functional);
            transcript.message("R", sum.randomness);
            transcript.message("C", sum.commitment);
            transcript.message("D", share);
        }
        let weights = transcript.weights("w", shares.len());
        (transcript, weights)
    }
}

/// `ΣC − Σ λ_j·D_j = m·G`, from the D of the authorities with these indices (1 to 255, distinct, in any order).
///
/// With fewer than t of them, or a wrong one, it is a point that nobody can open.
pub fn remainder(
    commitment: &[u8; 32],
    indices: &[u64],
    shares: &[[u8; 32]],
) -> Result<RistrettoPoint> {
    if indices.len() != shares.len() || indices.is_empty() {
        return Err(refused(format!(
            "{} shares for {} authorities",
            shares.len(),
            indices.len()
        )));
    }
    let commitment = point(commitment, "the sum's C")?;
    let shares = shares
        .iter()
        .zip(indices)
        .map(|(bytes, j)| point(bytes, &format!("the share of authority {j}")));
    let shares = shares.collect::<Result<Vec<_>>>()?;
    Ok(commitment - RistrettoPoint::vartime_multiscalar_mul(lagrange(indices)?, shares))
}

/// Refuses with KEY-6 unless `point = value·G`.
pub fn check_opening(opened: &[u8; 32], value: i128) -> Result<()> {
    if point(opened, "the opened sum")? != multiple(generator(), value) {
        return Err(refused(format!("the sum does not open to {value}")));
    }
    Ok(())
}

/// `λ_j = Π_{i≠j} i/(i − j)`, with which a polynomial's values at the indices give its value at 0.
fn lagrange(indices: &[u64]) -> Result<Vec<Scalar>> {
    let distinct: BTreeSet<_> = indices.iter().collect();
    if distinct.len() != indices.len() || indices.iter().any(|index| !(1..=255).contains(index)) {
        return Err(refused(
            "the authorities' indices are not distinct numbers from 1 to 255",
        ));
    }
    let coefficient = |&j: &u64| {
        let others = indices
            .iter()
            .filter(|&&i| i != j)
            .map(|&i| Scalar::from(i));
        let (numerator, denominator) = others
            .fold((Scalar::ONE, Scalar::ONE), |(above, below), i| {
                (above * i, below * (i - Scalar::from(j)))
            });
        numerator * denominator.invert()
    };
    Ok(indices.iter().map(coefficient).collect())
}

fn challenge(transcript: &mut Transcript, announcements: &[[u8; 32]; 2]) -> Scalar {
    transcript.message("T1", &announcements[0]);
    transcript.message("T2", &announcements[1]);
    transcript.scalar("c")
}

fn point(bytes: &[u8; 32], what: &str) -> Result<RistrettoPoint> {
    derived_point(bytes, what).map_err(as_key_6)
}

fn as_key_6(refused: Refused) -> Refused {
    Refused::new("KEY-6", refused.reason)
}

fn refused(reason: impl Into<String>) -> Refused {
    Refused::new("KEY-6", reason)
}
