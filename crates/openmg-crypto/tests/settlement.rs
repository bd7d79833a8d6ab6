//! MARKET-9: sums and settlement on ciphertexts agree with the same arithmetic on plain numbers.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::Identity;
use openmg_crypto::derive::scalar;
use openmg_crypto::group::{commit, multiple, pair, signed_scalar};
use openmg_crypto::settlement::{Prices, STATE, Settlement};
use openmg_crypto::sums::{Pairs, combine, report_sums};

/// A seeded source of numbers.
struct Dice(u64);

impl Dice {
    fn scalar(&mut self) -> Scalar {
        self.0 += 1;
        *scalar(b"dice", "openmg/test/dice", &[&self.0.to_le_bytes()])
    }

    fn below(&mut self, limit: u128) -> i128 {
        let low = u128::from_le_bytes(self.scalar().to_bytes()[..16].try_into().unwrap());
        (low % limit) as i128
    }

    /// Random numbers, sorted, each below 2^16.
    fn ladder(&mut self, rungs: usize) -> Vec<i128> {
        let mut ladder: Vec<_> = (0..rungs).map(|_| self.below(1 << 16)).collect();
        ladder.sort_unstable();
        ladder
    }
}

/// A number with its blinding: what the owner of a commitment knows.
#[derive(Clone, Copy)]
struct Opening(i128, Scalar);

impl Opening {
    fn new(dice: &mut Dice, limit: u128) -> Self {
        Self(dice.below(limit), dice.scalar())
    }

    fn sum(terms: &[(i128, Opening)]) -> Self {
        let value = terms.iter().map(|(factor, term)| factor * term.0).sum();
        Self(
            value,
            terms
                .iter()
                .map(|(factor, term)| signed_scalar(*factor) * term.1)
                .sum(),
        )
    }

    fn commitment(&self) -> [u8; 32] {
        commit(&signed_scalar(self.0), &self.1, &key()).compress().0
    }
}

/// A household's report as its owner knows it: b_1..b_K, s_1..s_K, i, e.
struct Household {
    buy: Vec<Opening>,
    sell: Vec<Opening>,
    meter: [Opening; 2],
    state: [Opening; 7],
}

impl Household {
    fn new(dice: &mut Dice, rungs: usize) -> Self {
        let mut side = |descending: bool| {
            let mut values = dice.ladder(rungs);
            if descending {
                values.reverse();
            }
            values
                .into_iter()
                .map(|value| Opening(value, dice.scalar()))
                .collect::<Vec<_>>()
        };
        let (buy, sell) = (side(true), side(false));
        let meter = [0; 2].map(|_| Opening::new(dice, 1 << 16));
        Self {
            buy,
            sell,
            meter,
            state: [0; 7].map(|_| Opening::new(dice, 1 << 60)),
        }
    }

    /// A report transaction as far as sums and settlement read it: 62 bytes of header and the pairs.
    fn report(&self) -> Vec<u8> {
        let rungs = self.buy.len();
        let difference = |a: Opening, b: Opening| Opening(a.0 - b.0, a.1 - b.1);
        let zero = Opening(0, Scalar::ZERO);
        let buy =
            (0..rungs).map(|k| difference(self.buy[k], *self.buy.get(k + 1).unwrap_or(&zero)));
        let sell = (0..rungs)
            .map(|k| difference(self.sell[k], if k == 0 { zero } else { self.sell[k - 1] }));
        let pairs = buy.chain(sell).chain(self.meter);
        let encode = |Opening(value, randomness)| {
            let (r, c) = pair(&signed_scalar(value), &randomness, &key());
            [r.compress().0, c.compress().0].concat()
        };
        let header = [vec![2], vec![0; 61]].concat();
        [header, pairs.flat_map(encode).collect(), vec![9; 100]].concat()
    }

    fn state(&self) -> [u8; STATE] {
        self.state
            .map(|point| point.commitment())
            .as_flattened()
            .try_into()
            .unwrap()
    }

    /// MARKET-9, written out.
    fn settled(&self, buy: &[(usize, u64)], sell: &[(usize, u64)], prices: Prices) -> [Opening; 6] {
        let [locked, credits, import, export, bought, sold, cost] = self.state;
        let [i, e] = self.meter;
        let fill = |weights: &[(usize, u64)], side: &[Opening]| {
            Opening::sum(
                &weights
                    .iter()
                    .map(|&(k, weight)| (weight.into(), side[k - 1]))
                    .collect::<Vec<_>>(),
            )
        };
        let (f_b, f_s) = (fill(buy, &self.buy), fill(sell, &self.sell));
        let [p, fee, tariff, feed_in] =
            [prices.price, prices.fee, prices.tariff, prices.feed_in].map(i128::from);
        [
            Opening::sum(&[(1, credits), (1, locked), (-(p + fee), f_b), (p, f_s)]),
            Opening::sum(&[(1, import), (65536, i)]),
            Opening::sum(&[(1, export), (65536, e)]),
            Opening::sum(&[(1, bought), (1, f_b)]),
            Opening::sum(&[(1, sold), (1, f_s)]),
            Opening::sum(&[
                (1, cost),
                (65536 * tariff, i),
                (-tariff, f_b),
                (-65536 * feed_in, e),
                (feed_in, f_s),
            ]),
        ]
    }
}

fn key() -> RistrettoPoint {
    RistrettoPoint::mul_base(&Scalar::from(77u64))
}

const PRICES: Prices = Prices {
    price: 214_600,
    fee: 12_345,
    tariff: 362_105,
    feed_in: 120_000,
};

fn check(rungs: usize, buy: &[(usize, u64)], sell: &[(usize, u64)], prices: Prices) {
    let mut dice = Dice(1000 * rungs as u64 + buy.len() as u64);
    let households: Vec<_> = (0..3).map(|_| Household::new(&mut dice, rungs)).collect();
    let wire: Vec<_> = households
        .iter()
        .map(|home| (home.report(), home.state()))
        .collect();
    let accounts: Vec<_> = wire
        .iter()
        .map(|(report, state)| (&report[..], state))
        .collect();
    let settled = Settlement::new(rungs, buy, sell, prices)
        .unwrap()
        .settle(&accounts)
        .unwrap();
    for (home, settled) in households.iter().zip(settled) {
        let expected = home
            .settled(buy, sell, prices)
            .map(|opening| opening.commitment());
        assert_eq!(
            settled[..],
            *expected.as_flattened(),
            "{rungs} rungs, {buy:?}, {sell:?}"
        );
    }
}

#[test]
fn settlement_is_the_formula_on_plain_numbers() {
    for rungs in [1, 8, 12] {
        check(rungs, &[], &[], PRICES);
        for k in [1, rungs / 2 + 1, rungs] {
            check(rungs, &[(k, 65536)], &[(k, 65536)], PRICES);
            check(rungs, &[(k, 41_234)], &[(k, 65536)], PRICES);
            check(rungs, &[(k, 65536)], &[(k, 1)], PRICES);
        }
    }
    for (k, w) in [(1, 1), (3, 41_234), (7, 65535)] {
        let step = [(k, w), (k + 1, 65536 - w)];
        check(8, &step, &step, PRICES);
        check(8, &[step[1], step[0]], &[step[1], step[0]], PRICES);
    }
    check(8, &[(2, 40_000), (7, 0)], &[(1, 1), (8, 65536)], PRICES);
    check(
        8,
        &[(4, 65536)],
        &[(4, 65536)],
        Prices {
            price: 0,
            fee: 0,
            tariff: 0,
            feed_in: 0,
        },
    );
}

#[test]
fn an_empty_account_settles() {
    let mut home = Household::new(&mut Dice(5), 8);
    home.state = [Opening(0, Scalar::ZERO); 7];
    let (report, weights) = (home.report(), [(4, 65536)]);
    let settlement = Settlement::new(8, &weights, &weights, PRICES).unwrap();
    let settled = settlement.settle(&[(&report, &[0; STATE])]).unwrap();
    let expected = home
        .settled(&weights, &weights, PRICES)
        .map(|opening| opening.commitment());
    assert_eq!(settled[0][..], *expected.as_flattened());
    assert!(settlement.settle(&[]).unwrap().is_empty());
}

#[test]
fn nonsense_is_refused() {
    let clause = |rungs, buy: &[(usize, u64)], sell: &[(usize, u64)], prices| {
        Settlement::new(rungs, buy, sell, prices)
            .err()
            .map(|refused| refused.clause)
    };
    for weights in [
        &[(0, 1)][..],
        &[(9, 1)],
        &[(1, 65537)],
        &[(1, 1), (1, 2)],
        &[(1, 1), (2, 1), (3, 1)],
    ] {
        assert_eq!(clause(8, weights, &[], PRICES), Some("MARKET-9"));
        assert_eq!(clause(8, &[], weights, PRICES), Some("MARKET-9"));
    }
    assert_eq!(
        clause(
            8,
            &[],
            &[],
            Prices {
                tariff: 1 << 48,
                ..PRICES
            }
        ),
        Some("MARKET-9")
    );
    assert!(clause(0, &[], &[], PRICES).is_some());
    let home = Household::new(&mut Dice(6), 8);
    let (report, state) = (home.report(), home.state());
    let settlement = Settlement::new(8, &[(1, 1)], &[], PRICES).unwrap();
    let refused = |report: &[u8], state| settlement.settle(&[(report, state)]).unwrap_err().clause;
    assert_eq!(refused(&report[..62 + 18 * 64 - 1], &state), "MARKET-3");
    assert_eq!(refused(&[], &state), "MARKET-3");
    assert_eq!(refused(&report, &[0xff; STATE]), "MARKET-3");
    let mut other = report.clone();
    other[0] = 3;
    assert_eq!(refused(&other, &state), "MARKET-3");
    other = report.clone();
    other[62 + 32..62 + 64].fill(0);
    assert_eq!(refused(&other, &state), "MARKET-3");
}

#[test]
fn running_sums_are_the_ladders() {
    let mut dice = Dice(9);
    for rungs in [1, 8, 12] {
        let households: Vec<_> = (0..37).map(|_| Household::new(&mut dice, rungs)).collect();
        let reports: Vec<_> = households.iter().map(Household::report).collect();
        let read = |report: &Vec<u8>| Pairs::read(rungs, report).unwrap();
        let pairs: Vec<_> = reports.iter().map(read).collect();
        let pairs: Vec<_> = pairs.iter().collect();
        let columns = (0..2 * rungs + 2).map(|column| {
            let of = |home: &Household| match column {
                k if k < rungs => home.buy[k],
                k if k < 2 * rungs => home.sell[k - rungs],
                k => home.meter[k - 2 * rungs],
            };
            Opening::sum(
                &households
                    .iter()
                    .map(|home| (1, of(home)))
                    .collect::<Vec<_>>(),
            )
        });
        let encode = |Opening(value, randomness): Opening| {
            let (r, c) = pair(&signed_scalar(value), &randomness, &key());
            [r.compress().0, c.compress().0].concat()
        };
        let expected: Vec<u8> = columns.flat_map(encode).collect();
        assert_eq!(report_sums(rungs, &[], &pairs).unwrap(), expected);
        let first = report_sums(rungs, &[], &pairs[..5]).unwrap();
        assert_eq!(report_sums(rungs, &first, &pairs[5..]).unwrap(), expected);
        assert_eq!(report_sums(rungs, &expected, &[]).unwrap(), expected);
        assert_eq!(
            report_sums(rungs, &[], &[]).unwrap(),
            vec![0; 64 * (2 * rungs + 2)]
        );
        assert_eq!(
            report_sums(rungs, &expected[1..], &[]).unwrap_err().clause,
            "MARKET-3"
        );
        assert_eq!(
            Pairs::read(rungs, &reports[0][..200]).unwrap_err().clause,
            "MARKET-3"
        );
        let wider = report_sums(rungs + 1, &[], &pairs);
        assert_eq!(wider.unwrap_err().clause, "MARKET-3");
        assert_eq!(report_sums(0, &[], &pairs).unwrap_err().clause, "MARKET-3");
    }
}

#[test]
fn combinations_agree_with_whole_scalars() {
    let mut dice = Dice(11);
    for count in [0, 1, 2, 3, 9, 40] {
        for bits in [1, 2, 16, 17, 37, 64, 126] {
            let points: Vec<_> = (0..count)
                .map(|_| RistrettoPoint::mul_base(&dice.scalar()))
                .collect();
            let coefficients: Vec<_> = (0..count)
                .map(|k| dice.below(1 << bits) * if k % 2 == 0 { 1 } else { -1 })
                .collect();
            let expected: RistrettoPoint = coefficients
                .iter()
                .zip(&points)
                .map(|(&c, point)| point * signed_scalar(c))
                .sum();
            assert_eq!(
                combine(&coefficients, &points),
                expected,
                "{count} terms of {bits} bits"
            );
        }
    }
}

#[test]
fn multiples_agree_with_whole_scalars() {
    let point = RistrettoPoint::mul_base(&Dice(12).scalar());
    for factor in [
        0,
        1,
        2,
        3,
        15,
        16,
        17,
        65535,
        65536,
        (1 << 126) - 1,
        i128::MAX,
    ] {
        for factor in [factor, -factor] {
            assert_eq!(
                multiple(&point, factor),
                point * signed_scalar(factor),
                "{factor}"
            );
            assert_eq!(
                multiple(&RistrettoPoint::identity(), factor),
                RistrettoPoint::identity()
            );
        }
    }
}
