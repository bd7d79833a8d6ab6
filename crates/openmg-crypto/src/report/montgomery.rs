//! Scalars modulo q in Montgomery form, for the verifier alone: variable time, public values only.
//!
//! A product costs a fifth of the library's, which reduces twice and keeps its bytes. Peter L. Montgomery, "Modular
//! multiplication without trial division", 1985; operand scanning after Koç, Acar and Kaliski, 1996 (CIOS).

use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

use curve25519_dalek::Scalar;

/// q = 2^252 + 27742317777372353535851937790883648493, little-endian limbs.
const Q: [u64; 4] = [0x5812_631a_5cf5_d3ed, 0x14de_f9de_a2f7_9cd6, 0, 1 << 60];
/// −1/q modulo 2^64.
const NEGATED_INVERSE: u64 = 0xd2b5_1da3_1254_7e1b;
/// 2^256 modulo q: the form of 1.
const R: [u64; 4] = doubled([1, 0, 0, 0], 256);
/// 2^512 modulo q: takes a residue into this form.
const R_SQUARED: Montgomery = Montgomery(doubled(R, 256));

/// x·2^256 modulo q, always below q.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Montgomery([u64; 4]);

impl Montgomery {
    pub const ZERO: Self = Self([0; 4]);
    pub const ONE: Self = Self(R);

    pub fn square(self) -> Self {
        self * self
    }

    /// `self^(2^k)`.
    pub fn square_times(self, k: usize) -> Self {
        (0..k).fold(self, |power, _| power.square())
    }

    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// Replaces all by their inverses with one inversion. None may be zero.
    pub fn invert_all(elements: &mut [Self]) {
        let mut product = Self::ONE;
        let mut before = Vec::with_capacity(elements.len());
        for element in elements.iter() {
            before.push(product);
            product = product * *element;
        }
        let mut inverse = Self::from(&Scalar::from(product).invert());
        for (element, before) in elements.iter_mut().zip(before).rev() {
            (*element, inverse) = (inverse * before, inverse * *element);
        }
    }
}

impl From<&Scalar> for Montgomery {
    fn from(scalar: &Scalar) -> Self {
        let limbs = scalar.as_bytes().as_chunks::<8>().0;
        let residue = std::array::from_fn(|i| u64::from_le_bytes(limbs[i]));
        Self(residue) * R_SQUARED
    }
}

impl From<u64> for Montgomery {
    fn from(value: u64) -> Self {
        Self([value, 0, 0, 0]) * R_SQUARED
    }
}

impl From<Montgomery> for Scalar {
    fn from(element: Montgomery) -> Self {
        let residue = element * Montgomery([1, 0, 0, 0]);
        let mut bytes = [0; 32];
        for (bytes, limb) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(residue.0) {
            *bytes = limb.to_le_bytes();
        }
        Self::from_bytes_mod_order(bytes)
    }
}

impl Mul for Montgomery {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        Self(product(self.0, other.0))
    }
}

impl Add for Montgomery {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        Self(reduced(sum(self.0, other.0)))
    }
}

impl Sub for Montgomery {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        let (difference, borrow) = difference(self.0, other.0);
        Self(if borrow {
            sum(difference, Q)
        } else {
            difference
        })
    }
}

impl Neg for Montgomery {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl AddAssign for Montgomery {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Montgomery {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Montgomery {
    fn sum<I: Iterator<Item = Self>>(elements: I) -> Self {
        elements.fold(Self::ZERO, Self::add)
    }
}

/// `a·b / 2^256` modulo q, for a and b below 2^256 and b below q.
#[inline]
const fn product(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    let mut t = [0; 4];
    let mut i = 0;
    while i < 4 {
        // (t + a_i·b + m·q) / 2^64 with the m that clears the lowest limb: stays below 2q, so in four limbs.
        let (t0, carry) = multiply_add(t[0], a[i], b[0], 0);
        let (t1, carry) = multiply_add(t[1], a[i], b[1], carry);
        let (t2, carry) = multiply_add(t[2], a[i], b[2], carry);
        let (t3, t4) = multiply_add(t[3], a[i], b[3], carry);
        let m = t0.wrapping_mul(NEGATED_INVERSE);
        let (_, carry) = multiply_add(t0, m, Q[0], 0);
        let (r0, carry) = multiply_add(t1, m, Q[1], carry);
        let (r1, carry) = add_carry(t2, 0, carry);
        let (r2, carry) = multiply_add(t3, m, Q[3], carry);
        t = [r0, r1, r2, t4 + carry];
        i += 1;
    }
    reduced(t)
}

/// `t + a·b + carry`: low and high limb.
#[inline]
const fn multiply_add(t: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    let wide = t as u128 + a as u128 * b as u128 + carry as u128;
    (wide as u64, (wide >> 64) as u64)
}

#[inline]
const fn add_carry(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let wide = a as u128 + b as u128 + carry as u128;
    (wide as u64, (wide >> 64) as u64)
}

/// The sum modulo 2^256.
#[inline]
const fn sum(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    let (s0, carry) = add_carry(a[0], b[0], 0);
    let (s1, carry) = add_carry(a[1], b[1], carry);
    let (s2, carry) = add_carry(a[2], b[2], carry);
    [s0, s1, s2, add_carry(a[3], b[3], carry).0]
}

/// The difference modulo 2^256, and whether it is below zero.
#[inline]
const fn difference(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], bool) {
    let (d0, borrow) = subtract_borrow(a[0], b[0], false);
    let (d1, borrow) = subtract_borrow(a[1], b[1], borrow);
    let (d2, borrow) = subtract_borrow(a[2], b[2], borrow);
    let (d3, borrow) = subtract_borrow(a[3], b[3], borrow);
    ([d0, d1, d2, d3], borrow)
}

#[inline]
const fn subtract_borrow(a: u64, b: u64, borrow: bool) -> (u64, bool) {
    let (once, first) = a.overflowing_sub(b);
    let (twice, second) = once.overflowing_sub(borrow as u64);
    (twice, first | second)
}

/// What is below 2q, below q.
#[inline]
const fn reduced(limbs: [u64; 4]) -> [u64; 4] {
    let (less, borrow) = difference(limbs, Q);
    if borrow { limbs } else { less }
}

/// `limbs·2^times` modulo q.
const fn doubled(mut limbs: [u64; 4], times: usize) -> [u64; 4] {
    let mut done = 0;
    while done < times {
        limbs = reduced(sum(limbs, limbs));
        done += 1;
    }
    limbs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Transcript;

    /// Zero, one, q − 1 and what else is near a carry, then scalars like any other.
    fn samples() -> Vec<Scalar> {
        let mut transcript = Transcript::new("openmg/1/test/montgomery");
        let mut samples: Vec<_> = (0..=255)
            .map(|k| {
                Scalar::from_bytes_mod_order(std::array::from_fn(|j| {
                    ((k >> (j % 8)) & 1) as u8 * 255
                }))
            })
            .collect();
        let powers = std::iter::successors(Some(Scalar::ONE), |power| Some(power + power));
        for power in powers.take(256).step_by(7) {
            samples.extend([power, power - Scalar::ONE, -power, -power - Scalar::ONE]);
        }
        samples.extend((0..300).map(|_| transcript.scalar("sample")));
        samples
    }

    #[test]
    fn a_form_is_left_as_it_was_entered() {
        assert_eq!(Scalar::from(Montgomery::ONE), Scalar::ONE);
        assert_eq!(Montgomery::from(&Scalar::ZERO), Montgomery::ZERO);
        for scalar in samples() {
            let element = Montgomery::from(&scalar);
            assert_eq!(Scalar::from(element), scalar);
            assert_eq!(reduced(element.0), element.0, "below q");
            assert_eq!(element.is_zero(), scalar == Scalar::ZERO);
        }
        for value in [0, 1, 65_535, u64::MAX] {
            assert_eq!(Scalar::from(Montgomery::from(value)), Scalar::from(value));
        }
    }

    #[test]
    fn arithmetic_agrees_with_the_library() {
        let samples = samples();
        for (k, a) in samples.iter().enumerate() {
            for b in samples.iter().skip(k % 5).step_by(5).chain([a]) {
                let (x, y) = (Montgomery::from(a), Montgomery::from(b));
                assert_eq!(Scalar::from(x * y), a * b);
                assert_eq!(Scalar::from(x + y), a + b);
                assert_eq!(Scalar::from(x - y), a - b);
            }
            let x = Montgomery::from(a);
            assert_eq!(Scalar::from(-x), -a);
            assert_eq!(x.square_times(3), x * x * x * x * x * x * x * x);
        }
    }

    #[test]
    fn inverses_agree_with_the_library() {
        let scalars: Vec<_> = samples()
            .into_iter()
            .filter(|scalar| *scalar != Scalar::ZERO)
            .collect();
        let mut elements: Vec<_> = scalars.iter().map(Montgomery::from).collect();
        Montgomery::invert_all(&mut elements);
        for (element, scalar) in elements.into_iter().zip(scalars) {
            assert_eq!(Scalar::from(element), scalar.invert());
        }
        Montgomery::invert_all(&mut []);
    }
}
