//! KEY-2: a dealer that lies to one authority is convicted, and so is who accuses an honest one.

use curve25519_dalek::Scalar;
use openmg_crypto::complaint;
use openmg_crypto::key::Generation;

use super::council::Council;

fn complain(council: &Council, accuser: u64, dealer: u64, deal: &[u8]) -> [u8; 128] {
    complaint::complain(
        &council.place,
        accuser,
        dealer,
        &council.secrets[accuser as usize - 1],
        deal,
    )
    .unwrap()
}

fn judge(
    council: &Council,
    accuser: u64,
    dealer: u64,
    deal: &[u8],
    complaint: &[u8; 128],
) -> Result<bool, &'static str> {
    let ephemeral = &council.ephemerals[accuser as usize - 1];
    complaint::judge(&council.place, accuser, dealer, ephemeral, deal, complaint)
        .map_err(|refused| refused.clause)
}

/// A deal whose box for `victim` holds something else.
fn lie(council: &Council, dealer: u64, victim: u64, plaintext: &[u8; 32]) -> Vec<u8> {
    let mut draft = council.draft(dealer);
    council.seal(&mut draft, victim, plaintext);
    council.prove(&draft)
}

#[test]
fn a_dealer_that_lies_to_one_victim_is_convicted() {
    let council = Council::new(7);
    let lies = [Scalar::from(5u64).to_bytes(), [0xff; 32], [0; 32]];
    for false_share in lies {
        let deal = lie(&council, 2, 5, &false_share);
        assert_eq!(council.check(2, &deal), Ok(()));
        assert!(council.share(2, 4, &deal).is_ok());
        assert_eq!(council.share(2, 5, &deal), Err("KEY-2"));
        assert_eq!(
            judge(&council, 5, 2, &deal, &complain(&council, 5, 2, &deal)),
            Ok(true)
        );
        assert_eq!(
            judge(&council, 4, 2, &deal, &complain(&council, 4, 2, &deal)),
            Ok(false)
        );
    }
    let mut draft = council.draft(2);
    draft.boxes[4][79] ^= 1;
    let deal = council.prove(&draft);
    assert_eq!(council.check(2, &deal), Ok(()));
    assert_eq!(council.share(2, 5, &deal), Err("KEY-2"));
    assert_eq!(
        judge(&council, 5, 2, &deal, &complain(&council, 5, 2, &deal)),
        Ok(true)
    );
}

#[test]
fn a_false_accuser_is_convicted() {
    let council = Council::new(4);
    let deal = council.deal(1);
    assert_eq!(
        judge(&council, 3, 1, &deal, &complain(&council, 3, 1, &deal)),
        Ok(false)
    );
}

#[test]
fn a_complaint_without_its_proof_says_nothing() {
    let council = Council::new(4);
    let deal = council.deal(1);
    let complaint = complain(&council, 3, 1, &deal);
    for position in 0..128 {
        let mut flipped = complaint;
        flipped[position] ^= 1;
        assert_eq!(
            judge(&council, 3, 1, &deal, &flipped),
            Err("KEY-2"),
            "byte {position}"
        );
    }
    for start in [0, 32, 64] {
        let mut identity = complaint;
        identity[start..start + 32].fill(0);
        assert_eq!(judge(&council, 3, 1, &deal, &identity), Err("KEY-2"));
    }
    // Of another accuser, about another dealer, in another attempt, about another deal.
    assert_eq!(judge(&council, 2, 1, &deal, &complaint), Err("KEY-2"));
    assert_eq!(judge(&council, 3, 2, &deal, &complaint), Err("KEY-2"));
    assert_eq!(
        judge(&council, 3, 1, &council.deal(1), &complaint),
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
            complaint::judge(&place, 3, 1, ephemeral, &deal, &complaint)
                .unwrap_err()
                .clause,
            "KEY-2"
        );
    }
}
