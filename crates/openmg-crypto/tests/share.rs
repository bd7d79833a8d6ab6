//! KEY-6: decryption shares, their proof, what t of them open, and the discrete logarithm at the end.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::Identity;
use openmg_crypto::derive::fresh_scalar;
use openmg_crypto::dlog::DiscreteLog;
use openmg_crypto::group::{generator, pair, signed_scalar};
use openmg_crypto::share::{Step, Sum, check_opening, remainder};

const CHAIN: [u8; 32] = [7; 32];
const SUBJECT: [u8; 13] = [0, 12, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0];
const FUNCTIONALS: [[u8; 2]; 3] = [*b"D\x04", *b"D\x05", *b"B\x05"];
const VALUES: [i128; 3] = [-1234, 0, 1_000_000];

/// A shared secret of n authorities and a step of encrypted sums.
struct Scene {
    shares: Vec<Scalar>,
    /// R and C of each sum.
    sums: Vec<[[u8; 32]; 2]>,
}

impl Scene {
    fn new(n: u64, t: u64) -> Self {
        let polynomial: Vec<Scalar> = (0..t).map(|_| *fresh_scalar()).collect();
        let at = |j: u64| {
            polynomial
                .iter()
                .rev()
                .fold(Scalar::ZERO, |sum, a| sum * Scalar::from(j) + a)
        };
        let key = RistrettoPoint::mul_base(&polynomial[0]);
        let encrypt = |&value: &i128| {
            let (r, c) = pair(&signed_scalar(value), &fresh_scalar(), &key);
            [r.compress().0, c.compress().0]
        };
        Self {
            shares: (1..=n).map(at).collect(),
            sums: VALUES.iter().map(encrypt).collect(),
        }
    }

    fn sums(&self) -> Vec<Sum<'_>> {
        let parts = FUNCTIONALS.iter().zip(&self.sums);
        parts
            .map(|(functional, [randomness, commitment])| Sum {
                functional,
                randomness,
                commitment,
            })
            .collect()
    }

    fn share(&self, j: u64) -> Vec<u8> {
        step(&self.sums())
            .share(&self.shares[j as usize - 1])
            .unwrap()
    }

    fn verification_key(&self, j: u64) -> [u8; 32] {
        RistrettoPoint::mul_base(&self.shares[j as usize - 1])
            .compress()
            .0
    }

    /// Opens sum k with the shares of these authorities.
    fn open(&self, k: usize, indices: &[u64]) -> [u8; 32] {
        let shares: Vec<[u8; 32]> = indices
            .iter()
            .map(|&j| self.share(j)[32 * k..32 * k + 32].try_into().unwrap())
            .collect();
        remainder(&self.sums[k][1], indices, &shares)
            .unwrap()
            .compress()
            .0
    }
}

fn step<'a>(sums: &'a [Sum<'a>]) -> Step<'a> {
    Step {
        chain: &CHAIN,
        epoch: 3,
        subject: &SUBJECT,
        sums,
    }
}

fn verdict(step: Step, key: &[u8; 32], share: &[u8]) -> Result<(), &'static str> {
    step.check(key, share).map_err(|refused| refused.clause)
}

#[test]
fn any_t_authorities_open_and_fewer_open_nothing() {
    let scene = Scene::new(7, 5);
    for (k, value) in VALUES.into_iter().enumerate() {
        for indices in [
            vec![1, 2, 3, 4, 5],
            vec![7, 3, 5, 1, 6],
            vec![1, 2, 3, 4, 5, 6, 7],
        ] {
            assert_eq!(check_opening(&scene.open(k, &indices), value), Ok(()));
        }
        let point = scene.open(k, &[1, 2, 3, 4]);
        assert_eq!(check_opening(&point, value).unwrap_err().clause, "KEY-6");
    }
    let point = scene.open(0, &[1, 2, 3, 4, 5]);
    assert_eq!(
        check_opening(&point, -VALUES[0]).unwrap_err().clause,
        "KEY-6"
    );
}

#[test]
fn a_share_is_checked_by_everybody() {
    let scene = Scene::new(4, 3);
    for j in 1..=4 {
        let share = scene.share(j);
        assert_eq!(share.len(), 32 * 6);
        assert_eq!(
            verdict(step(&scene.sums()), &scene.verification_key(j), &share),
            Ok(())
        );
        let other = scene.verification_key(j % 4 + 1);
        assert_eq!(verdict(step(&scene.sums()), &other, &share), Err("KEY-6"));
    }
}

#[test]
fn a_share_of_another_place_is_refused() {
    let scene = Scene::new(4, 3);
    let (share, key, sums) = (scene.share(1), scene.verification_key(1), scene.sums());
    let mut subject = SUBJECT;
    subject[1] ^= 1;
    for elsewhere in [
        Step {
            chain: &[8; 32],
            ..step(&sums)
        },
        Step {
            epoch: 4,
            ..step(&sums)
        },
        Step {
            subject: &subject,
            ..step(&sums)
        },
        Step {
            sums: &sums[..2],
            ..step(&sums)
        },
        Step {
            sums: &[],
            ..step(&sums)
        },
    ] {
        assert_eq!(verdict(elsewhere, &key, &share), Err("KEY-6"));
    }
}

#[test]
fn what_a_sum_means_is_bound() {
    let scene = Scene::new(4, 3);
    let (share, key) = (scene.share(1), scene.verification_key(1));
    let mut swapped = scene.sums();
    (swapped[0].functional, swapped[1].functional) = (swapped[1].functional, swapped[0].functional);
    assert_eq!(verdict(step(&swapped), &key, &share), Err("KEY-6"));
    let mut reordered = scene.sums();
    reordered.swap(0, 1);
    assert_eq!(verdict(step(&reordered), &key, &share), Err("KEY-6"));
    let mut recommitted = scene.sums();
    recommitted[0].commitment = recommitted[1].commitment;
    assert_eq!(verdict(step(&recommitted), &key, &share), Err("KEY-6"));
}

#[test]
fn an_altered_share_is_refused() {
    let scene = Scene::new(4, 3);
    let (share, key, sums) = (scene.share(1), scene.verification_key(1), scene.sums());
    let another = scene.share(2);
    for word in 0..6 {
        for wrong in [
            [0; 32],
            [0xff; 32],
            another[32 * word..32 * word + 32].try_into().unwrap(),
        ] {
            let mut altered = share.clone();
            altered[32 * word..32 * word + 32].copy_from_slice(&wrong);
            assert_eq!(
                verdict(step(&sums), &key, &altered),
                Err("KEY-6"),
                "word {word}"
            );
        }
    }
    // Two D shifted oppositely, so that their plain sum stays.
    let shift = |bytes: &mut [u8], by: RistrettoPoint| {
        let point = curve25519_dalek::ristretto::CompressedRistretto::from_slice(bytes).unwrap();
        bytes.copy_from_slice((point.decompress().unwrap() + by).compress().as_bytes());
    };
    let mut shifted = share.clone();
    shift(&mut shifted[..32], *generator());
    shift(&mut shifted[32..64], -generator());
    assert_eq!(verdict(step(&sums), &key, &shifted), Err("KEY-6"));
    assert_eq!(
        verdict(step(&sums), &key, &share[..share.len() - 1]),
        Err("KEY-6")
    );
    assert_eq!(
        verdict(step(&sums), &key, &[&share[..], &[0; 32]].concat()),
        Err("KEY-6")
    );
}

#[test]
fn a_sum_of_nothing_opens_to_nothing() {
    let mut scene = Scene::new(4, 3);
    scene.sums[1] = [[0; 32]; 2];
    for j in 1..=3 {
        assert_eq!(
            verdict(
                step(&scene.sums()),
                &scene.verification_key(j),
                &scene.share(j)
            ),
            Ok(())
        );
    }
    assert_eq!(check_opening(&scene.open(1, &[1, 2, 3]), 0), Ok(()));
    scene.sums = vec![[[0; 32]; 2]; 3];
    assert_eq!(
        verdict(
            step(&scene.sums()),
            &scene.verification_key(1),
            &scene.share(1)
        ),
        Ok(())
    );
}

#[test]
fn indices_are_distinct_numbers_from_one() {
    let scene = Scene::new(4, 3);
    let share = [[0; 32]; 3];
    for indices in [[1, 2, 2], [0, 1, 2], [1, 2, 256]] {
        assert_eq!(
            remainder(&scene.sums[0][1], &indices, &share)
                .unwrap_err()
                .clause,
            "KEY-6"
        );
    }
    assert!(remainder(&scene.sums[0][1], &[1, 2], &share).is_err());
    assert!(remainder(&scene.sums[0][1], &[], &[]).is_err());
    assert!(remainder(&[0xff; 32], &[1, 2, 3], &share).is_err());
}

#[test]
fn logarithms_are_found_on_both_sides_of_zero() {
    let table = DiscreteLog::new(8);
    let times = |m: i64| generator() * signed_scalar(m.into());
    let bound = 200_000;
    let edges = [
        0, 1, 127, 128, 129, 255, 256, 257, 383, 384, 385, 65_536, 131_199, 199_999, 200_000,
    ];
    for m in edges.into_iter().flat_map(|m| [m, -m]) {
        assert_eq!(table.solve(&times(m), bound), Some(m));
        assert_eq!(
            table.solve(&times(m), m.unsigned_abs()),
            Some(m),
            "the bound is included"
        );
        assert_eq!(
            table.solve(&times(m), 1 << 62),
            Some(m),
            "a large bound does no harm"
        );
    }
    for m in [200_001, -200_001, 1 << 40, i64::MIN] {
        assert_eq!(table.solve(&times(m), bound), None);
    }
    for m in [1, -1, 128, -129] {
        assert_eq!(table.solve(&times(m), m.unsigned_abs() - 1), None);
    }
    assert_eq!(table.solve(&RistrettoPoint::identity(), 0), Some(0));
    assert_eq!(
        table.solve(&RistrettoPoint::mul_base(&fresh_scalar()), bound),
        None
    );
}

#[test]
fn a_search_stops_when_told_to() {
    let table = DiscreteLog::new(8);
    let unknown = RistrettoPoint::mul_base(&fresh_scalar());
    let mut looks = 0;
    let found = table.solve_while(&unknown, 1 << 62, || {
        looks += 1;
        looks < 5
    });
    assert_eq!((found, looks), (None, 5));
}
