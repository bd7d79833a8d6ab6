//! Sealed boxes (WIRE-4): anonymous encryption to a Ristretto key.
//!
//! The only secret of one box is its Diffie-Hellman point, so a complaint can open one box and keep the recipient's
//! secret. Every box with the same E to the same key opens with that point: where one may be shown, the sender proves
//! that it knows the secret of E ([`crate::key`], WIRE-8).

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::IsIdentity;
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, Zeroizing};

use crate::derive::{fresh, scalar};
use crate::error::{Refused, Result};
use crate::group::received_point;

/// How much longer a box is than its plaintext, in bytes.
pub const OVERHEAD: usize = 48;

/// Seals `plaintext` to `public`; `aad` must be the same when it is opened.
pub fn seal(public: &RistrettoPoint, aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    seal_with_secret(public, aad, plaintext).0
}

/// Like [`seal`], and gives the sender its e with `E = e·P`: a dealer has to prove that it knows it.
pub fn seal_with_secret(
    public: &RistrettoPoint,
    aad: &[u8],
    plaintext: &[u8],
) -> (Vec<u8>, Zeroizing<Scalar>) {
    seal_from(&fresh(), public, aad, plaintext)
}

/// Like [`seal_with_secret`], from 32 secret bytes that the sender keeps: the same box whenever it is sealed again.
pub(crate) fn seal_from(
    fresh: &[u8; 32],
    public: &RistrettoPoint,
    aad: &[u8],
    plaintext: &[u8],
) -> (Vec<u8>, Zeroizing<Scalar>) {
    let secret = ephemeral_secret(fresh, public, aad, plaintext);
    let ephemeral = RistrettoPoint::mul_base(&secret).compress().to_bytes();
    let shared = Zeroizing::new(public * *secret);
    let cipher = cipher(&ephemeral, public, &shared);
    let payload = Payload {
        msg: plaintext,
        aad,
    };
    let sealed = cipher
        .encrypt(&Nonce::default(), payload)
        .expect("a memo is far below 256 GiB");
    ([ephemeral.as_slice(), &sealed].concat(), secret)
}

/// e: of fresh bytes, and of what is sealed, so that a generator that repeats itself does not repeat a key.
fn ephemeral_secret(
    fresh: &[u8; 32],
    public: &RistrettoPoint,
    aad: &[u8],
    plaintext: &[u8],
) -> Zeroizing<Scalar> {
    let public = public.compress();
    let data = [public.as_bytes().as_slice(), aad, plaintext];
    scalar(fresh, "openmg/1/box/ephemeral", &data)
}

/// Opens a box with the recipient's secret. Refuses with BOX.
pub fn open(secret: &Scalar, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let shared = Zeroizing::new(ephemeral(sealed)? * secret);
    open_with_shared(&shared, &RistrettoPoint::mul_base(secret), aad, sealed)
}

/// The sender's point E of a box: canonical and not the identity. Refuses with BOX.
pub fn ephemeral(sealed: &[u8]) -> Result<RistrettoPoint> {
    if sealed.len() < OVERHEAD {
        return Err(Refused::new(
            "BOX",
            format!("a box of {} bytes is too short", sealed.len()),
        ));
    }
    received_point(&sealed[..32], "the box's point")
        .map_err(|refused| Refused::new("BOX", refused.reason))
}

/// Opens a box given only its Diffie-Hellman point `shared = x·E` and the recipient's public key X. Refuses with BOX.
pub fn open_with_shared(
    shared: &RistrettoPoint,
    recipient: &RistrettoPoint,
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    ephemeral(sealed)?;
    if shared.is_identity() {
        return Err(Refused::new("BOX", "the shared point is the identity"));
    }
    let (ephemeral, ciphertext) = sealed
        .split_first_chunk::<32>()
        .expect("its length was checked");
    cipher(ephemeral, recipient, shared)
        .decrypt(
            &Nonce::default(),
            Payload {
                msg: ciphertext,
                aad,
            },
        )
        .map(Zeroizing::new)
        .map_err(|_| Refused::new("BOX", "the box does not open"))
}

fn cipher(
    ephemeral: &[u8; 32],
    recipient: &RistrettoPoint,
    shared: &RistrettoPoint,
) -> ChaCha20Poly1305 {
    let shared = Zeroizing::new(shared.compress().to_bytes());
    let hash = Sha512::new()
        .chain_update(b"openmg/1/box")
        .chain_update(ephemeral)
        .chain_update(recipient.compress().as_bytes())
        .chain_update(shared.as_slice());
    let mut digest = Zeroizing::new([0; 64]);
    digest.copy_from_slice(&hash.finalize());
    let mut key = Key::try_from(&digest[..32]).expect("32 bytes");
    let cipher = ChaCha20Poly1305::new(&key);
    key.zeroize();
    cipher
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::fresh_scalar;

    #[test]
    fn the_secret_given_out_is_that_of_the_box() {
        let public = RistrettoPoint::mul_base(&fresh_scalar());
        let (sealed, secret) = seal_with_secret(&public, b"context", b"memo");
        let point = RistrettoPoint::mul_base(&secret);
        assert_eq!(ephemeral(&sealed), Ok(point));
        let shared = public * *secret;
        let opened = open_with_shared(&shared, &public, b"context", &sealed).unwrap();
        assert_eq!(opened.as_slice(), b"memo");
    }

    #[test]
    fn a_generator_that_repeats_itself_repeats_no_key() {
        let [x, y] = [1u64, 2].map(|x| RistrettoPoint::mul_base(&Scalar::from(x)));
        let secret = |public, aad: &[u8], plaintext: &[u8]| {
            *ephemeral_secret(&[7; 32], public, aad, plaintext)
        };
        let first = secret(&x, b"context", b"memo");
        assert_eq!(first, secret(&x, b"context", b"memo"));
        assert_ne!(first, secret(&y, b"context", b"memo"));
        assert_ne!(first, secret(&x, b"another", b"memo"));
        assert_ne!(first, secret(&x, b"context", b"note"));
    }

    #[test]
    fn a_box_opens_for_its_recipient_and_its_context_alone() {
        let secret = fresh_scalar();
        let public = RistrettoPoint::mul_base(&secret);
        let sealed = seal(&public, b"context", b"memo");
        assert_eq!(sealed.len(), OVERHEAD + 4);
        assert_eq!(
            open(&secret, b"context", &sealed).unwrap().as_slice(),
            b"memo"
        );
        assert_eq!(
            open(&secret, b"another", &sealed).unwrap_err().clause,
            "BOX"
        );
        assert!(open(&fresh_scalar(), b"context", &sealed).is_err());
        assert!(open(&secret, b"context", &sealed[..47]).is_err());
        let identity = [[0; 32].as_slice(), &sealed[32..]].concat();
        assert!(open(&secret, b"context", &identity).is_err());
        for position in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[position] ^= 1;
            assert!(
                open(&secret, b"context", &flipped).is_err(),
                "byte {position}"
            );
        }
    }
}
