//! KEY-1: a key without a trusted dealer, from deals that prove their place.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use openmg_crypto::derive::fresh_scalar;
use openmg_crypto::group::generator;
use openmg_crypto::key::{Generation, add_scalars};

use super::council::Council;

/// A_0 of a deal.
fn first_point(deal: &[u8]) -> RistrettoPoint {
    CompressedRistretto::from_slice(&deal[..32])
        .unwrap()
        .decompress()
        .unwrap()
}

/// The secret behind a key, from the shares of these authorities.
fn interpolate(shares: &[(u64, Scalar)]) -> Scalar {
    let term = |&(j, share): &(u64, Scalar)| {
        shares
            .iter()
            .filter(|(i, _)| *i != j)
            .fold(share, |product, &(i, _)| {
                product * Scalar::from(i) * (Scalar::from(i) - Scalar::from(j)).invert()
            })
    };
    shares.iter().map(term).sum()
}

/// Generates a key from these dealers and checks that everything fits together.
fn generate(council: &Council, dealers: &[u64]) {
    let (n, t) = (council.place.authorities, council.place.threshold);
    let deals: Vec<Vec<u8>> = dealers.iter().map(|&dealer| council.deal(dealer)).collect();
    for (&dealer, deal) in dealers.iter().zip(&deals) {
        assert_eq!(deal.len() as u64, 32 * t + 80 * n + 128);
        assert_eq!(council.check(dealer, deal), Ok(()));
    }
    let (key, verification_keys) =
        Generation::key(n, t, &deals.iter().map(|d| &d[..]).collect::<Vec<_>>()).unwrap();
    let mut shares = Vec::new();
    for j in 1..=n {
        let parts: Vec<_> = dealers
            .iter()
            .zip(&deals)
            .map(|(&d, deal)| council.share(d, j, deal).unwrap())
            .collect();
        let share = *add_scalars(&parts).unwrap();
        assert_eq!(
            RistrettoPoint::mul_base(&share),
            verification_keys[j as usize - 1]
        );
        shares.push((j, share));
    }
    for subset in [&shares[..t as usize], &shares[(n - t) as usize..]] {
        assert_eq!(RistrettoPoint::mul_base(&interpolate(subset)), key);
    }
    assert_ne!(
        RistrettoPoint::mul_base(&interpolate(&shares[..t as usize - 1])),
        key
    );
}

#[test]
fn four_seven_and_ten_authorities_make_a_key() {
    for n in [4, 7, 10] {
        generate(&Council::new(n), &(1..=n).collect::<Vec<_>>());
    }
}

#[test]
fn a_silent_dealer_is_left_out() {
    generate(&Council::new(4), &[1, 2, 4]);
    generate(&Council::new(7), &[1, 3, 4, 6, 7]);
}

#[test]
fn a_deal_needs_a_threshold_and_a_key_for_everybody() {
    let council = Council::new(4);
    let clause = |place: Generation, ephemerals: &[[u8; 32]]| {
        place.deal(1, ephemerals).map(|_| ()).map_err(|r| r.clause)
    };
    let keys = &council.ephemerals[..];
    assert_eq!(clause(council.place, keys), Ok(()));
    for (authorities, threshold) in [(4, 0), (4, 5), (4, u64::MAX), (0, 0), (256, 171)] {
        let place = Generation {
            authorities,
            threshold,
            ..council.place
        };
        assert_eq!(clause(place, keys), Err("KEY-1"));
    }
    assert_eq!(clause(council.place, &keys[..3]), Err("KEY-1"));
    let identity = [&keys[..3], &[[0; 32]]].concat();
    assert_eq!(clause(council.place, &identity), Err("KEY-1"));
}

#[test]
fn the_dealers_own_share_is_the_one_in_its_box() {
    let council = Council::new(4);
    let (deal, own) = council.place.deal(2, &council.ephemerals).unwrap();
    assert_eq!(council.share(2, 2, &deal), Ok(own.to_bytes()));
}

#[test]
fn a_deal_holds_in_its_own_place_only() {
    let council = Council::new(4);
    let deal = council.deal(1);
    let place = council.place;
    let others = [
        Generation {
            chain: &[8; 32],
            ..place
        },
        Generation { epoch: 4, ..place },
        Generation {
            attempt: 2,
            ..place
        },
    ];
    for other in others {
        assert_eq!(
            other
                .check_deal(1, &council.ephemerals[0], &deal)
                .unwrap_err()
                .clause,
            "KEY-1"
        );
        assert_eq!(
            other
                .open_share(1, 2, &council.secrets[1], &deal)
                .unwrap_err()
                .clause,
            "KEY-2"
        );
    }
    // Another dealer, or another key announced by the same one.
    assert_eq!(
        place
            .check_deal(2, &council.ephemerals[0], &deal)
            .unwrap_err()
            .clause,
        "KEY-1"
    );
    assert_eq!(
        place
            .check_deal(1, &council.ephemerals[1], &deal)
            .unwrap_err()
            .clause,
        "KEY-1"
    );
    assert_eq!(
        place
            .check_deal(5, &council.ephemerals[0], &deal)
            .unwrap_err()
            .clause,
        "KEY-1"
    );
    assert_eq!(
        place
            .check_deal(0, &council.ephemerals[0], &deal)
            .unwrap_err()
            .clause,
        "KEY-1"
    );
}

#[test]
fn a_deal_is_no_deal_of_other_numbers() {
    let council = Council::new(10);
    let deal = council.deal(1);
    // 2 coefficients and 12 boxes are as long as 7 and 10.
    for (authorities, threshold) in [(12, 2), (10, 6), (9, 7), (10, 11)] {
        let place = Generation {
            authorities,
            threshold,
            ..council.place
        };
        assert_eq!(
            place
                .check_deal(1, &council.ephemerals[0], &deal)
                .unwrap_err()
                .clause,
            "KEY-1"
        );
    }
}

#[test]
fn a_key_with_a_part_that_nobody_knows_is_refused() {
    let council = Council::new(4);
    let x = generator() * *fresh_scalar();
    let deal = council.deal(1);
    let first = first_point(&deal);
    for unknown in [x, first + x] {
        let mut deal = deal.clone();
        deal[..32].copy_from_slice(unknown.compress().as_bytes());
        assert_eq!(council.check(1, &deal), Err("KEY-1"));
    }
}

#[test]
fn every_point_and_scalar_of_a_deal_is_canonical() {
    let council = Council::new(4);
    let deal = council.deal(1);
    let proof = council.proof_at();
    let points = (0..council.place.threshold as usize)
        .map(|k| 32 * k)
        .chain([proof, proof + 32]);
    let ephemerals = (1..=4).map(|j| council.box_at(j).start);
    for start in points.chain(ephemerals) {
        for wrong in [[0; 32], [0xff; 32]] {
            let mut deal = deal.clone();
            deal[start..start + 32].copy_from_slice(&wrong);
            assert_eq!(council.check(1, &deal), Err("KEY-1"), "byte {start}");
            let refused = Generation::key(4, 3, &[&deal]).unwrap_err();
            assert_eq!(refused.clause, "KEY-1");
        }
    }
    // z + q and y + q are the same numbers, not the same encodings.
    for end in [proof + 95, proof + 127] {
        let mut large = deal.clone();
        large[end] |= 0xf0;
        assert_eq!(council.check(1, &large), Err("KEY-1"));
    }
    assert_eq!(council.check(1, &deal[..deal.len() - 1]), Err("KEY-1"));
    assert_eq!(council.check(1, &[&deal[..], &[0]].concat()), Err("KEY-1"));
}

#[test]
fn the_identity_is_no_key() {
    let council = Council::new(4);
    let deal = council.deal(1);
    // A deal of −f beside that of f: nobody can prove it, and the sum is refused all the same.
    let mut negative = deal.clone();
    let first = first_point(&deal);
    negative[..32].copy_from_slice((-first).compress().as_bytes());
    assert_eq!(
        Generation::key(4, 3, &[&deal, &negative])
            .unwrap_err()
            .clause,
        "KEY-1"
    );
    assert_eq!(Generation::key(4, 3, &[]).unwrap_err().clause, "KEY-1");
    assert_eq!(Generation::key(4, 5, &[&deal]).unwrap_err().clause, "KEY-1");
    assert_eq!(Generation::key(4, 0, &[&deal]).unwrap_err().clause, "KEY-1");
    assert_eq!(Generation::key(4, 0, &[]).unwrap_err().clause, "KEY-1");
}

#[test]
fn scalars_add_up() {
    let sum = add_scalars(&[Scalar::from(3u64).to_bytes(), (-Scalar::ONE).to_bytes()]).unwrap();
    assert_eq!(*sum, Scalar::from(2u64));
    assert_eq!(*add_scalars(&[]).unwrap(), Scalar::ZERO);
    assert_eq!(add_scalars(&[[0xff; 32]]).unwrap_err().clause, "KEY-1");
}
