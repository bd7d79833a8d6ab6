//! Threshold key generation without a dealer of trust (KEY-1, KEY-2, WIRE-8).
//!
//! Every authority deals a secret by Feldman's verifiable sharing (1987) and proves that it knows it (Schnorr), with a
//! challenge that binds the deal to its place. The key is the sum of the deals that count; nobody ever holds its
//! secret. Shares travel in sealed boxes; a recipient with a bad one convicts the dealer before everybody by showing
//! the box's Diffie-Hellman point ([`crate::complaint`]).

use std::ops::RangeInclusive;

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::IsIdentity;
use zeroize::{Zeroize, Zeroizing};

use crate::derive::fresh_scalar;
use crate::error::{Refused, Result};
use crate::group::{canonical_scalar, received_point};
use crate::sealed;
use crate::sums::{multiple, words};
use crate::transcript::Transcript;

/// One sealed share on the wire, in bytes.
const BOX: usize = 32 + sealed::OVERHEAD;

/// Where a key is generated: everything that its proofs are bound to.
#[derive(Clone, Copy)]
pub struct Generation<'a> {
    /// Chain id.
    pub chain: &'a [u8; 32],
    /// Number of the epoch that the key is for.
    pub epoch: u64,
    /// Number of the attempt within the epoch.
    pub attempt: u64,
    /// n; authorities have the indices 1..n.
    pub authorities: u64,
    /// t: this many shares open, one fewer opens nothing.
    pub threshold: u64,
}

/// A parsed deal: `A_0 … A_{t−1} ‖ T ‖ z ‖ box_1 … box_n`.
pub(crate) struct Deal<'a> {
    coefficients: Vec<RistrettoPoint>,
    encoded: Vec<[u8; 32]>,
    announcement: [u8; 32],
    response: Scalar,
    boxes: &'a [u8],
}

impl<'a> Generation<'a> {
    /// Largest n: an authority's index is one byte on the wire.
    pub const AUTHORITIES: RangeInclusive<u64> = 1..=255;

    /// Deals a fresh secret to the announced ephemeral keys of all authorities, in the order of their indices.
    ///
    /// Returns the deal as on the wire, `32·t + 64 + 80·n` bytes, and the dealer's own share.
    pub fn deal(
        &self,
        dealer: u64,
        ephemerals: &[[u8; 32]],
    ) -> Result<(Vec<u8>, Zeroizing<Scalar>)> {
        self.check_index(dealer)?;
        if ephemerals.len() as u64 != self.authorities {
            return Err(refused(format!(
                "{} ephemeral keys for {} authorities",
                ephemerals.len(),
                self.authorities
            )));
        }
        let keys = ephemerals
            .iter()
            .zip(1..)
            .map(|(key, j)| point(key, &format!("ephemeral key {j}")));
        let keys = keys.collect::<Result<Vec<_>>>()?;
        let secrets: Vec<_> = (0..self.threshold).map(|_| fresh_scalar()).collect();
        let encoded: Vec<_> = secrets
            .iter()
            .map(|a| RistrettoPoint::mul_base(a).compress().to_bytes())
            .collect();
        let mut deal = encoded.concat();
        deal.extend(self.prove(
            dealer,
            &ephemerals[dealer as usize - 1],
            &encoded,
            &secrets[0],
        ));
        for (key, recipient) in keys.iter().zip(1..) {
            let share = Zeroizing::new(evaluate(&secrets, recipient).to_bytes());
            deal.extend(sealed::seal(
                key,
                &self.share_context(dealer, recipient),
                share.as_slice(),
            ));
        }
        Ok((deal, evaluate(&secrets, dealer)))
    }

    /// Refuses with KEY-1 a deal that is not well-formed or whose secret its dealer does not provably know.
    ///
    /// `ephemeral` is the dealer's announced key. Shares are sealed and not looked at.
    pub fn check_deal(&self, dealer: u64, ephemeral: &[u8; 32], deal: &[u8]) -> Result<()> {
        self.check_index(dealer)?;
        point(ephemeral, "the dealer's ephemeral key")?;
        let deal = self.parse(deal)?;
        let mut transcript = self.transcript(dealer, ephemeral, &deal.encoded);
        transcript.message("T", &deal.announcement);
        let challenge = transcript.scalar("c");
        let secret_point = &deal.coefficients[0];
        // z·P − c·A_0 = T
        let expected = RistrettoPoint::vartime_double_scalar_mul_basepoint(
            &-challenge,
            secret_point,
            &deal.response,
        );
        if expected.compress().to_bytes() != deal.announcement {
            return Err(refused(
                "the dealer does not prove that it knows its secret",
            ));
        }
        Ok(())
    }

    /// The recipient's share of a deal that [`Self::check_deal`] accepted; `secret` is its ephemeral secret.
    ///
    /// Refuses with KEY-2 what does not open or is not on the polynomial: then complain.
    pub fn open_share(
        &self,
        dealer: u64,
        recipient: u64,
        secret: &Scalar,
        deal: &[u8],
    ) -> Result<Zeroizing<Scalar>> {
        self.check_index(dealer)?;
        self.check_index(recipient)?;
        let deal = self.parse(deal)?;
        let aad = self.share_context(dealer, recipient);
        let plain = sealed::open(secret, &aad, deal.sealed_to(recipient))
            .map_err(|refused| Refused::new("KEY-2", refused.reason))?;
        deal.share(recipient, &plain)
            .ok_or_else(|| Refused::new("KEY-2", "the share is not on the dealer's polynomial"))
    }

    /// The epoch's key H and the verification keys `Y_1 … Y_n`, from the deals of the qualified dealers.
    ///
    /// Refuses with KEY-1 when H is the identity.
    pub fn key(
        authorities: u64,
        threshold: u64,
        deals: &[&[u8]],
    ) -> Result<(RistrettoPoint, Vec<RistrettoPoint>)> {
        let generation = Generation {
            chain: &[0; 32],
            epoch: 0,
            attempt: 0,
            authorities,
            threshold,
        };
        let deals = deals
            .iter()
            .map(|deal| generation.parse(deal))
            .collect::<Result<Vec<_>>>()?;
        let coefficients: Vec<RistrettoPoint> = (0..threshold as usize)
            .map(|k| deals.iter().map(|deal| deal.coefficients[k]).sum())
            .collect();
        if coefficients[0].is_identity() {
            return Err(refused("the key is the identity"));
        }
        let verification_keys = (1..=authorities)
            .map(|j| evaluate_points(&coefficients, j))
            .collect();
        Ok((coefficients[0], verification_keys))
    }

    /// Decodes everything that everybody can see, each box's point included: without it nobody could complain.
    pub(crate) fn parse<'b>(&self, bytes: &'b [u8]) -> Result<Deal<'b>> {
        let (n, t) = (self.authorities as usize, self.threshold as usize);
        if !Self::AUTHORITIES.contains(&self.authorities) || t == 0 || t > n {
            return Err(refused(format!("{t} of {n} is no threshold")));
        }
        if bytes.len() != 32 * t + 64 + BOX * n {
            return Err(refused(format!(
                "a deal of {} bytes, not {}",
                bytes.len(),
                32 * t + 64 + BOX * n
            )));
        }
        let (head, boxes) = bytes.split_at(32 * t + 64);
        let mut encoded = words(head);
        let proof = encoded.split_off(t);
        let coefficients = encoded
            .iter()
            .enumerate()
            .map(|(k, bytes)| point(bytes, &format!("A_{k}")));
        let coefficients = coefficients.collect::<Result<_>>()?;
        point(&proof[0], "T")?;
        let response = canonical_scalar(&proof[1], "z").map_err(as_key_1)?;
        for (sealed, j) in boxes.chunks_exact(BOX).zip(1..) {
            point(&sealed[..32], &format!("the point of box {j}"))?;
        }
        Ok(Deal {
            coefficients,
            encoded,
            announcement: proof[0],
            response,
            boxes,
        })
    }

    /// Associated data of the box from dealer to recipient.
    pub(crate) fn share_context(&self, dealer: u64, recipient: u64) -> Vec<u8> {
        let numbers = [self.epoch, self.attempt, dealer, recipient].map(u64::to_le_bytes);
        [
            b"openmg/1/key/share".as_slice(),
            self.chain,
            numbers.as_flattened(),
        ]
        .concat()
    }

    pub(crate) fn check_index(&self, index: u64) -> Result<()> {
        if (1..=self.authorities).contains(&index) {
            return Ok(());
        }
        Err(refused(format!(
            "{index} is none of the authorities 1 to {}",
            self.authorities
        )))
    }

    /// `T ‖ z`: that the dealer knows the logarithm of A_0.
    fn prove(
        &self,
        dealer: u64,
        ephemeral: &[u8; 32],
        encoded: &[[u8; 32]],
        secret: &Scalar,
    ) -> Vec<u8> {
        let mut transcript = self.transcript(dealer, ephemeral, encoded);
        let nonce = transcript.nonces(&[secret.as_bytes()]).scalar();
        let announcement = RistrettoPoint::mul_base(&nonce).compress();
        transcript.message("T", announcement.as_bytes());
        let response = *nonce + transcript.scalar("c") * secret;
        [announcement.to_bytes(), response.to_bytes()].concat()
    }

    fn transcript(&self, dealer: u64, ephemeral: &[u8; 32], encoded: &[[u8; 32]]) -> Transcript {
        let mut transcript = Transcript::new("openmg/1/key");
        transcript.message("chain", self.chain);
        transcript.u64("epoch", self.epoch);
        transcript.u64("attempt", self.attempt);
        transcript.u64("n", self.authorities);
        transcript.u64("t", self.threshold);
        transcript.u64("dealer", dealer);
        transcript.message("ephemeral", ephemeral);
        for coefficient in encoded {
            transcript.message("A", coefficient);
        }
        transcript
    }
}

impl Deal<'_> {
    /// The box sealed to this recipient.
    pub(crate) fn sealed_to(&self, recipient: u64) -> &[u8] {
        let start = (recipient as usize - 1) * BOX;
        &self.boxes[start..start + BOX]
    }

    /// The opened share, if it is a canonical scalar on the polynomial: `f(j)·P = Σ j^k·A_k`.
    pub(crate) fn share(&self, recipient: u64, opened: &[u8]) -> Option<Zeroizing<Scalar>> {
        let share = Zeroizing::new(canonical_scalar(opened, "the share").ok()?);
        (RistrettoPoint::mul_base(&share) == evaluate_points(&self.coefficients, recipient))
            .then_some(share)
    }
}

/// Sum of scalars, each canonical: an authority's share of the key is the sum of its shares of the deals.
pub fn add_scalars(scalars: &[[u8; 32]]) -> Result<Zeroizing<Scalar>> {
    let mut sum = Zeroizing::new(Scalar::ZERO);
    for (scalar, k) in scalars.iter().zip(1..) {
        let mut term = canonical_scalar(scalar, format_args!("scalar {k}")).map_err(as_key_1)?;
        *sum += term;
        term.zeroize();
    }
    Ok(sum)
}

/// `f(j)`, in constant time.
fn evaluate(coefficients: &[Zeroizing<Scalar>], j: u64) -> Zeroizing<Scalar> {
    let mut value = Zeroizing::new(Scalar::ZERO);
    for coefficient in coefficients.iter().rev() {
        *value = *value * Scalar::from(j) + **coefficient;
    }
    value
}

/// `Σ j^k·A_k`: the share of j times P. Public.
fn evaluate_points(coefficients: &[RistrettoPoint], j: u64) -> RistrettoPoint {
    coefficients
        .iter()
        .rev()
        .copied()
        .reduce(|value, next| multiple(&value, j.into()) + next)
        .unwrap_or_default()
}

fn point(bytes: &[u8], what: &str) -> Result<RistrettoPoint> {
    received_point(bytes, what).map_err(as_key_1)
}

fn as_key_1(refused: Refused) -> Refused {
    Refused::new("KEY-1", refused.reason)
}

fn refused(reason: impl Into<String>) -> Refused {
    Refused::new("KEY-1", reason)
}
