//! Ed25519, verified strictly (WIRE-1).

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::error::{Refused, Result};

/// The public key of a 32-byte seed.
pub fn public_key(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// Signs with a 32-byte seed.
pub fn sign(seed: &[u8; 32], message: &[u8]) -> [u8; 64] {
    SigningKey::from_bytes(seed).sign(message).to_bytes()
}

/// Refuses with `clause` what is not the strict signature: S below the order, no key or R of small order,
/// one encoding only, no cofactor.
pub fn verify(
    clause: &'static str,
    public: &[u8; 32],
    message: &[u8],
    signature: &[u8; 64],
) -> Result<()> {
    let key = Some(public)
        .filter(|public| y_is_canonical(public))
        .and_then(|public| VerifyingKey::from_bytes(public).ok())
        .ok_or_else(|| Refused::new(clause, "the key is no Ed25519 public key"))?;
    // R is compared as bytes, so only its canonical encoding passes.
    key.verify_strict(message, &Signature::from_bytes(signature))
        .map_err(|_| Refused::new(clause, "the signature does not hold"))
}

/// Whether the y coordinate is below p = 2^255 - 19. RFC 8032 says so, the library reduces it.
fn y_is_canonical(public: &[u8; 32]) -> bool {
    let below_top = public[31] & 0x7f != 0x7f || public[1..31].iter().any(|&byte| byte != 0xff);
    below_top || public[0] < 0xed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_strict() {
        let (public, signature) = (public_key(&[1; 32]), sign(&[1; 32], b"message"));
        assert!(verify("MARKET-1", &public, b"message", &signature).is_ok());
        assert_eq!(
            verify("MARKET-1", &public, b"massage", &signature)
                .unwrap_err()
                .clause,
            "MARKET-1"
        );
        assert!(verify("ACCOUNT-8", &public_key(&[2; 32]), b"message", &signature).is_err());
        let mut large = signature;
        large[63] |= 0xe0;
        assert!(verify("ACCOUNT-8", &public, b"message", &large).is_err());
    }

    #[test]
    fn keys_of_small_order_or_twice_encoded_are_refused() {
        let mut one = [0; 32];
        one[0] = 1;
        // With the key 1 and R = 1, S = 0 any message would hold in a lax verifier.
        let lax = [one, [0; 32]].concat().try_into().unwrap();
        assert!(verify("ACCOUNT-1", &one, b"", &lax).is_err());
        for low in 0xed..=0xff {
            let mut twice = [0xff; 32];
            (twice[0], twice[31]) = (low, 0x7f);
            assert!(!y_is_canonical(&twice));
        }
        let mut largest = [0xff; 32];
        (largest[0], largest[31]) = (0xec, 0xff);
        assert!(y_is_canonical(&largest));
    }
}
