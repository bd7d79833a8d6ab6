//! A sealed box opened before everybody: its recipient shows the box's Diffie-Hellman point S and proves that it is
//! the right one (equal logarithms, Chaum and Pedersen 1992; WIRE-8, WIRE-16).
//!
//! Whoever accuses a sender does this. A box with the same E of somebody else would open with S too: show it only where
//! the sender proved that it knows the secret of E ([`crate::senders`]), so that it learns nothing from S.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::VartimeMultiscalarMul;

use crate::error::{Refused, Result};
use crate::group::{canonical_scalar, received_point};
use crate::sealed;
use crate::transcript::Transcript;

/// A disclosure on the wire: `S ‖ T1 ‖ T2 ‖ z`.
pub const BYTES: usize = 128;

/// What a disclosure is bound to, and what refuses it.
pub(crate) struct Disclosure<'a> {
    /// Bound to who accuses whom and where.
    pub transcript: Transcript,
    /// The clause of a refusal.
    pub clause: &'static str,
    /// The box in question.
    pub sealed: &'a [u8],
}

impl Disclosure<'_> {
    /// Shows S; `secret` is the recipient's and stays secret.
    pub fn make(mut self, secret: &Scalar) -> Result<[u8; BYTES]> {
        let sender = sealed::ephemeral(self.sealed).map_err(|refused| self.refused(refused))?;
        let public = RistrettoPoint::mul_base(secret).compress();
        let shared = (sender * secret).compress();
        self.bind(public.as_bytes(), &sender, shared.as_bytes());
        let nonce = self.transcript.nonces(&[secret.as_bytes()]).scalar();
        let (first, second) = (
            RistrettoPoint::mul_base(&nonce).compress(),
            (sender * *nonce).compress(),
        );
        let response = *nonce + self.challenge(first.as_bytes(), second.as_bytes()) * secret;
        let mut disclosure = [0; BYTES];
        for (slot, part) in
            disclosure
                .chunks_exact_mut(32)
                .zip([shared.0, first.0, second.0, response.to_bytes()])
        {
            slot.copy_from_slice(&part);
        }
        Ok(disclosure)
    }

    /// S, if the public key and S have the same logarithm to the bases P and E.
    pub fn check(
        mut self,
        public: &RistrettoPoint,
        disclosure: &[u8; BYTES],
    ) -> Result<RistrettoPoint> {
        let [claimed, first, second, response] = [0, 32, 64, 96].map(|at| &disclosure[at..at + 32]);
        let refused = |refused| self.refused(refused);
        let shared = received_point(claimed, "S").map_err(refused)?;
        let response = canonical_scalar(response, "z").map_err(refused)?;
        for (announcement, what) in [(first, "T1"), (second, "T2")] {
            received_point(announcement, what).map_err(refused)?;
        }
        let sender = sealed::ephemeral(self.sealed).map_err(refused)?;
        self.bind(public.compress().as_bytes(), &sender, claimed);
        let challenge = self.challenge(first, second);
        // z·P − c·X = T1 and z·E − c·S = T2
        let own =
            RistrettoPoint::vartime_double_scalar_mul_basepoint(&-challenge, public, &response);
        let boxed =
            RistrettoPoint::vartime_multiscalar_mul([response, -challenge], [sender, shared]);
        if own.compress().as_bytes() != first || boxed.compress().as_bytes() != second {
            return Err(Refused::new(
                self.clause,
                "the complaint's proof does not hold",
            ));
        }
        Ok(shared)
    }

    fn bind(&mut self, public: &[u8], sender: &RistrettoPoint, shared: &[u8]) {
        self.transcript.message("X", public);
        self.transcript.message("E", sender.compress().as_bytes());
        self.transcript.message("S", shared);
    }

    fn challenge(&mut self, first: &[u8], second: &[u8]) -> Scalar {
        self.transcript.message("T1", first);
        self.transcript.message("T2", second);
        self.transcript.scalar("c")
    }

    fn refused(&self, refused: Refused) -> Refused {
        refused.under(self.clause)
    }
}
