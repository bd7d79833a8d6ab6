//! Exact samples of the discrete Gaussian (Canonne, Kamath, Steinke 2020, "The Discrete Gaussian for Differential
//! Privacy", Algorithms 1 to 3): integers only, so that every probability is what the proof of privacy says.
//!
//! How long a sample takes depends on it. A home draws its noise long before it sends anything, so nobody times it.

use sha2::{Digest, Sha512};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// `count` samples of N_ℤ(0, variance) from the stream of `seed`; variance 0 is no noise.
pub fn noise(seed: &[u8; 32], variance: u64, count: usize) -> Zeroizing<Vec<i64>> {
    let mut noise = Zeroizing::new(vec![0; count]);
    if variance > 0 {
        let mut dice = Dice::new(seed);
        noise.fill_with(|| dice.gaussian(variance));
    }
    noise
}

/// An integer below 2^256, most significant limb first, so that the order of arrays is that of numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Natural([u64; 4]);

impl Natural {
    const fn new(low: u128) -> Self {
        Self([0, 0, (low >> 64) as u64, low as u64])
    }

    /// a·b.
    fn product(a: u128, b: u128) -> Self {
        let (high, low) = (
            Self::new(a).times((b >> 64) as u64),
            Self::new(a).times(b as u64),
        );
        let [_, x, y, z] = high.0;
        low.plus(Self([x, y, z, 0]))
    }

    fn times(self, factor: u64) -> Self {
        let mut carry = 0;
        let mut product = self.0;
        for limb in product.iter_mut().rev() {
            let total = u128::from(*limb) * u128::from(factor) + carry;
            *limb = total as u64;
            carry = total >> 64;
        }
        debug_assert_eq!(carry, 0);
        Self(product)
    }

    fn plus(self, other: Self) -> Self {
        let mut carry = false;
        let mut sum = self.0;
        for (limb, more) in sum.iter_mut().zip(other.0).rev() {
            let (part, first) = limb.overflowing_add(more);
            let (total, second) = part.overflowing_add(carry.into());
            (*limb, carry) = (total, first | second);
        }
        debug_assert!(!carry);
        Self(sum)
    }

    /// self − other, which is not larger.
    fn minus(self, other: Self) -> Self {
        let mut borrow = false;
        let mut rest = self.0;
        for (limb, less) in rest.iter_mut().zip(other.0).rev() {
            let (part, first) = limb.overflowing_sub(less);
            let (total, second) = part.overflowing_sub(borrow.into());
            (*limb, borrow) = (total, first | second);
        }
        debug_assert!(!borrow);
        Self(rest)
    }

    /// Of its binary form.
    fn bits(&self) -> u32 {
        let limbs = self.0.iter().zip([256, 192, 128, 64]);
        limbs
            .clone()
            .find(|(limb, _)| **limb != 0)
            .map_or(0, |(limb, above)| above - limb.leading_zeros())
    }
}

const ONE: Natural = Natural::new(1);

/// SHA-512("openmg/1/noise" ‖ seed ‖ counter u64), counter 0, 1, 2 …, joined.
#[derive(ZeroizeOnDrop)]
struct Dice {
    seed: [u8; 32],
    #[zeroize(skip)]
    counter: u64,
    block: [u8; 64],
    #[zeroize(skip)]
    used: usize,
}

impl Dice {
    fn new(seed: &[u8; 32]) -> Self {
        Self {
            seed: *seed,
            counter: 0,
            block: [0; 64],
            used: 64,
        }
    }

    fn byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            let hash = Sha512::new()
                .chain_update(b"openmg/1/noise")
                .chain_update(self.seed)
                .chain_update(self.counter.to_le_bytes());
            let mut hash = hash.finalize();
            self.block.copy_from_slice(&hash);
            hash.as_mut_slice().zeroize();
            (self.counter, self.used) = (self.counter + 1, 0);
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    /// Uniform below `bound`: as many bits as bound − 1 has, in whole little-endian bytes, until they are below.
    fn below(&mut self, bound: &Natural) -> Natural {
        let bits = bound.minus(ONE).bits();
        loop {
            let mut drawn = Natural::new(0);
            for at in 0..bits.div_ceil(8) {
                let byte = u64::from(self.byte() & top_mask(bits, at));
                drawn.0[3 - at as usize / 8] |= byte << (8 * (at % 8));
            }
            if drawn < *bound {
                return drawn;
            }
        }
    }

    /// Algorithm 1: true with probability exp(−n/d).
    fn exp_minus(&mut self, mut n: Natural, d: Natural) -> bool {
        while n > d {
            if !self.exp_minus_fraction(ONE, ONE) {
                return false;
            }
            n = n.minus(d);
        }
        self.exp_minus_fraction(n, d)
    }

    /// Algorithm 1 for n ≤ d: k rises while Bernoulli(n/(d·k)); the answer is whether it ends at an odd k.
    fn exp_minus_fraction(&mut self, n: Natural, d: Natural) -> bool {
        let mut k = 1;
        while self.below(&d.times(k)) < n {
            k += 1;
        }
        k % 2 == 1
    }

    /// Algorithm 2 with s = 1: the magnitude of a discrete Laplace sample of scale t, and whether it is negative.
    fn laplace(&mut self, t: u64) -> (u128, bool) {
        loop {
            let u = self.below(&Natural::new(t.into()));
            if !self.exp_minus(u, Natural::new(t.into())) {
                continue;
            }
            let mut v = 0;
            while self.exp_minus_fraction(ONE, ONE) {
                v += 1u128;
            }
            let magnitude = u128::from(u.0[3]) + u128::from(t) * v;
            let negative = self.below(&Natural::new(2)) == ONE;
            if !(negative && magnitude == 0) {
                return (magnitude, negative);
            }
        }
    }

    /// Algorithm 3: Laplace samples Y of scale t = ⌊σ⌋ + 1, each taken with probability exp(−(|Y| − σ²/t)²/2σ²).
    fn gaussian(&mut self, variance: u64) -> i64 {
        let t = variance.isqrt() + 1;
        let (wide_t, wide_variance) = (u128::from(t), u128::from(variance));
        let denominator = Natural::product(2 * wide_variance, wide_t * wide_t);
        loop {
            let (magnitude, negative) = self.laplace(t);
            let off = (magnitude * wide_t).abs_diff(wide_variance);
            if self.exp_minus(Natural::product(off, off), denominator) {
                // Below 2^33 times a geometric number that is never as large as 2^30.
                let magnitude = magnitude as i64;
                return if negative { -magnitude } else { magnitude };
            }
        }
    }
}

/// What of byte `at` belongs to the lowest `bits` bits.
fn top_mask(bits: u32, at: u32) -> u8 {
    match bits - 8 * at {
        left @ 0..8 => (1 << left) - 1,
        _ => 0xff,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naturals_are_exact() {
        let [a, b] = [u128::MAX, u128::MAX - 1];
        let product = Natural::product(a, b);
        // (2^128 − 1)(2^128 − 2) = 2^256 − 3·2^128 + 2
        assert_eq!(product.0, [u64::MAX, u64::MAX - 2, 0, 2]);
        assert_eq!(product.bits(), 256);
        assert_eq!(Natural::product(1 << 100, 1 << 90).bits(), 191);
        assert!(product.minus(ONE) < product);
        assert!(product.minus(product) == Natural::new(0));
        assert_eq!(Natural::new(0).bits(), 0);
        assert!(Natural::new(7).times(6) == Natural::new(42));
        assert!(Natural::new(u128::MAX).plus(ONE).0 == [0, 1, 0, 0]);
    }

    #[test]
    fn draws_stay_below_their_bound_and_reach_it() {
        let mut dice = Dice::new(&[5; 32]);
        for bound in [1u128, 2, 3, 255, 256, 257, 1 << 64] {
            let top = (0..2000).map(|_| dice.below(&Natural::new(bound))).max();
            assert!(top < Some(Natural::new(bound)));
            assert!(top >= Some(Natural::new(bound * 9 / 10)), "{bound}");
        }
    }

    #[test]
    fn noise_repeats_and_has_its_variance() {
        for variance in [1u64, 100, 1 << 40, u64::MAX] {
            let samples = noise(&[3; 32], variance, 20_000);
            assert_eq!(noise(&[3; 32], variance, 100)[..], samples[..100]);
            let squares: f64 = samples.iter().map(|x| (*x as f64).powi(2)).sum();
            let ratio = squares / 20_000.0 / variance as f64;
            assert!((0.96..1.04).contains(&ratio), "{variance}: {ratio}");
        }
        assert_eq!(noise(&[3; 32], 0, 3)[..], [0; 3]);
        assert_ne!(noise(&[3; 32], 100, 20), noise(&[4; 32], 100, 20));
    }
}
