//! Ristretto255 and its scalars (WIRE-2): canonical decoding, the generators P and G, commitments and pairs.

use std::fmt::Display;
use std::sync::LazyLock;

use curve25519_dalek::Scalar;
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_COMPRESSED;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoBasepointTable, RistrettoPoint};
use curve25519_dalek::traits::{Identity, IsIdentity};
use sha2::{Digest, Sha512};
use subtle::{Choice, ConditionallyNegatable};

use crate::error::{Refused, Result};

/// Encoding of the standard base point P.
pub const BASE: [u8; 32] = RISTRETTO_BASEPOINT_COMPRESSED.0;

static GENERATOR: LazyLock<RistrettoPoint> = LazyLock::new(|| {
    RistrettoPoint::from_uniform_bytes(&Sha512::digest(b"openmg/1/generator/G").into())
});
static GENERATOR_BYTES: LazyLock<[u8; 32]> = LazyLock::new(|| GENERATOR.compress().0);
static GENERATOR_TABLE: LazyLock<RistrettoBasepointTable> =
    LazyLock::new(|| RistrettoBasepointTable::create(&GENERATOR));

/// The value base G; nobody knows its logarithm to base P.
pub fn generator() -> &'static RistrettoPoint {
    &GENERATOR
}

/// Encoding of G.
pub fn generator_bytes() -> &'static [u8; 32] {
    &GENERATOR_BYTES
}

/// Multiples of G for constant-time multiplication: `generator_table() * &scalar`.
pub fn generator_table() -> &'static RistrettoBasepointTable {
    &GENERATOR_TABLE
}

/// A received point: canonical and not the identity (MARKET-3). `what` names it in the refusal.
pub fn received_point(bytes: &[u8], what: impl Display) -> Result<RistrettoPoint> {
    let point = derived_point(bytes, &what)?;
    if point.is_identity() {
        return Err(Refused::new("MARKET-3", format!("{what} is the identity")));
    }
    Ok(point)
}

/// A point that may be the identity: a sum, a stored balance, an announcement of a proof.
pub fn derived_point(bytes: &[u8], what: impl Display) -> Result<RistrettoPoint> {
    CompressedRistretto::from_slice(bytes)
        .ok()
        .and_then(|compressed| compressed.decompress())
        .ok_or_else(|| Refused::new("MARKET-3", format!("{what} is no canonical point")))
}

/// A scalar below q (MARKET-3).
pub fn canonical_scalar(bytes: &[u8], what: impl Display) -> Result<Scalar> {
    <[u8; 32]>::try_from(bytes)
        .ok()
        .and_then(|bytes| Scalar::from_canonical_bytes(bytes).into())
        .ok_or_else(|| Refused::new("MARKET-3", format!("{what} is no scalar below q")))
}

/// 64 bytes as a little-endian integer modulo q.
pub fn wide(bytes: &[u8; 64]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(bytes)
}

/// A signed integer as a scalar, in constant time.
pub fn signed_scalar(value: i128) -> Scalar {
    let mut scalar = Scalar::from(value.unsigned_abs());
    scalar.conditional_negate(Choice::from((value < 0) as u8));
    scalar
}

/// `value·G + blinding·H`, in constant time.
pub fn commit(value: &Scalar, blinding: &Scalar, epoch_key: &RistrettoPoint) -> RistrettoPoint {
    generator_table() * value + epoch_key * blinding
}

/// `(R, C) = (r·P, value·G + r·H)`, in constant time.
pub fn pair(
    value: &Scalar,
    randomness: &Scalar,
    epoch_key: &RistrettoPoint,
) -> (RistrettoPoint, RistrettoPoint) {
    let commitment = commit(value, randomness, epoch_key);
    (RistrettoPoint::mul_base(randomness), commitment)
}

/// `factor·point`, the faster the shorter the factor. Variable time: public factors only.
pub fn multiple(point: &RistrettoPoint, factor: i128) -> RistrettoPoint {
    match factor {
        0 => RistrettoPoint::identity(),
        1 => *point,
        -1 => -point,
        // Skips the leading zeros of a signed window form, with vectorised doublings; its term in P is nothing.
        _ => RistrettoPoint::vartime_double_scalar_mul_basepoint(
            &signed_scalar(factor),
            point,
            &Scalar::ZERO,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_factors_agree_with_scalars() {
        let mut factors = vec![0, 1, 2, 7, 8, 9, 15, 16, u64::MAX as i128, 1 << 126];
        factors.extend([i128::MAX, i128::MAX - 7, i128::MIN, i128::MIN + 1]);
        factors.extend((0..127).map(|k| 0x5e37_79b9_7f4a_7c15_f39c_c060_5ced_c834_i128 >> k));
        for factor in factors.iter().flat_map(|f| [*f, f.wrapping_neg()]) {
            let expected = generator() * signed_scalar(factor);
            assert_eq!(multiple(generator(), factor), expected, "{factor}");
        }
    }

    #[test]
    fn signed_scalars_are_field_elements() {
        assert_eq!(signed_scalar(-5) + signed_scalar(5), Scalar::ZERO);
        assert_eq!(signed_scalar(i128::MIN), -Scalar::from(1u128 << 127));
    }

    #[test]
    fn decoding_takes_one_encoding_only() {
        let refused = |bytes: &[u8]| received_point(bytes, "it").unwrap_err().reason;
        assert_eq!(refused(&[0; 32]), "it is the identity");
        assert_eq!(refused(&[0xff; 32]), "it is no canonical point");
        assert_eq!(refused(&BASE[..31]), "it is no canonical point");
        assert!(derived_point(&[0; 32], "it").is_ok());
        assert!(canonical_scalar(&[0xff; 32], "it").is_err());
        assert!(canonical_scalar((-Scalar::ONE).as_bytes(), "it").is_ok());
    }
}
