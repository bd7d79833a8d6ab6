//! Threshold key generation without a dealer of trust (KEY-1, KEY-2, WIRE-8).
//!
//! Every authority deals a secret by Feldman's verifiable sharing (1987) and proves that it knows it and the secret of
//! every box (Schnorr, [`Generation::check_deal`]), with a challenge that binds the deal to its place. The key is the
//! sum of the deals that count; nobody ever holds its secret. Shares travel in sealed boxes; a recipient with a bad one
//! convicts the dealer before everybody by showing the box's Diffie-Hellman point ([`crate::complaint`]).

use std::ops::RangeInclusive;

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::IsIdentity;
use zeroize::{Zeroize, Zeroizing};

use crate::deal::{self, Deal};
use crate::derive::fresh_scalar;
use crate::error::{Refused, Result};
use crate::group::{canonical_scalar, received_point};
use crate::sealed;

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

impl Generation<'_> {
    /// Largest n: an authority's index is one byte on the wire.
    pub const AUTHORITIES: RangeInclusive<u64> = 1..=255;

    /// Deals a fresh secret to the announced ephemeral keys of all authorities, in the order of their indices.
    ///
    /// Returns the deal as on the wire, `32·t + 80·n + 128` bytes, and the dealer's own share. Refuses with KEY-1
    /// numbers that make no threshold, and keys that are no points or not n.
    pub fn deal(
        &self,
        dealer: u64,
        ephemerals: &[[u8; 32]],
    ) -> Result<(Vec<u8>, Zeroizing<Scalar>)> {
        self.check_numbers()?;
        self.check_index(dealer)?;
        let keys = self.recipients(ephemerals)?;
        let secrets: Vec<_> = (0..self.threshold).map(|_| fresh_scalar()).collect();
        let points = secrets.iter().map(|a| RistrettoPoint::mul_base(a));
        let mut deal: Vec<u8> = points
            .flat_map(|point| point.compress().to_bytes())
            .collect();
        let mut senders = Vec::with_capacity(keys.len());
        for (key, recipient) in keys.iter().zip(1..) {
            let share = Zeroizing::new(evaluate(&secrets, recipient).to_bytes());
            let aad = self.share_context(dealer, recipient);
            let (sealed, sender) = sealed::seal_with_secret(key, &aad, share.as_slice());
            deal.extend(sealed);
            senders.push(sender);
        }
        let ephemeral = &ephemerals[dealer as usize - 1];
        let proof = deal::prove(self, dealer, ephemeral, &deal, &secrets[0], &senders);
        deal.extend(proof);
        Ok((deal, evaluate(&secrets, dealer)))
    }

    /// Refuses with KEY-1 a deal that is not well-formed, or whose dealer does not provably know its secret and the
    /// secret of every box.
    ///
    /// `ephemeral` is the dealer's announced key. Shares are sealed and not looked at.
    pub fn check_deal(&self, dealer: u64, ephemeral: &[u8; 32], deal: &[u8]) -> Result<()> {
        self.check_index(dealer)?;
        received_point(ephemeral, "the dealer's ephemeral key").map_err(as_key_1)?;
        self.parse(deal)?.check_proof(self, dealer, ephemeral)
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
        generation.check_numbers()?;
        let deals = deals
            .iter()
            .map(|deal| generation.parse(deal))
            .collect::<Result<Vec<_>>>()?;
        let coefficients: Vec<RistrettoPoint> = (0..threshold as usize)
            .map(|k| deals.iter().map(|deal| deal.coefficient(k)).sum())
            .collect();
        if coefficients[0].is_identity() {
            return Err(refused("the key is the identity"));
        }
        let verification_keys = (1..=authorities)
            .map(|j| deal::evaluate(&coefficients, j))
            .collect();
        Ok((coefficients[0], verification_keys))
    }

    pub(crate) fn parse<'b>(&self, bytes: &'b [u8]) -> Result<Deal<'b>> {
        Deal::parse(self, bytes)
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

    /// Refuses with KEY-1 unless 1 ≤ t ≤ n ≤ 255.
    pub(crate) fn check_numbers(&self) -> Result<()> {
        let (n, t) = (self.authorities, self.threshold);
        if Self::AUTHORITIES.contains(&n) && (1..=n).contains(&t) {
            return Ok(());
        }
        Err(refused(format!("{t} of {n} is no threshold")))
    }

    fn recipients(&self, ephemerals: &[[u8; 32]]) -> Result<Vec<RistrettoPoint>> {
        if ephemerals.len() as u64 != self.authorities {
            return Err(refused(format!(
                "{} ephemeral keys for {} authorities",
                ephemerals.len(),
                self.authorities
            )));
        }
        let keys = ephemerals.iter().zip(1..);
        keys.map(|(key, j)| {
            received_point(key, format_args!("ephemeral key {j}")).map_err(as_key_1)
        })
        .collect()
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

fn as_key_1(refused: Refused) -> Refused {
    Refused::new("KEY-1", refused.reason)
}

fn refused(reason: impl Into<String>) -> Refused {
    Refused::new("KEY-1", reason)
}
