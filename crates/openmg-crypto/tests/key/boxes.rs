//! KEY-1: a dealer knows the secret of every box of its deal, so a complaint opens no box of another dealer.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use openmg_crypto::derive::fresh_scalar;
use openmg_crypto::{complaint, sealed};

use super::council::{Council, Draft};

/// The honest dealer, the dishonest one and the recipient whose shares it wants.
const HONEST: u64 = 1;
const THIEF: u64 = 2;
const VICTIM: u64 = 3;

fn decode(bytes: &[u8]) -> RistrettoPoint {
    let compressed = CompressedRistretto::from_slice(bytes).unwrap();
    compressed.decompress().unwrap()
}

/// The thief's deal with another point in the victim's box, of which it claims to know the secret.
fn with_point(council: &Council, point: &RistrettoPoint, claimed: Scalar) -> Vec<u8> {
    let mut draft = council.draft(THIEF);
    draft.boxes[VICTIM as usize - 1][..32].copy_from_slice(point.compress().as_bytes());
    draft.senders[VICTIM as usize - 1] = claimed;
    council.prove(&draft)
}

/// What a complaint about a stolen point would give away, were the deal accepted: the honest dealer's share.
fn stolen_share(council: &Council, honest: &[u8], stolen: &[u8]) -> Vec<u8> {
    let secret = &council.secrets[VICTIM as usize - 1];
    let said = complaint::complain(&council.place, VICTIM, THIEF, secret, stolen).unwrap();
    let aad = council.context(HONEST, VICTIM);
    let boxed = &honest[council.box_at(VICTIM)];
    let public = council.ephemeral(VICTIM);
    let opened = sealed::open_with_shared(&decode(&said[..32]), &public, &aad, boxed);
    opened.unwrap().to_vec()
}

#[test]
fn a_dealer_cannot_deal_the_point_of_another_dealers_box() {
    let council = Council::new(4);
    let honest = council.deal(HONEST);
    let boxed = &honest[council.box_at(VICTIM)];
    let point = decode(&boxed[..32]);
    let secret = council.share(HONEST, VICTIM, &honest).unwrap();
    for claimed in [Scalar::ZERO, Scalar::ONE, *fresh_scalar()] {
        let deal = with_point(&council, &point, claimed);
        // The attack works on who would accept the deal, and nobody does.
        assert_eq!(stolen_share(&council, &honest, &deal), secret);
        assert_eq!(council.check(THIEF, &deal), Err("KEY-1"));
    }
    let mut copied = council.draft(THIEF);
    copied.boxes[VICTIM as usize - 1] = boxed.to_vec();
    assert_eq!(council.check(THIEF, &council.prove(&copied)), Err("KEY-1"));
}

#[test]
fn a_point_made_from_another_dealers_is_refused() {
    let council = Council::new(4);
    let honest = council.deal(HONEST);
    let point = decode(&honest[council.box_at(VICTIM)][..32]);
    let k = *fresh_scalar();
    let made = [
        point + RistrettoPoint::mul_base(&k),
        point - RistrettoPoint::mul_base(&k),
        point * k,
        -point,
    ];
    for moved in made {
        let deal = with_point(&council, &moved, k);
        assert_eq!(council.check(THIEF, &deal), Err("KEY-1"));
    }
    assert_eq!(
        council.check(
            THIEF,
            &with_point(&council, &RistrettoPoint::mul_base(&k), k)
        ),
        Ok(())
    );
}

#[test]
fn unknown_points_do_not_cancel() {
    let council = Council::new(4);
    let stolen = decode(&council.deal(HONEST)[council.box_at(VICTIM)][..32]);
    let mut draft = council.draft(THIEF);
    for (j, point) in [(VICTIM, stolen), (4, -stolen)] {
        draft.boxes[j as usize - 1][..32].copy_from_slice(point.compress().as_bytes());
        draft.senders[j as usize - 1] = Scalar::ZERO;
    }
    assert_eq!(council.check(THIEF, &council.prove(&draft)), Err("KEY-1"));
    // Nor do wrong secrets of known points.
    let mut draft = council.draft(THIEF);
    draft.senders[0] += Scalar::ONE;
    draft.senders[1] -= Scalar::ONE;
    assert_eq!(council.check(THIEF, &council.prove(&draft)), Err("KEY-1"));
    draft.senders[0] -= Scalar::ONE;
    draft.senders[1] += Scalar::ONE;
    assert_eq!(council.check(THIEF, &council.prove(&draft)), Ok(()));
}

#[test]
fn every_byte_of_a_deal_is_proved() {
    let council = Council::new(4);
    let deal = council.deal(HONEST);
    assert_eq!(council.check(HONEST, &deal), Ok(()));
    for position in 0..deal.len() {
        let mut changed = deal.clone();
        changed[position] ^= 1;
        let refused = council.check(HONEST, &changed);
        assert_eq!(refused, Err("KEY-1"), "byte {position}");
    }
}

#[test]
fn another_announcement_or_answer_is_refused() {
    let council = Council::new(4);
    let deal = council.deal(HONEST);
    let proof = council.proof_at();
    let base = RistrettoPoint::mul_base(&Scalar::ONE);
    for start in [proof, proof + 32] {
        let mut changed = deal.clone();
        let moved = decode(&deal[start..start + 32]) + base;
        changed[start..start + 32].copy_from_slice(moved.compress().as_bytes());
        assert_eq!(council.check(HONEST, &changed), Err("KEY-1"));
    }
    for start in [proof + 64, proof + 96] {
        let mut changed = deal.clone();
        let number = Scalar::from_canonical_bytes(deal[start..start + 32].try_into().unwrap());
        let moved = number.unwrap() + Scalar::ONE;
        changed[start..start + 32].copy_from_slice(moved.as_bytes());
        assert_eq!(council.check(HONEST, &changed), Err("KEY-1"));
    }
}

#[test]
fn a_proof_holds_for_its_own_dealer_attempt_and_boxes_only() {
    let council = Council::new(4);
    let draft = council.draft(HONEST);
    let deal = council.prove(&draft);
    assert_eq!(council.check(HONEST, &deal), Ok(()));
    let moved = Draft {
        dealer: THIEF,
        ..council.draft(HONEST)
    };
    assert_eq!(council.check(HONEST, &council.prove(&moved)), Err("KEY-1"));
    assert_eq!(council.check(THIEF, &deal), Err("KEY-1"));
    let mut later = Council::new(4);
    later.ephemerals.clone_from(&council.ephemerals);
    later.place.attempt += 1;
    assert_eq!(later.check(HONEST, &deal), Err("KEY-1"));
    // The same polynomial in fresh boxes, under the proof of the old ones.
    let mut resealed = council.draft(HONEST);
    resealed.polynomial.clone_from(&draft.polynomial);
    let resealed = council.prove(&resealed);
    let proof = council.proof_at();
    let mixed = [&resealed[..proof], &deal[proof..]].concat();
    assert_eq!(council.check(HONEST, &resealed), Ok(()));
    assert_eq!(council.check(HONEST, &mixed), Err("KEY-1"));
}
