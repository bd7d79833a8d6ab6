//! Masks as integers: expansion from a seed, exact sums, commitments (LEARN-1).

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, Zeroizing};

use super::{MASK, Place, bases};
use crate::derive;

/// Seed of one subset's mask of one home.
pub(super) type Seed = [u8; 32];

/// `count` integers of 28 bytes: SHA-512("openmg/1/mask" ‖ seed ‖ context ‖ counter u32), joined.
pub fn expand_context(seed: &Seed, context: &[u8; 69], count: usize) -> Zeroizing<Vec<u8>> {
    let mut mask = Zeroizing::new(vec![0; MASK * count]);
    let prefix = Sha512::new()
        .chain_update(b"openmg/1/mask")
        .chain_update(seed)
        .chain_update(context);
    for (block, counter) in mask.chunks_mut(64).zip(0u32..) {
        let mut hash = prefix
            .clone()
            .chain_update(counter.to_le_bytes())
            .finalize();
        block.copy_from_slice(&hash[..block.len()]);
        hash.as_mut_slice().zeroize();
    }
    mask
}

/// One subset's mask of one home.
pub(super) fn expand(place: &Place, subset: u8, seed: &Seed, count: usize) -> Zeroizing<Vec<u8>> {
    expand_context(seed, &place.mask_context(subset), count)
}

/// `r_T`.
pub(super) fn blinding(place: &Place, subset: u8, seed: &Seed) -> Zeroizing<Scalar> {
    derive::scalar(
        seed,
        "openmg/1/mask/blinding",
        &[&place.mask_context(subset)],
    )
}

/// `K_T = Σ_p mask_p·B_p + r_T·P`.
pub(super) fn commit(place: &Place, subset: u8, seed: &Seed, count: usize) -> RistrettoPoint {
    let mut words = Words::zero(count);
    words.add(&expand(place, subset, seed, count), MASK);
    let blinding = blinding(place, subset, seed);
    bases::combine(&words.scalars()) + RistrettoPoint::mul_base(&blinding)
}

/// 256 bits, little-endian.
pub(super) fn limbs(bytes: &[u8]) -> [u64; 4] {
    let mut padded = [0; 32];
    padded[..bytes.len()].copy_from_slice(bytes);
    let limbs = padded.as_chunks::<8>().0;
    std::array::from_fn(|i| u64::from_le_bytes(limbs[i]))
}

/// A vector of integers below 2^256, wiped when dropped. Sums are exact: nobody adds so much that one overflows.
pub(super) struct Words(Zeroizing<Vec<[u64; 4]>>);

impl Words {
    pub fn zero(count: usize) -> Self {
        Self(Zeroizing::new(vec![[0; 4]; count]))
    }

    /// Adds integers of `width` bytes each, as many as there are words.
    pub fn add(&mut self, integers: &[u8], width: usize) {
        for (word, integer) in self.0.iter_mut().zip(integers.chunks_exact(width)) {
            add_limbs(word, &limbs(integer));
        }
    }

    /// With another vector.
    pub fn merged(mut self, other: &Self) -> Self {
        for (word, more) in self.0.iter_mut().zip(other.0.iter()) {
            add_limbs(word, more);
        }
        self
    }

    /// `width` bytes each; what is above must be zero.
    pub fn encode(&self, width: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(width * self.0.len());
        for word in self.0.iter() {
            let mut word = word.map(u64::to_le_bytes);
            let (low, high) = word.as_flattened().split_at(width);
            assert!(high.iter().all(|byte| *byte == 0), "a sum is too large");
            bytes.extend(low);
            word.zeroize();
        }
        bytes
    }

    /// As scalars; each must be below 2^252.
    pub fn scalars(&self) -> Zeroizing<Vec<Scalar>> {
        let scalar = |word: &[u64; 4]| {
            let mut bytes = [0; 32];
            bytes.copy_from_slice(word.map(u64::to_le_bytes).as_flattened());
            Scalar::from_bytes_mod_order(bytes)
        };
        Zeroizing::new(self.0.iter().map(scalar).collect())
    }
}

fn add_limbs(sum: &mut [u64], term: &[u64]) {
    let mut carry = 0;
    for (limb, more) in sum.iter_mut().zip(term) {
        let total = u128::from(*limb) + u128::from(*more) + carry;
        *limb = total as u64;
        carry = total >> 64;
    }
    debug_assert_eq!(carry, 0);
}

/// Sums `Σ weight·mask` of masks below 2^224 with weights below 2^128, exact below 2^512; wiped when dropped.
pub(super) struct Products(Zeroizing<Vec<[u64; 8]>>);

impl Products {
    pub fn zero(count: usize) -> Self {
        Self(Zeroizing::new(vec![[0; 8]; count]))
    }

    /// Adds a weighted mask.
    pub fn add(&mut self, mask: &[u8], weight: u128) {
        let halves = [weight as u64, (weight >> 64) as u64];
        for (sum, word) in self.0.iter_mut().zip(mask.chunks_exact(MASK)) {
            let word = limbs(word);
            for (shift, half) in halves.into_iter().enumerate() {
                add_product(&mut sum[shift..], &word, half);
            }
        }
    }

    /// With another sum.
    pub fn merged(mut self, other: &Self) -> Self {
        for (sum, more) in self.0.iter_mut().zip(other.0.iter()) {
            add_limbs(sum, more);
        }
        self
    }

    /// Modulo q.
    pub fn scalars(&self) -> Zeroizing<Vec<Scalar>> {
        let scalar = |sum: &[u64; 8]| {
            let mut bytes = Zeroizing::new([0; 64]);
            bytes.copy_from_slice(sum.map(u64::to_le_bytes).as_flattened());
            Scalar::from_bytes_mod_order_wide(&bytes)
        };
        Zeroizing::new(self.0.iter().map(scalar).collect())
    }
}

/// `sum += word·factor`, with the carry as far as it goes.
fn add_product(sum: &mut [u64], word: &[u64; 4], factor: u64) {
    let mut carry = 0;
    let limbs = word.iter().copied().chain(std::iter::repeat(0));
    for (limb, part) in sum.iter_mut().zip(limbs) {
        let total = u128::from(part) * u128::from(factor) + u128::from(*limb) + carry;
        *limb = total as u64;
        carry = total >> 64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_carry_and_encode() {
        let mut words = Words::zero(2);
        let integers = [[0xff; 28], [1; 28]].concat();
        words.add(&integers, 28);
        words.add(&integers, 28);
        let mut expected = [0xff; 30];
        (expected[0], expected[28], expected[29]) = (0xfe, 1, 0);
        let encoded = words.encode(30);
        assert_eq!(encoded[..30], expected);
        assert_eq!(encoded[30..58], [2; 28]);
        let sum = Words::zero(2).merged(&words);
        assert_eq!(sum.encode(30), encoded);
        assert_eq!(sum.scalars()[1], words.scalars()[1]);
    }

    #[test]
    fn products_agree_with_scalars() {
        let mask = [[0xff; 28], [0x5c; 28]].concat();
        let weights = [
            u128::MAX,
            1 << 64,
            0x1234_5678_9abc_def0_0fed_cba9_8765_4321,
            0,
        ];
        let mut whole = Products::zero(2);
        let mut expected = [Scalar::ZERO; 2];
        for weight in weights {
            whole.add(&mask, weight);
            for (sum, word) in expected.iter_mut().zip(mask.chunks_exact(28)) {
                let mut padded = [0; 32];
                padded[..28].copy_from_slice(word);
                *sum += Scalar::from_bytes_mod_order(padded) * Scalar::from(weight);
            }
        }
        assert_eq!(*whole.scalars(), expected);
        let doubled = Products::zero(2).merged(&whole).merged(&whole);
        assert_eq!(doubled.scalars()[0], expected[0] + expected[0]);
    }

    #[test]
    fn expansion_is_a_prefix_of_one_stream() {
        let long = expand_context(&[1; 32], &[2; 69], 9);
        assert_eq!(long.len(), 9 * MASK);
        assert_eq!(expand_context(&[1; 32], &[2; 69], 3)[..], long[..84]);
        assert_ne!(expand_context(&[1; 32], &[3; 69], 9), long);
    }
}
