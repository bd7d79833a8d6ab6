//! What each clause refuses, alone.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use openmg_crypto::group;
use openmg_crypto::report::Item;
use openmg_crypto::report::testing::{Binding, Forgery, Points, Values};

use crate::homes::Home;

fn clause(home: &Home, tx: &[u8]) -> &'static str {
    home.verdict(tx).expect_err("it must be refused").clause
}

/// The reason that refuses a forgery by MARKET-5: of its two equations, which one.
fn market_5(home: &Home, base: RistrettoPoint, tx: &[u8]) -> String {
    let refused = home.verdict_on(tx, base).expect_err("it must be refused");
    assert_eq!(refused.clause, "MARKET-5");
    refused.reason
}

const RANGE: &str = "the range proof does not hold";
const HEADROOM: &str = "the headroom is not the balance less the locked amount";

/// The clause that refuses a forgery.
fn forged(home: &Home, forgery: Forgery) -> &'static str {
    clause(home, &home.forge(&forgery))
}

#[test]
fn market_1_the_meter_signed_this_reading() {
    let mut home = Home::new(8, 1);
    let tx = home.prove().unwrap();
    let (base, other) = (home.base().compress().to_bytes(), home.account);
    let answers = home.statement.verify(&[Item {
        tx: &tx,
        base: &base,
        meter: &other,
    }]);
    assert_eq!(answers[0].as_ref().unwrap_err().clause, "MARKET-1");

    home.meter_signature[5] ^= 1;
    assert_eq!(clause(&home, &home.prove().unwrap()), "MARKET-1");
}

#[test]
fn market_3_every_report_has_one_encoding() {
    let home = Home::new(8, 2);
    let (tx, layout) = (home.prove().unwrap(), home.statement.layout());
    let changed = |at: usize, bytes: &[u8]| {
        let mut changed = tx.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        home.sign_again(&mut changed);
        clause(&home, &changed)
    };
    let starts = [
        layout.pair_bytes().start,
        layout.pair_bytes().end - 32,
        layout.limbs().start,
    ];
    for at in starts {
        assert_eq!(changed(at, &[0; 32]), "MARKET-3", "identity at {at}");
        assert_eq!(
            changed(at, &[0xff; 32]),
            "MARKET-3",
            "no canonical point at {at}"
        );
    }
    let proof = layout.range_proof().start;
    let starts = [
        layout.announcements().start,
        layout.responses().start,
        layout.responses().end - 32,
        proof + 1,
    ];
    for at in starts {
        assert_eq!(
            changed(at, &[0xff; 32]),
            "MARKET-3",
            "not canonical at {at}"
        );
    }
    for at in [proof + 33, proof + 97, proof + 193, proof + 769 - 32] {
        assert_eq!(
            changed(at, &[0xff; 32]),
            "MARKET-3",
            "no canonical point at {at}"
        );
        assert_eq!(changed(at, &[0; 32]), "MARKET-3", "identity at {at}");
    }
    assert_eq!(
        changed(proof, &[3]),
        "MARKET-3",
        "another extension degree, as long"
    );
    assert_eq!(changed(0, &[3]), "MARKET-3", "another kind");
    assert_eq!(changed(61, &[1]), "MARKET-3", "another number of bases");
    let first = tx[62..94].to_vec();
    assert_eq!(changed(62 + 64 * 5, &first), "MARKET-3", "a repeated R");
    for bad in [
        &[tx.as_slice(), &[0]].concat(),
        &tx[..tx.len() - 1],
        &tx[..61],
        &[],
        &[2],
    ] {
        assert_eq!(clause(&home, bad), "MARKET-3", "{} bytes", bad.len());
    }
}

#[test]
fn announcements_may_be_the_identity_but_not_false() {
    let home = Home::new(1, 1);
    let (mut tx, layout) = (home.prove().unwrap(), home.statement.layout());
    tx[layout.announcements()].fill(0);
    home.sign_again(&mut tx);
    assert_eq!(clause(&home, &tx), "MARKET-4");
}

#[test]
fn market_4_every_r_matches_its_c() {
    let home = Home::new(8, 1);
    let shift = RistrettoPoint::mul_base(&Scalar::from(5u8));
    let refusal = |change: &dyn Fn(&mut Vec<RistrettoPoint>)| {
        forged(
            &home,
            Forgery {
                points: &|(r, _)| change(r),
                ..Forgery::default()
            },
        )
    };
    assert_eq!(refusal(&|r| r[4] += shift), "MARKET-4", "one altered");
    assert_eq!(refusal(&|r| r.swap(2, 9)), "MARKET-4", "two swapped");
    assert_eq!(
        refusal(&|r| (r[0], r[1]) = (r[0] + shift, r[1] - shift)),
        "MARKET-4",
        "two shifted oppositely"
    );
    assert_eq!(
        refusal(&|r| r[3] += group::generator()),
        "MARKET-4",
        "shifted by G"
    );
    let both = |(r, c): (&mut Vec<RistrettoPoint>, &mut Vec<RistrettoPoint>)| {
        // Whoever knows sk can hide G in R so that the two equations hold when merged under H + γP, but not apart.
        (r[3], c[3]) = (
            r[3] + group::generator(),
            c[3] - group::generator() * Scalar::from(90u8),
        );
    };
    assert_eq!(
        forged(
            &home,
            Forgery {
                points: &both,
                ..Forgery::default()
            }
        ),
        "MARKET-4"
    );
}

#[test]
fn market_4_a_c_with_other_randomness_than_its_r_is_refused() {
    let home = Home::new(8, 1);
    let other = Scalar::from(5u8);
    // The second selling difference: only its R, and so its decryption, is wrong. Everything else is proved honestly.
    let points = |(_, c): Points| c[9] += home.keys[0] * other;
    let blindings = |blindings: &mut [Scalar]| {
        blindings[10] += other;
        blindings[17] -= other;
    };
    let tx = home.forge(&Forgery {
        points: &points,
        blindings: &blindings,
        ..Forgery::default()
    });
    let refused = home.verdict(&tx).unwrap_err();
    assert_eq!(
        (refused.clause, refused.reason.as_str()),
        ("MARKET-4", "the points C do not match their R")
    );
}

/// A name and what it alters in the prover's transcript.
type Change<'a> = (&'a str, &'a dyn Fn(&mut Binding));

#[test]
fn market_4_the_transcript_absorbs_everything() {
    let home = Home::new(8, 2);
    let changes: [Change; 20] = [
        ("chain", &|it| it.chain[0] ^= 1),
        ("P", &|it| it.generators[0][0] ^= 1),
        ("G", &|it| it.generators[1][0] ^= 1),
        ("number of bases", &|it| it.bases.truncate(1)),
        ("H_1", &|it| it.bases[0][0] ^= 1),
        ("H_2", &|it| it.bases[1][0] ^= 1),
        ("order of bases", &|it| it.bases.swap(0, 1)),
        ("account", &|it| it.head.account[0] ^= 1),
        ("slot", &|it| it.head.slot += 1),
        ("ladder", &|it| it.levels[3] += 1),
        ("fee", &|it| it.fee += 1),
        ("version", &|it| it.head.version += 1),
        ("checkpoint", &|it| it.head.checkpoint += 1),
        ("epoch", &|it| it.head.epoch += 1),
        ("base", &|it| it.base[0] ^= 1),
        ("meter", &|it| it.meter[40] ^= 1),
        ("meter-signature", &|it| it.meter_signature[0] ^= 1),
        ("R", &|it| it.pairs[64 * 17] ^= 1),
        ("C", &|it| it.pairs[64 * 17 + 32] ^= 1),
        ("L", &|it| it.limbs[127] ^= 1),
    ];
    assert!(home.verdict(&home.forge(&Forgery::default())).is_ok());
    for (item, binding) in changes {
        assert_eq!(
            forged(
                &home,
                Forgery {
                    binding,
                    ..Forgery::default()
                }
            ),
            "MARKET-4",
            "{item}"
        );
    }
}

#[test]
fn market_5_every_value_is_in_range() {
    let refusal = |change: &dyn Fn(&mut Home)| {
        let mut home = Home::new(8, 1);
        change(&mut home);
        home.sign_reading();
        market_5(&home, home.base(), &home.forge(&Forgery::default()))
    };
    assert_eq!(
        refusal(&|home| home.buy[3] = home.buy[2] + 1),
        RANGE,
        "b_4 = b_3 + 1"
    );
    assert_eq!(
        refusal(&|home| home.sell[3] = home.sell[2] - 1),
        RANGE,
        "s_4 = s_3 - 1"
    );
    assert_eq!(
        refusal(&|home| home.imported = home.buy[0] - 1),
        RANGE,
        "b_1 = i + 1"
    );
    assert_eq!(
        refusal(&|home| home.exported = home.sell[7] - 1),
        RANGE,
        "s_K = e + 1"
    );
    assert_eq!(refusal(&|home| home.imported = 1 << 16), RANGE, "i = 2^16");
    assert_eq!(refusal(&|home| home.exported = 1 << 16), RANGE, "e = 2^16");
}

#[test]
fn market_5_the_headroom_is_what_remains() {
    let refusal = |headroom: i128, limbs: [i128; 4]| {
        let mut home = Home::new(8, 1);
        home.base_value = home.locked() + headroom;
        let values = |values: &mut Values| values.limbs = limbs;
        market_5(
            &home,
            home.base(),
            &home.forge(&Forgery {
                values: &values,
                ..Forgery::default()
            }),
        )
    };
    assert_eq!(refusal(-1, [-1, 0, 0, 0]), RANGE);
    assert_eq!(refusal(1 << 64, [0, 0, 0, 1 << 16]), RANGE);
    assert_eq!(refusal(5, [6, 0, 0, 0]), HEADROOM, "one more than there is");

    for bases in [1, 2] {
        let home = Home::new(8, bases);
        let richer = home.base() + group::generator();
        let binding = |it: &mut Binding| it.base = richer.compress().to_bytes();
        let tx = home.forge(&Forgery {
            binding: &binding,
            ..Forgery::default()
        });
        assert_eq!(
            market_5(&home, richer, &tx),
            HEADROOM,
            "the difference contains 1·G"
        );
    }
}

#[test]
fn market_5_the_range_proof_is_under_our_bases() {
    let home = Home::new(8, 1);
    let tx = home.forge(&Forgery {
        default_bases: true,
        ..Forgery::default()
    });
    assert_eq!(market_5(&home, home.base(), &tx), RANGE);
}

#[test]
fn account_8_every_byte_is_signed() {
    let home = Home::new(8, 1);
    let (tx, layout) = (home.prove().unwrap(), home.statement.layout());
    for at in [
        33,
        57,
        layout.memo().start,
        layout.memo().end - 1,
        layout.signature().start,
    ] {
        let mut flipped = tx.clone();
        flipped[at] ^= 1;
        let clause = clause(&home, &flipped);
        // The slot is in the meter's message too, and its signature is looked at first.
        assert_eq!(
            clause,
            if at == 33 { "MARKET-1" } else { "ACCOUNT-8" },
            "byte {at}"
        );
    }
}
