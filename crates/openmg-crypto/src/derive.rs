//! Derivations from a key (WIRE-3) and the operating system's randomness.

use curve25519_dalek::Scalar;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::Zeroizing;

use crate::group::wide;

/// `HMAC-SHA-512(key, label ‖ 0x00 ‖ data)`; the parts of `data` are joined.
pub fn derive(key: &[u8], label: &str, data: &[&[u8]]) -> Zeroizing<[u8; 64]> {
    let mut mac = Hmac::<Sha512>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(label.as_bytes());
    mac.update(&[0]);
    for part in data {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// `wide(derive(key, label, data))`.
pub fn scalar(key: &[u8], label: &str, data: &[&[u8]]) -> Zeroizing<Scalar> {
    Zeroizing::new(wide(&derive(key, label, data)))
}

/// The first 32 bytes of `derive(key, label, data)`.
pub fn key32(key: &[u8], label: &str, data: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut short = Zeroizing::new([0; 32]);
    short.copy_from_slice(&derive(key, label, data)[..32]);
    short
}

/// `N` bytes of the operating system's randomness.
///
/// # Panics
/// When the operating system has none: nothing secret can be made then.
pub fn fresh<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).expect("the operating system gives randomness");
    bytes
}

/// A uniform scalar.
pub fn fresh_scalar() -> Zeroizing<Scalar> {
    Zeroizing::new(wide(&fresh()))
}
