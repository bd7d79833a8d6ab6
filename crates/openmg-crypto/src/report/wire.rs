//! Where everything is in a report transaction, and its canonical decoding (MARKET-3, WIRE-7).

use std::ops::Range;

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;

use crate::error::{Refused, Result};
use crate::group::{canonical_scalar, derived_point, received_point};
use crate::sealed;

/// First byte of a report transaction.
pub const KIND: u8 = 2;
/// A ladder has at most this many rungs, so that its 2K + 8 ranges fit in one proof of 32.
pub const MAX_RUNGS: usize = 12;
/// A balance is committed under at most this many epoch keys.
pub const MAX_BASES: usize = 8;
/// Headroom is this many limbs of 16 bits.
pub const LIMBS: usize = 4;
/// Bytes of the range proof: extension degree, three scalars, three points, nine rounds of two points.
pub const RANGE_PROOF: usize = 769;

const HEAD: usize = 62;
const POINT: usize = 32;
const SIGNATURE: usize = 64;

/// The offsets of a report with `rungs` rungs and `bases` epoch keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// K, 1 to 12.
    pub rungs: usize,
    /// E, 1 to 8.
    pub bases: usize,
}

impl Layout {
    /// Number of pairs: the ladder's 2K, then import and export.
    pub fn pairs(&self) -> usize {
        2 * self.rungs + 2
    }

    /// Where the pairs R ‖ C are.
    pub fn pair_bytes(&self) -> Range<usize> {
        HEAD..HEAD + 2 * POINT * self.pairs()
    }

    /// Where the limbs of the headroom are.
    pub fn limbs(&self) -> Range<usize> {
        after(self.pair_bytes(), LIMBS * POINT)
    }

    /// Where the meter's signature is.
    pub fn meter_signature(&self) -> Range<usize> {
        after(self.limbs(), SIGNATURE)
    }

    /// Where T_1, T_2, T_3 are.
    pub fn announcements(&self) -> Range<usize> {
        after(self.meter_signature(), 3 * POINT)
    }

    /// Where z_ρ, z_M, z_δ1.. are.
    pub fn responses(&self) -> Range<usize> {
        after(self.announcements(), POINT * (2 + self.bases))
    }

    /// Where the range proof is.
    pub fn range_proof(&self) -> Range<usize> {
        after(self.responses(), RANGE_PROOF)
    }

    /// Where the memo, a sealed box, is.
    pub fn memo(&self) -> Range<usize> {
        after(self.range_proof(), sealed::OVERHEAD + 76 + 4 * self.rungs)
    }

    /// Where the account's signature is.
    pub fn signature(&self) -> Range<usize> {
        after(self.memo(), SIGNATURE)
    }

    /// Bytes of the whole transaction: 2,587 for eight rungs and one base.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.signature().end
    }
}

fn after(before: Range<usize>, length: usize) -> Range<usize> {
    before.end..before.end + length
}

/// The fields before the points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub account: [u8; 32],
    pub slot: u64,
    pub version: u64,
    pub checkpoint: u64,
    pub epoch: u32,
    pub bases: u8,
}

impl Head {
    /// The kind and these fields, 62 bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![KIND];
        bytes.extend(self.account);
        bytes.extend(
            [self.slot, self.version, self.checkpoint]
                .map(u64::to_le_bytes)
                .as_flattened(),
        );
        bytes.extend(self.epoch.to_le_bytes());
        bytes.push(self.bases);
        bytes
    }

    fn decode(tx: &[u8]) -> Self {
        let u64_at = |at: usize| u64::from_le_bytes(fixed(&tx[at..at + 8]));
        Self {
            account: fixed(&tx[1..33]),
            slot: u64_at(33),
            version: u64_at(41),
            checkpoint: u64_at(49),
            epoch: u32::from_le_bytes(fixed(&tx[57..61])),
            bases: tx[61],
        }
    }
}

/// An array from a slice that is known to have its length.
pub fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("the layout gives the length")
}

/// A decoded report. Pairs are in wire order.
pub struct Report<'a> {
    pub tx: &'a [u8],
    pub layout: Layout,
    pub head: Head,
    pub r: Vec<RistrettoPoint>,
    pub c: Vec<RistrettoPoint>,
    pub limbs: Vec<RistrettoPoint>,
    pub announcements: Vec<RistrettoPoint>,
    pub responses: Vec<Scalar>,
}

impl<'a> Report<'a> {
    /// Decodes the one encoding that a report has (MARKET-3), all but the range proof.
    pub fn decode(layout: Layout, tx: &'a [u8]) -> Result<Self> {
        check_frame(layout, tx)?;
        let points = |range: Range<usize>, what: &'static str| {
            let numbered = tx[range].chunks_exact(POINT).enumerate();
            numbered
                .map(|(j, bytes)| received_point(bytes, format_args!("{what} {j}")))
                .collect::<Result<Vec<_>>>()
        };
        let pairs = points(layout.pair_bytes(), "point of the pairs")?;
        check_distinct(&tx[layout.pair_bytes()])?;
        let announcements = tx[layout.announcements()].chunks_exact(POINT).enumerate();
        let responses = tx[layout.responses()].chunks_exact(POINT).enumerate();
        Ok(Self {
            tx,
            layout,
            head: Head::decode(tx),
            r: pairs.iter().step_by(2).copied().collect(),
            c: pairs.iter().skip(1).step_by(2).copied().collect(),
            limbs: points(layout.limbs(), "limb")?,
            announcements: announcements
                .map(|(j, bytes)| derived_point(bytes, format_args!("T_{}", j + 1)))
                .collect::<Result<_>>()?,
            responses: responses
                .map(|(j, bytes)| canonical_scalar(bytes, format_args!("response {j}")))
                .collect::<Result<_>>()?,
        })
    }

    /// Sum of the K buying differences, C_b1.
    pub fn bought(&self) -> RistrettoPoint {
        self.c[..self.layout.rungs].iter().sum()
    }

    /// `Σ 2^{16j}·L_j`.
    pub fn headroom(&self) -> RistrettoPoint {
        let [rest @ .., top] = self.limbs.as_slice() else {
            unreachable!("a report has four limbs")
        };
        rest.iter().rfold(*top, |sum, limb| {
            (0..16).fold(sum, |point, _| point + point) + limb
        })
    }
}

fn check_frame(layout: Layout, tx: &[u8]) -> Result<()> {
    let refuse = |reason| Err(Refused::new("MARKET-3", reason));
    if tx.first() != Some(&KIND) {
        return refuse("a report's kind is 2".to_owned());
    }
    if tx.len() >= HEAD && usize::from(tx[HEAD - 1]) != layout.bases {
        return refuse(format!(
            "the report is under {} bases, not {}",
            tx[HEAD - 1],
            layout.bases
        ));
    }
    if tx.len() != layout.len() {
        return refuse(format!(
            "a report of {} bytes, not {}",
            tx.len(),
            layout.len()
        ));
    }
    Ok(())
}

/// No R twice: the same randomness twice would show the difference of two values.
fn check_distinct(pairs: &[u8]) -> Result<()> {
    let mut randomness: Vec<&[u8]> = pairs
        .chunks_exact(2 * POINT)
        .map(|pair| &pair[..POINT])
        .collect();
    randomness.sort_unstable();
    if randomness.windows(2).any(|two| two[0] == two[1]) {
        return Err(Refused::new("MARKET-3", "a point R is repeated"));
    }
    Ok(())
}
