//! KEY-1, KEY-2: a key without a trusted dealer; whoever lies is found.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use openmg_crypto::complaint::{complain, judge};
use openmg_crypto::derive::fresh_scalar;
use openmg_crypto::group::generator;
use openmg_crypto::key::{Generation, add_scalars};
use openmg_crypto::sealed;

const CHAIN: [u8; 32] = [7; 32];

/// n authorities with ephemeral keys; index j is at place j − 1.
struct Council {
    place: Generation<'static>,
    secrets: Vec<Scalar>,
    ephemerals: Vec<[u8; 32]>,
}

impl Council {
    fn new(n: u64) -> Self {
        let secrets: Vec<Scalar> = (0..n).map(|_| *fresh_scalar()).collect();
        let ephemerals = secrets
            .iter()
            .map(|x| RistrettoPoint::mul_base(x).compress().0)
            .collect();
        let threshold = 2 * n / 3 + 1;
        let place = Generation {
            chain: &CHAIN,
            epoch: 3,
            attempt: 1,
            authorities: n,
            threshold,
        };
        Self {
            place,
            secrets,
            ephemerals,
        }
    }

    fn deal(&self, dealer: u64) -> Vec<u8> {
        self.place.deal(dealer, &self.ephemerals).unwrap().0
    }

    fn check(&self, dealer: u64, deal: &[u8]) -> Result<(), &'static str> {
        self.place
            .check_deal(dealer, &self.ephemerals[dealer as usize - 1], deal)
            .map_err(|refused| refused.clause)
    }

    fn share(&self, dealer: u64, j: u64, deal: &[u8]) -> Result<[u8; 32], &'static str> {
        let secret = &self.secrets[j as usize - 1];
        let share = self.place.open_share(dealer, j, secret, deal);
        share
            .map(|share| share.to_bytes())
            .map_err(|refused| refused.clause)
    }

    fn complaint(&self, accuser: u64, dealer: u64, deal: &[u8]) -> [u8; 128] {
        complain(
            &self.place,
            accuser,
            dealer,
            &self.secrets[accuser as usize - 1],
            deal,
        )
        .unwrap()
    }

    fn judge(
        &self,
        accuser: u64,
        dealer: u64,
        deal: &[u8],
        complaint: &[u8; 128],
    ) -> Result<bool, &'static str> {
        let ephemeral = &self.ephemerals[accuser as usize - 1];
        judge(&self.place, accuser, dealer, ephemeral, deal, complaint)
            .map_err(|refused| refused.clause)
    }

    /// A deal whose box for `victim` holds something else.
    fn lie(&self, dealer: u64, victim: u64, plaintext: &[u8; 32]) -> Vec<u8> {
        let mut deal = self.deal(dealer);
        let numbers = [self.place.epoch, self.place.attempt, dealer, victim].map(u64::to_le_bytes);
        let aad = [
            b"openmg/1/key/share".as_slice(),
            &CHAIN,
            numbers.as_flattened(),
        ]
        .concat();
        let key = RistrettoPoint::mul_base(&self.secrets[victim as usize - 1]);
        let start = self.boxes() + 80 * (victim as usize - 1);
        deal[start..start + 80].copy_from_slice(&sealed::seal(&key, &aad, plaintext));
        deal
    }

    /// Where the boxes of a deal start.
    fn boxes(&self) -> usize {
        32 * self.place.threshold as usize + 64
    }
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
        assert_eq!(deal.len() as u64, 32 * t + 64 + 80 * n);
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
    let first = curve25519_dalek::ristretto::CompressedRistretto::from_slice(&deal[..32]).unwrap();
    for unknown in [x, first.decompress().unwrap() + x] {
        let mut deal = deal.clone();
        deal[..32].copy_from_slice(unknown.compress().as_bytes());
        assert_eq!(council.check(1, &deal), Err("KEY-1"));
    }
}

#[test]
fn every_point_and_scalar_of_a_deal_is_canonical() {
    let council = Council::new(4);
    let deal = council.deal(1);
    let (proof, boxes) = (council.boxes() - 64, council.boxes());
    let points = (0..council.place.threshold as usize)
        .map(|k| 32 * k)
        .chain([proof]);
    let ephemerals = (0..4).map(|j| boxes + 80 * j);
    for start in points.chain(ephemerals) {
        for wrong in [[0; 32], [0xff; 32]] {
            let mut deal = deal.clone();
            deal[start..start + 32].copy_from_slice(&wrong);
            assert_eq!(council.check(1, &deal), Err("KEY-1"), "byte {start}");
            let refused = Generation::key(4, 3, &[&deal]).unwrap_err();
            assert_eq!(refused.clause, "KEY-1");
        }
    }
    // z + q is the same number, not the same encoding.
    let mut large = deal.clone();
    large[proof + 63] |= 0xf0;
    assert_eq!(council.check(1, &large), Err("KEY-1"));
    assert_eq!(council.check(1, &deal[..deal.len() - 1]), Err("KEY-1"));
    assert_eq!(council.check(1, &[&deal[..], &[0]].concat()), Err("KEY-1"));
}

#[test]
fn the_identity_is_no_key() {
    let council = Council::new(4);
    let deal = council.deal(1);
    // A deal of −f beside that of f: nobody can prove it, and the sum is refused all the same.
    let mut negative = deal.clone();
    let first = curve25519_dalek::ristretto::CompressedRistretto::from_slice(&deal[..32]).unwrap();
    negative[..32].copy_from_slice((-first.decompress().unwrap()).compress().as_bytes());
    assert_eq!(
        Generation::key(4, 3, &[&deal, &negative])
            .unwrap_err()
            .clause,
        "KEY-1"
    );
    assert_eq!(Generation::key(4, 3, &[]).unwrap_err().clause, "KEY-1");
    assert_eq!(Generation::key(4, 5, &[&deal]).unwrap_err().clause, "KEY-1");
    assert_eq!(Generation::key(4, 0, &[&deal]).unwrap_err().clause, "KEY-1");
}

#[test]
fn a_dealer_that_lies_to_one_victim_is_convicted() {
    let council = Council::new(7);
    let lies = [Scalar::from(5u64).to_bytes(), [0xff; 32], [0; 32]];
    for lie in lies {
        let deal = council.lie(2, 5, &lie);
        assert_eq!(council.check(2, &deal), Ok(()));
        assert!(council.share(2, 4, &deal).is_ok());
        assert_eq!(council.share(2, 5, &deal), Err("KEY-2"));
        assert_eq!(
            council.judge(5, 2, &deal, &council.complaint(5, 2, &deal)),
            Ok(true)
        );
        assert_eq!(
            council.judge(4, 2, &deal, &council.complaint(4, 2, &deal)),
            Ok(false)
        );
    }
    let mut deal = council.deal(2);
    let end = council.boxes() + 80 * 5 - 1;
    deal[end] ^= 1;
    assert_eq!(council.share(2, 5, &deal), Err("KEY-2"));
    assert_eq!(
        council.judge(5, 2, &deal, &council.complaint(5, 2, &deal)),
        Ok(true)
    );
}

#[test]
fn a_false_accuser_is_convicted() {
    let council = Council::new(4);
    let deal = council.deal(1);
    assert_eq!(
        council.judge(3, 1, &deal, &council.complaint(3, 1, &deal)),
        Ok(false)
    );
}

#[test]
fn a_complaint_without_its_proof_says_nothing() {
    let council = Council::new(4);
    let deal = council.deal(1);
    let complaint = council.complaint(3, 1, &deal);
    for position in 0..128 {
        let mut flipped = complaint;
        flipped[position] ^= 1;
        assert_eq!(
            council.judge(3, 1, &deal, &flipped),
            Err("KEY-2"),
            "byte {position}"
        );
    }
    for start in [0, 32, 64] {
        let mut identity = complaint;
        identity[start..start + 32].fill(0);
        assert_eq!(council.judge(3, 1, &deal, &identity), Err("KEY-2"));
    }
    // Of another accuser, about another dealer, in another attempt, about another deal.
    assert_eq!(council.judge(2, 1, &deal, &complaint), Err("KEY-2"));
    assert_eq!(council.judge(3, 2, &deal, &complaint), Err("KEY-2"));
    assert_eq!(
        council.judge(3, 1, &council.deal(1), &complaint),
        Err("KEY-2")
    );
    let ephemeral = &council.ephemerals[2];
    for place in [
        Generation {
            chain: &[8; 32],
            ..council.place
        },
        Generation {
            epoch: 9,
            ..council.place
        },
        Generation {
            attempt: 9,
            ..council.place
        },
    ] {
        assert_eq!(
            judge(&place, 3, 1, ephemeral, &deal, &complaint)
                .unwrap_err()
                .clause,
            "KEY-2"
        );
    }
}

#[test]
fn scalars_add_up() {
    let sum = add_scalars(&[Scalar::from(3u64).to_bytes(), (-Scalar::ONE).to_bytes()]).unwrap();
    assert_eq!(*sum, Scalar::from(2u64));
    assert_eq!(*add_scalars(&[]).unwrap(), Scalar::ZERO);
    assert_eq!(add_scalars(&[[0xff; 32]]).unwrap_err().clause, "KEY-1");
}
