//! LEARN-1 to LEARN-4: what masks hide their sums give back, and whoever seals, opens or sums falsely is found out.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use openmg_crypto::derive::fresh;
use openmg_crypto::learning::{
    Client, Committee, HiddenVector, Place, check_hidden, check_mask_sum, check_seeds, complain,
    hide, judge, open_seeds, sum_masks,
};
use openmg_crypto::{Refused, sealed};

const TASK: [u8; 32] = [7; 32];
const ROUND: u32 = 3;
const COUNT: usize = 3;

/// Homes that hid a vector each, and the holders they hid it from.
struct Round {
    committee: Committee,
    secrets: Vec<Scalar>,
    keys: Vec<Option<[u8; 32]>>,
    accounts: Vec<[u8; 32]>,
    packed: Vec<Vec<u8>>,
    hidden: Vec<HiddenVector>,
}

impl Round {
    fn new(members: u8, homes: u8) -> Self {
        let committee = Committee::new(members).unwrap();
        let secrets: Vec<Scalar> = (1..=members)
            .map(|x| Scalar::from(1000 + u64::from(x)))
            .collect();
        let key = |x| Some(RistrettoPoint::mul_base(x).compress().0);
        let keys: Vec<_> = secrets.iter().map(key).collect();
        let accounts: Vec<[u8; 32]> = (0..homes).map(|home| [home; 32]).collect();
        let packed: Vec<Vec<u8>> = (0..homes).map(|home| vec![home + 1; 20 * COUNT]).collect();
        let hidden = accounts.iter().zip(&packed);
        let hidden = hidden.map(|(account, packed)| {
            hide(&place(account), committee, packed, &keys, &fresh()).unwrap()
        });
        let hidden = hidden.collect();
        Self {
            committee,
            secrets,
            keys,
            accounts,
            packed,
            hidden,
        }
    }

    fn check(&self, hidden: &HiddenVector) -> Result<(), &'static str> {
        check_hidden(
            &place(&self.accounts[0]),
            self.committee,
            &self.keys,
            hidden,
        )
        .map_err(clause)
    }

    fn open(&self, home: usize, holder: u8) -> Vec<u8> {
        let position = usize::from(holder) - 1;
        let (place, sealed) = (
            place(&self.accounts[home]),
            &self.hidden[home].boxes[position],
        );
        let opened = open_seeds(
            &self.secrets[position],
            &place,
            self.committee,
            holder,
            sealed,
        );
        opened.unwrap().to_vec()
    }

    fn guilty(&self, holder: u8, seeds: &[Vec<u8>]) -> Vec<usize> {
        let clients: Vec<Client> = (0..seeds.len())
            .map(|home| Client {
                account: &self.accounts[home],
                seeds: &seeds[home],
                commitments: self.hidden[home].commitments.as_flattened(),
            })
            .collect();
        check_seeds(&TASK, ROUND, self.committee, holder, &clients, COUNT).unwrap()
    }

    fn complain(&self, holder: u8, sealed: &[u8]) -> [u8; 128] {
        let secret = &self.secrets[usize::from(holder) - 1];
        complain(&place(&self.accounts[0]), holder, secret, sealed).unwrap()
    }

    fn judge(&self, holder: u8, sealed: &[u8], said: &[u8; 128]) -> Result<bool, &'static str> {
        let key = self.keys[usize::from(holder) - 1].unwrap();
        let points = self.hidden[0].commitments.as_flattened();
        let place = place(&self.accounts[0]);
        judge(
            &place,
            self.committee,
            (holder, &key),
            sealed,
            points,
            said,
            COUNT,
        )
        .map_err(clause)
    }
}

fn place(account: &[u8; 32]) -> Place<'_> {
    Place {
        task: &TASK,
        round: ROUND,
        account,
    }
}

fn clause(refused: Refused) -> &'static str {
    refused.clause
}

/// Little-endian, as a u128: the tests' words are small at the top.
fn low(bytes: &[u8]) -> u128 {
    u128::from_le_bytes(bytes[..16].try_into().unwrap())
}

#[test]
fn sums_take_all_masks_off() {
    for members in [1, 4, 7] {
        let round = Round::new(members, 3);
        let mut left: Vec<u128> = (0..COUNT)
            .map(|p| {
                let words = round.hidden.iter().map(|hidden| low(&hidden.y[30 * p..]));
                words.fold(0, u128::wrapping_add)
            })
            .collect();
        let mut taken = 0u64;
        for holder in 1..=members {
            let held = round.committee.held_by(holder).unwrap();
            let chosen = held.iter().fold(0, |set, subset| set | 1 << subset) & !taken;
            let seeds: Vec<Vec<u8>> = (0..3).map(|home| round.open(home, holder)).collect();
            assert_eq!(round.guilty(holder, &seeds), []);
            if chosen == 0 {
                continue;
            }
            let clients: Vec<_> = round
                .accounts
                .iter()
                .zip(seeds.iter().map(Vec::as_slice))
                .collect();
            let (masks, blinding) = sum_masks(
                &TASK,
                ROUND,
                round.committee,
                holder,
                &clients,
                chosen,
                COUNT,
            )
            .unwrap();
            let points: Vec<&[u8]> = round
                .hidden
                .iter()
                .map(|h| h.commitments.as_flattened())
                .collect();
            check_mask_sum(&masks, &blinding, round.committee, &points, chosen).unwrap();
            for (word, mask) in left.iter_mut().zip(masks.chunks_exact(31)) {
                *word = word.wrapping_sub(low(mask));
            }
            taken |= chosen;
        }
        assert_eq!(taken.count_ones() as usize, round.committee.subsets());
        let words = round.packed.iter().map(|packed| low(packed));
        assert_eq!(left[0], words.fold(0, u128::wrapping_add));
    }
}

#[test]
fn every_byte_of_boxes_and_proof_is_proved() {
    let round = Round::new(4, 1);
    let made = &round.hidden[0];
    assert_eq!(round.check(made), Ok(()));
    for at in 0..64 {
        let mut changed = made.clone();
        changed.proof[at] ^= 1;
        assert_eq!(
            round.check(&changed),
            Err("LEARN-2"),
            "byte {at} of the proof"
        );
    }
    for at in 0..made.boxes[1].len() {
        let mut changed = made.clone();
        changed.boxes[1][at] ^= 1;
        assert_eq!(round.check(&changed), Err("LEARN-2"), "byte {at} of a box");
    }
}

#[test]
fn a_copied_point_is_refused() {
    let round = Round::new(4, 2);
    let mut thief = round.hidden[0].clone();
    thief.boxes[2] = round.hidden[1].boxes[2].clone();
    // Its complaint would open the other home's box.
    let said = round.complain(3, &thief.boxes[2]);
    let shown = CompressedRistretto::from_slice(&said[..32])
        .unwrap()
        .decompress()
        .unwrap();
    let key = RistrettoPoint::mul_base(&round.secrets[2]);
    let context = [&TASK[..], &ROUND.to_le_bytes(), &round.accounts[1], &[3]].concat();
    let aad = [b"openmg/1/learn/seeds".as_slice(), &context].concat();
    let opened = sealed::open_with_shared(&shown, &key, &aad, &thief.boxes[2]).unwrap();
    assert_eq!(opened[..], round.open(1, 3));
    assert_eq!(round.check(&thief), Err("LEARN-2"));
}

#[test]
fn the_guilty_are_named_whoever_they_are() {
    let round = Round::new(4, 9);
    let seeds: Vec<Vec<u8>> = (0..9).map(|home| round.open(home, 4)).collect();
    for guilty in [
        vec![],
        vec![0],
        vec![8],
        vec![3, 4],
        vec![0, 1, 2, 5, 8],
        (0..9).collect(),
    ] {
        let mut broken = seeds.clone();
        for home in &guilty {
            broken[*home][40] ^= 1;
        }
        assert_eq!(round.guilty(4, &broken), guilty);
    }
    let mut short = seeds.clone();
    short[6].pop();
    assert_eq!(round.guilty(4, &short), [6]);
}

#[test]
fn complaints_convict_who_lies() {
    let round = Round::new(4, 1);
    let honest = &round.hidden[0].boxes[1];
    let said = round.complain(2, honest);
    assert_eq!(round.judge(2, honest, &said), Ok(false));
    for at in 0..128 {
        let mut flipped = said;
        flipped[at] ^= 1;
        assert_eq!(
            round.judge(2, honest, &flipped),
            Err("LEARN-3"),
            "byte {at}"
        );
    }
    for start in [0, 32, 64] {
        let mut identity = said;
        identity[start..start + 32].fill(0);
        assert_eq!(round.judge(2, honest, &identity), Err("LEARN-3"));
    }
    assert_eq!(round.judge(3, honest, &said), Err("LEARN-3"));
    let mut broken = honest.clone();
    broken[60] ^= 1;
    assert_eq!(
        round.judge(2, &broken, &round.complain(2, &broken)),
        Ok(true)
    );
    let key = RistrettoPoint::mul_base(&round.secrets[1]);
    let context = [&TASK[..], &ROUND.to_le_bytes(), &round.accounts[0], &[2]].concat();
    let aad = [b"openmg/1/learn/seeds".as_slice(), &context].concat();
    for plain in [vec![1; 96], round.open(0, 2)[32..].to_vec()] {
        let lie = sealed::seal(&key, &aad, &plain);
        assert_eq!(round.judge(2, &lie, &round.complain(2, &lie)), Ok(true));
    }
}
