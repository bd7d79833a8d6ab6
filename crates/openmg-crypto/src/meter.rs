//! The meter's signed reading (MARKET-1, WIRE-6).

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use zeroize::Zeroizing;

use crate::derive::{fresh, key32, scalar};
use crate::error::{Refused, Result};
use crate::{group, signature};

/// Readings are below this, in units.
pub const READING_LIMIT: u64 = 1 << 16;

/// What a reading is bound to: the chain, the account, the slot and the key it is encrypted under.
pub struct Reading<'a> {
    /// Chain id.
    pub chain: &'a [u8; 32],
    /// Ed25519 public key of the account.
    pub account: &'a [u8; 32],
    /// Slot number.
    pub slot: u64,
    /// Encoding of H_e.
    pub epoch_key: &'a [u8; 32],
}

impl Reading<'_> {
    /// The message that the meter signs; `pairs` is R_i ‖ C_i ‖ R_e ‖ C_e. 246 bytes.
    pub fn message(&self, pairs: &[u8]) -> Vec<u8> {
        let slot = self.slot.to_le_bytes();
        [
            b"openmg/1/meter".as_slice(),
            self.chain,
            self.account,
            &slot,
            self.epoch_key,
            pairs,
        ]
        .concat()
    }

    /// Encrypts and signs one reading, in units below 2^16, with the meter's secret; import or export is zero.
    ///
    /// Returns the opening ρ, from which [`randomness`] follows, and the signature.
    pub fn sign(
        &self,
        secret: &[u8; 32],
        imported: u64,
        exported: u64,
    ) -> Result<(Zeroizing<[u8; 32]>, [u8; 64])> {
        if imported >= READING_LIMIT || exported >= READING_LIMIT {
            return Err(Refused::new(
                "MARKET-1",
                "a reading is not below 65536 units",
            ));
        }
        if imported > 0 && exported > 0 {
            return Err(Refused::new(
                "MARKET-1",
                "a reading has import or export, not both",
            ));
        }
        let key = group::received_point(self.epoch_key, "the epoch key")?;
        let readings = Zeroizing::new([imported as u16, exported as u16].map(u16::to_le_bytes));
        let (slot, fresh) = (self.slot.to_le_bytes(), fresh::<32>());
        let [i, e] = &*readings;
        let data: [&[u8]; 7] = [
            self.chain,
            self.account,
            &slot,
            self.epoch_key,
            i,
            e,
            fresh.as_slice(),
        ];
        let opening = key32(secret, "openmg/1/meter/opening", &data);
        let mut pairs = Vec::with_capacity(128);
        for (value, randomness) in [imported, exported].into_iter().zip(&*randomness(&opening)) {
            let (r, c) = group::pair(&Scalar::from(value), randomness, &key);
            pairs.extend(encode([r, c]).as_flattened());
        }
        Ok((opening, signature::sign(secret, &self.message(&pairs))))
    }
}

/// `r_i, r_e` from the opening ρ.
pub fn randomness(opening: &[u8; 32]) -> Zeroizing<[Scalar; 2]> {
    let of = |label| *scalar(opening, label, &[]);
    Zeroizing::new([of("openmg/1/meter/import"), of("openmg/1/meter/export")])
}

fn encode(pair: [RistrettoPoint; 2]) -> [[u8; 32]; 2] {
    pair.map(|point| point.compress().to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_signs_no_reading_that_cannot_be() {
        let epoch_key = group::BASE;
        let reading = Reading {
            chain: &[1; 32],
            account: &[2; 32],
            slot: 3,
            epoch_key: &epoch_key,
        };
        for (imported, exported) in [(0, 0), (65_535, 0), (0, 65_535)] {
            assert!(reading.sign(&[4; 32], imported, exported).is_ok());
        }
        for (imported, exported) in [(65_536, 0), (0, 65_536), (1, 1), (65_535, 65_535)] {
            let refused = reading.sign(&[4; 32], imported, exported).unwrap_err();
            assert_eq!(refused.clause, "MARKET-1", "{imported} and {exported}");
        }
    }
}
