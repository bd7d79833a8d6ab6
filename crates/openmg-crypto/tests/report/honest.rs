//! What holds: honest reports, alone and among bad ones.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use openmg_crypto::derive::scalar;
use openmg_crypto::report::testing::Forgery;
use openmg_crypto::report::{Item, Statement};
use openmg_crypto::{group, sealed};

use crate::homes::{CHAIN, Home};

#[test]
fn honest_reports_hold() {
    for (rungs, bases, bytes) in [
        (1, 1, 1_663),
        (8, 1, 2_587),
        (12, 1, 3_115),
        (8, 2, 2_619),
        (1, 8, 1_887),
    ] {
        let home = Home::new(rungs, bases);
        let tx = home.prove().unwrap();
        assert_eq!((tx.len(), home.statement.layout().len()), (bytes, bytes));
        assert!(home.verdict(&tx).is_ok(), "{rungs} rungs, {bases} bases");
    }
}

#[test]
fn a_ladder_may_be_empty_or_use_everything() {
    let mut home = Home::new(8, 1);
    home.buy.fill(5_000);
    home.sell.fill(65_535);
    home.base_value = home.locked();
    assert!(home.verdict(&home.prove().unwrap()).is_ok());
    home.buy.fill(0);
    home.sell.fill(0);
    home.base_value = u64::MAX.into();
    assert!(home.verdict(&home.prove().unwrap()).is_ok());
}

#[test]
fn the_memo_opens_what_was_accepted() {
    let home = Home::new(8, 2);
    let (tx, layout) = (home.prove().unwrap(), home.statement.layout());
    let accepted = home.verdict(&tx).unwrap();

    let epoch_key = home.keys[0].compress();
    let context = [
        &CHAIN,
        &tx[1..33],
        &tx[33..41],
        &tx[41..49],
        epoch_key.as_bytes().as_slice(),
    ]
    .concat();
    let secret = scalar(&home.seed, "openmg/1/wallet/memo", &[]);
    let memo = sealed::open(&secret, &context, &tx[layout.memo()]).unwrap();
    assert_eq!(memo[..32], home.opening);
    assert_eq!(memo[64..66], 5_000u16.to_le_bytes());
    let headroom = u64::from_le_bytes(memo[100..].try_into().unwrap());
    assert_eq!(i128::from(headroom), home.base_value - home.locked());

    let randomness = |index: u16| {
        *scalar(
            &home.seed,
            "openmg/1/report/randomness",
            &[&memo[32..64], &context, &index.to_le_bytes()],
        )
    };
    let commit = |value: i128, blinding: &Scalar| {
        group::commit(&group::signed_scalar(value), blinding, &home.keys[0])
    };
    let blinding: Scalar = (0..4)
        .map(|j| Scalar::from(1u64 << (16 * j)) * randomness(16 + j))
        .sum();
    assert_eq!(
        accepted.headroom,
        commit(headroom.into(), &blinding).compress().to_bytes()
    );
    let bought: Scalar = (0..8).map(randomness).sum();
    let locked = commit(
        home.locked(),
        &(group::signed_scalar(home.lambda()) * bought),
    );
    assert_eq!(accepted.locked, locked.compress().to_bytes());
}

#[test]
fn no_randomness_is_used_twice() {
    let home = Home::new(8, 1);
    let ladder = |tx: Vec<u8>| {
        tx[62..62 + 16 * 64]
            .chunks_exact(64)
            .map(|pair| pair[..32].to_vec())
            .collect::<Vec<_>>()
    };
    let (first, second) = (ladder(home.prove().unwrap()), ladder(home.prove().unwrap()));
    assert!(first.iter().all(|r| !second.contains(r)));
}

#[test]
fn the_prover_refuses_what_is_not_true() {
    let refusal = |change: fn(&mut Home)| {
        let mut home = Home::new(8, 1);
        change(&mut home);
        home.prove().unwrap_err().clause
    };
    assert_eq!(refusal(|home| home.buy[3] = home.buy[2] + 1), "MARKET-5");
    assert_eq!(refusal(|home| home.sell[3] = home.sell[2] - 1), "MARKET-5");
    assert_eq!(refusal(|home| home.buy[0] = home.imported + 1), "MARKET-5");
    assert_eq!(refusal(|home| home.sell[7] = home.exported + 1), "MARKET-5");
    assert_eq!(refusal(|home| home.imported = 1 << 16), "MARKET-5");
    assert_eq!(
        refusal(|home| home.base_value = home.locked() - 1),
        "MARKET-5"
    );
    assert_eq!(
        refusal(|home| home.base_value = home.locked() + (1 << 64)),
        "MARKET-5"
    );
    assert_eq!(
        refusal(|home| home.base_blindings.push(Scalar::ONE)),
        "MARKET-5"
    );
    assert_eq!(refusal(|home| home.account[0] ^= 1), "ACCOUNT-8");
}

#[test]
fn one_bad_report_spoils_no_other() {
    let home = Home::new(8, 1);
    let good = home.prove().unwrap();
    let shift = RistrettoPoint::mul_base(&Scalar::ONE);
    let by_sigma = home.forge(&Forgery {
        points: &|(r, _)| r[0] += shift,
        ..Forgery::default()
    });
    let by_range = home.forge(&Forgery {
        default_bases: true,
        ..Forgery::default()
    });
    let undecodable = &good[1..];
    let bad = [
        (0, undecodable, "MARKET-3"),
        (37, by_sigma.as_slice(), "MARKET-4"),
        (69, &by_range, "MARKET-5"),
    ];
    for some in [&bad[1..2], &bad[..]] {
        expect_bad(&home, &good, 70, some);
    }
    expect_bad(&home, &good, 300, &[(299, &by_range, "MARKET-5")]);
}

fn expect_bad(home: &Home, good: &[u8], count: usize, bad: &[(usize, &[u8], &str)]) {
    let (base, meter) = (home.base().compress().to_bytes(), home.meter());
    let mut items = vec![
        Item {
            tx: good,
            base: &base,
            meter: &meter
        };
        count
    ];
    for (k, tx, _) in bad {
        items[*k].tx = tx;
    }
    let answers = home.statement.verify(&items);
    assert_eq!(answers.len(), count);
    for (k, answer) in answers.iter().enumerate() {
        let expected = bad
            .iter()
            .find(|(at, ..)| *at == k)
            .map(|(.., clause)| *clause);
        assert_eq!(
            answer.as_ref().err().map(|refused| refused.clause),
            expected,
            "report {k} of {count}"
        );
    }
}

#[test]
fn statements_are_checked() {
    let key = RistrettoPoint::mul_base(&Scalar::ONE).compress().to_bytes();
    let clause = |keys: &[[u8; 32]], levels: &[u64]| {
        Statement::new(CHAIN, keys, levels, 0)
            .err()
            .map(|it| it.clause)
    };
    assert_eq!(clause(&[key], &[1]), None);
    assert_eq!(clause(&[], &[1]), Some("MARKET-3"));
    assert_eq!(clause(&[key, key], &[1]), Some("MARKET-3"));
    assert_eq!(clause(&[[0; 32]], &[1]), Some("MARKET-3"));
    assert_eq!(clause(&[key], &[]), Some("MARKET-8"));
    assert_eq!(clause(&[key], &[2, 2]), Some("MARKET-8"));
    assert_eq!(clause(&[key], &[0; 13]), Some("MARKET-8"));
    assert_eq!(clause(&[key], &[1 << 45]), Some("MARKET-8"));
}
