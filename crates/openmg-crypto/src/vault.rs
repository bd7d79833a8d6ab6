//! Wallets and keys at rest (WIRE-13): a passphrase, stretched by argon2id, seals with XChaCha20-Poly1305.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::{Zeroize, Zeroizing};

use crate::derive::fresh;
use crate::error::{Refused, Result};

/// A header: magic ‖ memory ‖ passes ‖ lanes ‖ salt.
pub const HEADER: usize = 43;

const MAGIC: &[u8; 15] = b"openmg/1/vault\n";
const NONCE: usize = 24;
/// What new files are written with: memory in KiB, passes, lanes.
const COST: [u32; 3] = [19_456, 2, 1];
/// The most that a reader spends on a file that somebody else may have written.
const MOST: [u32; 3] = [1 << 20, 16, 16];

/// A derived key with the header that it came from; wiped when dropped.
pub struct VaultKey {
    header: [u8; HEADER],
    key: Zeroizing<[u8; 32]>,
}

/// A new header with a fresh salt.
pub fn header() -> [u8; HEADER] {
    let cost = COST.map(u32::to_le_bytes);
    let bytes = [
        MAGIC.as_slice(),
        cost.as_flattened(),
        fresh::<16>().as_slice(),
    ]
    .concat();
    bytes.try_into().expect("15 + 12 + 16 bytes")
}

impl VaultKey {
    /// Derives the key of a header; tens of milliseconds. Refuses with VAULT a header that costs more than it may.
    pub fn derive(passphrase: &[u8], header: &[u8; HEADER]) -> Result<Self> {
        let (magic, rest) = header.split_at(MAGIC.len());
        let (cost, salt) = rest.split_at(12);
        if magic != MAGIC {
            return Err(refused("this is no vault"));
        }
        let number =
            |k: usize| u32::from_le_bytes(cost[4 * k..4 * k + 4].try_into().expect("4 bytes"));
        let [memory, passes, lanes] = [0, 1, 2].map(number);
        if [memory, passes, lanes]
            .iter()
            .zip(MOST)
            .any(|(&asked, most)| asked > most)
        {
            return Err(refused("opening this vault costs more than is allowed"));
        }
        let params = Params::new(memory, passes, lanes, Some(32))
            .map_err(|_| refused("the vault's cost makes no sense"))?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase, salt, key.as_mut_slice())
            .map_err(|_| refused("the passphrase cannot be used"))?;
        Ok(Self {
            header: *header,
            key,
        })
    }

    /// `header ‖ nonce ‖ ciphertext`, with a fresh nonce; `HEADER + 40` bytes longer than the plaintext.
    pub fn seal(&self, plaintext: &[u8]) -> Vec<u8> {
        let nonce = *fresh::<NONCE>();
        let payload = Payload {
            msg: plaintext,
            aad: &self.header,
        };
        let ciphertext = self
            .cipher()
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a vault is far below 256 GiB");
        [self.header.as_slice(), &nonce, &ciphertext].concat()
    }

    /// The plaintext of what [`Self::seal`] returned. Refuses with VAULT.
    pub fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (header, rest) = sealed
            .split_first_chunk::<HEADER>()
            .ok_or_else(|| refused("the vault is cut short"))?;
        let (nonce, ciphertext) = rest
            .split_first_chunk::<NONCE>()
            .ok_or_else(|| refused("the vault is cut short"))?;
        if *header != self.header {
            return Err(refused("the key belongs to another vault"));
        }
        self.cipher()
            .decrypt(
                &XNonce::from(*nonce),
                Payload {
                    msg: ciphertext,
                    aad: header,
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| refused("wrong passphrase or damaged file"))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        let mut key = Key::from(*self.key);
        let cipher = XChaCha20Poly1305::new(&key);
        key.zeroize();
        cipher
    }
}

fn refused(reason: &str) -> Refused {
    Refused::new("VAULT", reason)
}
