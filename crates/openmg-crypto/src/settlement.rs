//! Settlement of accounts on ciphertexts (MARKET-9): fills, money and the month's totals, all linear with public weights.

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::Identity;
use rayon::prelude::*;

use crate::error::{Refused, Result};
use crate::group::{derived_point, multiple, received_point};
use crate::sums::{check_report, check_rungs, pair_offset};

/// A whole: weights and the month's totals are in Wh/65536.
const WHOLE: i128 = 65536;
/// An account before: locked ‖ credits ‖ import ‖ export ‖ bought ‖ sold ‖ cost.
pub const STATE: usize = 7 * 32;
/// An account after: credits ‖ import ‖ export ‖ bought ‖ sold ‖ cost.
pub const SETTLED: usize = 6 * 32;

/// What a slot's clearing decided and what the tariff says, in µKRW/Wh.
pub struct Settlement {
    rungs: usize,
    bought: Fill,
    sold: Fill,
    prices: Prices,
}

/// Prices of one slot, in µKRW/Wh.
#[derive(Clone, Copy)]
pub struct Prices {
    /// p of the clearing.
    pub price: u64,
    /// Network charge and levies on local energy, paid by the buyer.
    pub fee: u64,
    /// Tariff of what is bought outside the market.
    pub tariff: u64,
    /// What is paid for energy fed in outside the market.
    pub feed_in: u64,
}

/// One side's fill, as multiples of sums of the wire's differences.
struct Fill(Vec<(i128, Vec<usize>)>);

impl Settlement {
    /// `buy` and `sell`: (rung 1..K, weight up to 65536), at most two rungs a side, each once. None: void.
    pub fn new(
        rungs: usize,
        buy: &[(usize, u64)],
        sell: &[(usize, u64)],
        prices: Prices,
    ) -> Result<Self> {
        check_rungs(rungs)?;
        for weights in [buy, sell] {
            check_weights(rungs, weights)?;
        }
        let Prices {
            price,
            fee,
            tariff,
            feed_in,
        } = prices;
        if [price, fee, tariff, feed_in]
            .iter()
            .any(|&price| price >= 1 << 48)
        {
            return Err(refused("a price is not below 2^48"));
        }
        // b_k is the sum of the differences k..K, s_k that of the first k, and pairs count from 0.
        let bought = Fill::new(0..rungs, |j| {
            buy.iter()
                .filter(|(k, _)| *k <= j + 1)
                .map(|(_, v)| *v)
                .sum()
        });
        let sold = Fill::new(rungs..2 * rungs, |j| {
            sell.iter()
                .filter(|(k, _)| *k > j - rungs)
                .map(|(_, w)| *w)
                .sum()
        });
        Ok(Self {
            rungs,
            bought,
            sold,
            prices,
        })
    }

    /// Settles accounts, each a (report transaction, state of [`STATE`] bytes), on all cores.
    pub fn settle(&self, accounts: &[(&[u8], &[u8; STATE])]) -> Result<Vec<[u8; SETTLED]>> {
        accounts
            .par_iter()
            .map(|(report, state)| self.settle_one(report, state))
            .collect()
    }

    fn settle_one(&self, report: &[u8], state: &[u8; STATE]) -> Result<[u8; SETTLED]> {
        check_report(self.rungs, report)?;
        let [locked, credits, import, export, bought, sold, cost] = decode(state)?;
        let (f_b, f_s) = (self.bought.of(report)?, self.sold.of(report)?);
        let imported = multiple(&commitment(report, 2 * self.rungs)?, WHOLE);
        let exported = multiple(&commitment(report, 2 * self.rungs + 1)?, WHOLE);
        let Prices {
            price,
            fee,
            tariff,
            feed_in,
        } = self.prices;
        let times = |point, factor: u64| multiple(point, factor.into());
        let settled = [
            // − (p + fee)·F_b + p·F_s
            credits + locked + times(&(f_s - f_b), price) - times(&f_b, fee),
            import + imported,
            export + exported,
            bought + f_b,
            sold + f_s,
            cost + times(&(imported - f_b), tariff) - times(&(exported - f_s), feed_in),
        ];
        let mut bytes = [0; SETTLED];
        for (slot, point) in bytes.chunks_exact_mut(32).zip(settled) {
            slot.copy_from_slice(point.compress().as_bytes());
        }
        Ok(bytes)
    }
}

impl Fill {
    /// Pairs of equal weight are added before they are multiplied: one or two multiplications a side.
    fn new(pairs: std::ops::Range<usize>, weight: impl Fn(usize) -> u64) -> Self {
        let mut terms: Vec<(i128, Vec<usize>)> = Vec::new();
        for pair in pairs {
            let weight = i128::from(weight(pair));
            match terms.last_mut() {
                Some((last, pairs)) if *last == weight => pairs.push(pair),
                _ => terms.push((weight, vec![pair])),
            }
        }
        terms.retain(|(weight, _)| *weight != 0);
        Self(terms)
    }

    fn of(&self, report: &[u8]) -> Result<RistrettoPoint> {
        let mut fill = RistrettoPoint::identity();
        for (weight, pairs) in &self.0 {
            let sum: RistrettoPoint = pairs
                .iter()
                .map(|&pair| commitment(report, pair))
                .sum::<Result<_>>()?;
            fill += multiple(&sum, *weight);
        }
        Ok(fill)
    }
}

/// C of a report's pair.
fn commitment(report: &[u8], pair: usize) -> Result<RistrettoPoint> {
    let start = pair_offset(pair) + 32;
    received_point(&report[start..start + 32], format_args!("C of pair {pair}"))
}

fn decode(state: &[u8; STATE]) -> Result<[RistrettoPoint; 7]> {
    let mut points = [RistrettoPoint::identity(); 7];
    for (point, bytes) in points.iter_mut().zip(state.chunks_exact(32)) {
        // Fresh accounts and months start from nothing, which needs no square root.
        if bytes != [0; 32] {
            *point = derived_point(bytes, "an account's state")?;
        }
    }
    Ok(points)
}

fn check_weights(rungs: usize, weights: &[(usize, u64)]) -> Result<()> {
    let known = weights
        .iter()
        .all(|(rung, weight)| (1..=rungs).contains(rung) && *weight <= WHOLE as u64);
    let distinct = weights.len() < 2 || weights[0].0 != weights[1].0;
    if weights.len() > 2 || !known || !distinct {
        return Err(refused(format!("weights {weights:?} on {rungs} rungs")));
    }
    Ok(())
}

fn refused(reason: impl Into<String>) -> Refused {
    Refused::new("MARKET-9", reason)
}
