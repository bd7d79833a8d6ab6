//! What a household proves: its ladder within its reading, covered by its balance (MARKET-5).
//!
//! The plain predicate beside the proof: [`check`] accepts exactly what the proof can show.

use curve25519_dalek::Scalar;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::statement::Shared;
use super::wire::LIMBS;
use crate::derive::key32;
use crate::error::{Refused, Result};
use crate::meter::READING_LIMIT;
use crate::signature;

/// Everything that a report is made from.
pub struct Request<'a> {
    /// The wallet's 32 bytes; account key, memo key and randomness follow from it.
    pub seed: &'a [u8; 32],
    /// Ed25519 public key of the account.
    pub account: &'a [u8; 32],
    /// The slot that was metered.
    pub slot: u64,
    /// The version of the balance that is spent.
    pub version: u64,
    /// The settled slot up to which credits are folded.
    pub checkpoint: u64,
    /// Number of the epoch of H_1.
    pub epoch: u32,
    /// The folded balance in µKRW/65536.
    pub base_value: i128,
    /// Its blinding under each of the E epoch keys.
    pub base_blindings: &'a [Scalar],
    /// The meter's opening ρ.
    pub opening: &'a [u8; 32],
    /// Metered import in units.
    pub imported: u64,
    /// Metered export in units.
    pub exported: u64,
    /// The meter's signature over the reading.
    pub meter_signature: &'a [u8; 64],
    /// b_1..b_K, units bought at each level, falling.
    pub buy: &'a [u64],
    /// s_1..s_K, units sold at each level, rising.
    pub sell: &'a [u64],
}

/// The committed integers: the pairs in wire order (the ladder's differences, then the reading) and the limbs.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Values {
    /// 2K + 2 values.
    pub pairs: Vec<i128>,
    /// Four limbs of the headroom, the lowest first.
    pub limbs: [i128; LIMBS],
}

/// The account's Ed25519 seed (WIRE-3).
pub fn account_seed(seed: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    key32(seed, "openmg/1/wallet/account", &[])
}

/// Refuses what is not true, by its clause; otherwise the values to commit to.
pub(super) fn check(shared: &Shared, request: &Request) -> Result<Values> {
    if signature::public_key(&account_seed(request.seed)) != *request.account {
        return Err(Refused::new("ACCOUNT-8", "the account is not the seed's"));
    }
    let (buy, sell) = (request.buy, request.sell);
    let rungs = shared.layout.rungs;
    let rules = [
        (
            buy.len() == rungs && sell.len() == rungs,
            "the ladder has another number of rungs",
        ),
        (
            request.base_blindings.len() == shared.layout.bases,
            "the balance is under another number of keys",
        ),
        (
            request.imported < READING_LIMIT,
            "the import is not below 65536 units",
        ),
        (
            request.exported < READING_LIMIT,
            "the export is not below 65536 units",
        ),
        (
            buy.windows(2).all(|two| two[0] >= two[1]),
            "buying must not rise with the price",
        ),
        (
            sell.windows(2).all(|two| two[0] <= two[1]),
            "selling must not fall with the price",
        ),
        (
            buy.first().is_none_or(|&most| most <= request.imported),
            "more is bought than imported",
        ),
        (
            sell.last().is_none_or(|&most| most <= request.exported),
            "more is sold than exported",
        ),
    ];
    for (holds, reason) in rules {
        if !holds {
            return Err(Refused::new("MARKET-5", reason));
        }
    }
    headroom(shared, request).ok_or_else(|| {
        Refused::new(
            "MARKET-5",
            "the balance less the locked amount is not in [0, 2^64)",
        )
    })?;
    Ok(values(shared, request))
}

/// The balance less λ·b_1, when it is below 2^64 and not negative.
fn headroom(shared: &Shared, request: &Request) -> Option<u64> {
    u64::try_from(remainder(shared, request)).ok()
}

fn remainder(shared: &Shared, request: &Request) -> i128 {
    let bought = request.buy.first().copied().unwrap_or_default();
    request
        .base_value
        .wrapping_sub(i128::from(shared.lambda()).wrapping_mul(i128::from(bought)))
}

/// The values that a request stands for, true or not.
pub(super) fn values(shared: &Shared, request: &Request) -> Values {
    let signed = |units: &u64| i128::from(*units);
    let mut pairs: Vec<i128> = Vec::with_capacity(shared.layout.pairs());
    let below = request.buy.iter().skip(1).chain([&0]);
    pairs.extend(
        request
            .buy
            .iter()
            .zip(below)
            .map(|(here, below)| signed(here) - signed(below)),
    );
    let before = [&0].into_iter().chain(request.sell);
    pairs.extend(
        request
            .sell
            .iter()
            .zip(before)
            .map(|(here, before)| signed(here) - signed(before)),
    );
    pairs.extend([signed(&request.imported), signed(&request.exported)]);
    let remainder = remainder(shared, request);
    let limbs = std::array::from_fn(|j| (remainder >> (16 * j)) & 0xffff);
    Values { pairs, limbs }
}

/// `i ‖ e ‖ b_1..b_K ‖ s_1..s_K ‖ headroom` as the salt and the memo hold them (WIRE-3).
pub(super) fn encode(shared: &Shared, request: &Request) -> Zeroizing<Vec<u8>> {
    let units = [&request.imported, &request.exported]
        .into_iter()
        .chain(request.buy)
        .chain(request.sell);
    let mut bytes = Zeroizing::new(Vec::with_capacity(12 + 4 * shared.layout.rungs));
    for units in units {
        bytes.extend((*units as u16).to_le_bytes());
    }
    bytes.extend((remainder(shared, request) as u64).to_le_bytes());
    bytes
}
