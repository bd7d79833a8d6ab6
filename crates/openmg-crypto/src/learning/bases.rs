//! The generators B_p that masks are committed under, and sums over them.

use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::VartimeMultiscalarMul;
use rayon::prelude::*;
use sha2::{Digest, Sha512};

/// Terms that one core adds up at a time.
const CHUNK: usize = 2048;

/// B_0, B_1, … as far as anybody asked. Shared, so that no lock is held while cores work.
static BASES: LazyLock<RwLock<Arc<Vec<RistrettoPoint>>>> = LazyLock::new(RwLock::default);

/// `B_p = one-way-map(SHA-512("openmg/1/generator/B" ‖ p u32))`: nobody knows a relation between any two.
fn base(p: usize) -> RistrettoPoint {
    let p = u32::try_from(p).expect("a vector has fewer than 2^32 words");
    let hash = Sha512::new()
        .chain_update(b"openmg/1/generator/B")
        .chain_update(p.to_le_bytes());
    RistrettoPoint::from_uniform_bytes(&hash.finalize().into())
}

/// At least `count` bases.
fn bases(count: usize) -> Arc<Vec<RistrettoPoint>> {
    let known = Arc::clone(&BASES.read().unwrap_or_else(PoisonError::into_inner));
    if known.len() >= count {
        return known;
    }
    let mut more = known.as_ref().clone();
    more.par_extend((known.len()..count).into_par_iter().map(base));
    let more = Arc::new(more);
    let mut bases = BASES.write().unwrap_or_else(PoisonError::into_inner);
    if bases.len() < count {
        *bases = Arc::clone(&more);
    }
    more
}

/// `Σ_p scalar_p·B_p`, in variable time even where the scalars are masks.
///
/// A mask is fresh in every round and used once, and whoever could time this would have to see it begin and end: a home
/// computes it long before it sends. So an observer gets one noisy number about 35·P uniform words, never a second one.
/// Blindings, which outlive nothing either, are multiplied in constant time all the same.
pub(super) fn combine(scalars: &[Scalar]) -> RistrettoPoint {
    let bases = bases(scalars.len());
    scalars
        .par_chunks(CHUNK)
        .zip(bases.par_chunks(CHUNK))
        .map(|(scalars, bases)| {
            RistrettoPoint::vartime_multiscalar_mul(scalars, &bases[..scalars.len()])
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_are_sums_of_products() {
        let scalars: Vec<Scalar> = (0..CHUNK as u64 + 3).map(|p| Scalar::from(p * p)).collect();
        let few: RistrettoPoint = (0..7).map(|p| base(p) * scalars[p]).sum();
        assert_eq!(combine(&scalars[..7]), few);
        let rest: RistrettoPoint = (7..scalars.len()).map(|p| base(p) * scalars[p]).sum();
        assert_eq!(combine(&scalars), few + rest);
        assert_eq!(combine(&[]), RistrettoPoint::default());
    }
}
