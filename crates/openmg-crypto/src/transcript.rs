//! Merlin transcripts with the protocol's words (WIRE-5).

use curve25519_dalek::Scalar;
use getrandom::SysRng;
use rand_core::{Rng, UnwrapErr};
use tari_merlin::TranscriptRng;
use zeroize::Zeroizing;

use crate::group::wide;

/// A Merlin v1.0 transcript.
#[derive(Clone)]
pub struct Transcript(tari_merlin::Transcript);

impl Transcript {
    /// Starts with the proof's label, for example `"openmg/1/report"`.
    pub fn new(label: &'static str) -> Self {
        Self(tari_merlin::Transcript::new(label.as_bytes()))
    }

    /// Absorbs bytes.
    pub fn message(&mut self, label: &'static str, bytes: &[u8]) {
        self.0.append_message(label.as_bytes(), bytes);
    }

    /// Absorbs an integer.
    pub fn u64(&mut self, label: &'static str, value: u64) {
        self.0.append_u64(label.as_bytes(), value);
    }

    /// Draws `N` bytes.
    pub fn challenge<const N: usize>(&mut self, label: &'static str) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.challenge_bytes(label.as_bytes(), &mut bytes);
        bytes
    }

    /// Draws a scalar from 64 bytes.
    pub fn scalar(&mut self, label: &'static str) -> Scalar {
        wide(&self.challenge(label))
    }

    /// Draws `count` weights of 128 bits with one challenge of `16·count` bytes.
    pub fn weights(&mut self, label: &'static str, count: usize) -> Vec<Scalar> {
        let mut bytes = vec![0; 16 * count];
        self.0.challenge_bytes(label.as_bytes(), &mut bytes);
        let weight = |bytes: &[u8]| u128::from_le_bytes(bytes.try_into().expect("16 bytes"));
        bytes
            .chunks_exact(16)
            .map(|bytes| Scalar::from(weight(bytes)))
            .collect()
    }

    /// A generator of nonces, keyed with the transcript so far, the witness and the operating system's randomness.
    pub fn nonces(&self, witness: &[&[u8]]) -> Nonces {
        let mut builder = self.0.build_rng();
        for secret in witness {
            builder = builder.rekey_with_witness_bytes(b"witness", secret);
        }
        Nonces(builder.finalize(&mut UnwrapErr(SysRng)))
    }

    /// The transcript that the range proof continues.
    pub fn into_merlin(self) -> tari_merlin::Transcript {
        self.0
    }
}

/// Secret nonces of one proof; wiped when dropped.
pub struct Nonces(TranscriptRng);

impl Nonces {
    /// The next uniform scalar.
    pub fn scalar(&mut self) -> Zeroizing<Scalar> {
        let mut bytes = Zeroizing::new([0; 64]);
        self.0.fill_bytes(bytes.as_mut_slice());
        Zeroizing::new(wide(&bytes))
    }
}
