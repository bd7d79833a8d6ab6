//! A council of authorities for the tests of the key generation.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use openmg_crypto::derive::fresh_scalar;
use openmg_crypto::key::Generation;

/// The chain of all tests.
pub const CHAIN: [u8; 32] = [7; 32];

/// n authorities with ephemeral keys; index j is at place j − 1.
pub struct Council {
    pub place: Generation<'static>,
    pub secrets: Vec<Scalar>,
    pub ephemerals: Vec<[u8; 32]>,
}

impl Council {
    pub fn new(n: u64) -> Self {
        let secrets: Vec<Scalar> = (0..n).map(|_| *fresh_scalar()).collect();
        let ephemerals = secrets
            .iter()
            .map(|x| RistrettoPoint::mul_base(x).compress().0)
            .collect();
        let threshold = 2 * n / 3 + 1;
        let place = Generation {
            chain: &CHAIN,
            epoch: 3,
            attempt: 1,
            authorities: n,
            threshold,
        };
        Self {
            place,
            secrets,
            ephemerals,
        }
    }

    pub fn deal(&self, dealer: u64) -> Vec<u8> {
        self.place.deal(dealer, &self.ephemerals).unwrap().0
    }

    pub fn check(&self, dealer: u64, deal: &[u8]) -> Result<(), &'static str> {
        self.place
            .check_deal(dealer, &self.ephemerals[dealer as usize - 1], deal)
            .map_err(|refused| refused.clause)
    }

    pub fn share(&self, dealer: u64, j: u64, deal: &[u8]) -> Result<[u8; 32], &'static str> {
        let secret = &self.secrets[j as usize - 1];
        let share = self.place.open_share(dealer, j, secret, deal);
        share
            .map(|share| share.to_bytes())
            .map_err(|refused| refused.clause)
    }

    /// Where the boxes of a deal start.
    pub fn boxes(&self) -> usize {
        32 * self.place.threshold as usize + 64
    }
}
