//! That whoever sealed boxes knows the secret e of every one of them (Schnorr, over a random combination; WIRE-8,
//! WIRE-16).
//!
//! Without it a complaint would be an oracle: who copies the E of somebody else's box into its own makes the honest
//! recipient that complains about the copy show the Diffie-Hellman point that opens the original.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::VartimeMultiscalarMul;
use zeroize::Zeroizing;

/// `Σ w_j·e_j`.
pub(crate) fn weighted(weights: &[Scalar], secrets: &[Zeroizing<Scalar>]) -> Zeroizing<Scalar> {
    let mut sum = Zeroizing::new(Scalar::ZERO);
    for (weight, secret) in weights.iter().zip(secrets) {
        *sum += weight * **secret;
    }
    sum
}

/// `response·P − c·Σ w_j·E_j`: the announcement, if the proof holds. Public values only.
pub(crate) fn announced(
    response: &Scalar,
    challenge: &Scalar,
    weights: &[Scalar],
    points: &[RistrettoPoint],
) -> RistrettoPoint {
    let factors = weights.iter().map(|weight| -(weight * challenge));
    RistrettoPoint::mul_base(response) + RistrettoPoint::vartime_multiscalar_mul(factors, points)
}
