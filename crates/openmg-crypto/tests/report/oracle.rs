//! Our verifier and the library's say the same, of whatever can be sent.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use openmg_crypto::report::testing::{digest, vanish};
use openmg_crypto::transcript::Transcript;

use crate::homes::Home;

/// Small numbers and big ones from a seed.
struct Dice(Transcript);

impl Dice {
    fn new(seed: u64) -> Self {
        let mut transcript = Transcript::new("openmg/1/test/oracle");
        transcript.u64("seed", seed);
        Self(transcript)
    }

    fn below(&mut self, limit: usize) -> usize {
        u64::from_le_bytes(self.0.challenge("number")) as usize % limit
    }

    fn scalar(&mut self) -> Scalar {
        self.0.scalar("scalar")
    }
}

/// Where each point and each scalar is that no meter signed, so that a change reaches the proofs.
fn elements(home: &Home) -> (Vec<usize>, Vec<usize>) {
    let layout = home.statement.layout();
    let every = |range: std::ops::Range<usize>| range.step_by(32);
    let ladder = layout.pair_bytes().start..layout.pair_bytes().end - 128;
    let proof = layout.range_proof().start + 1;
    let points = every(ladder)
        .chain(every(layout.limbs()))
        .chain(every(layout.announcements()))
        .chain(every(proof + 32..proof + 128))
        .chain(every(proof + 192..layout.range_proof().end));
    let scalars = every(layout.responses()).chain([proof, proof + 128, proof + 160]);
    (points.collect(), scalars.collect())
}

/// Changes one thing so that it still decodes, and signs anew.
fn mutate(home: &Home, tx: &mut [u8], dice: &mut Dice) {
    let (points, scalars) = elements(home);
    let (at, other) = (
        points[dice.below(points.len())],
        points[dice.below(points.len())],
    );
    let scalar = scalars[dice.below(scalars.len())];
    match dice.below(6) {
        0 => {
            let point = RistrettoPoint::mul_base(&dice.scalar());
            tx[at..at + 32].copy_from_slice(point.compress().as_bytes());
        }
        1 => {
            let (first, second) = (element(tx, at), element(tx, other));
            tx[at..at + 32].copy_from_slice(&second);
            tx[other..other + 32].copy_from_slice(&first);
        }
        2 => tx[scalar..scalar + 32].copy_from_slice(dice.scalar().as_bytes()),
        3 => shift(tx, scalar, Scalar::ONE),
        // What the transcript absorbs: version, checkpoint or epoch.
        4 => tx[41 + dice.below(20)] ^= 1 << dice.below(8),
        _ => tx[at + dice.below(32)] ^= 1 << dice.below(8),
    }
    home.sign_again(tx);
}

fn element(tx: &[u8], at: usize) -> [u8; 32] {
    tx[at..at + 32].try_into().unwrap()
}

/// Adds to a scalar.
fn shift(tx: &mut [u8], at: usize, by: Scalar) {
    let scalar = Scalar::from_canonical_bytes(element(tx, at)).unwrap() + by;
    tx[at..at + 32].copy_from_slice(scalar.as_bytes());
}

/// Batches of every size and of every share of changed reports.
fn compare_mutated(count: usize) {
    let home = Home::new(8, 2);
    let (honest, base) = (home.prove().unwrap(), home.base().compress().to_bytes());
    let mut dice = Dice::new(count as u64);
    let (mut mutated, mut refused) = (0, 0);
    while mutated < count {
        let (size, share) = (1 + dice.below(40), 1 + dice.below(4));
        let mut txs = vec![honest.clone(); size];
        for tx in txs.iter_mut().step_by(share) {
            mutate(&home, tx, &mut dice);
            mutated += 1;
        }
        let reports: Vec<_> = txs.iter().map(|tx| (tx.as_slice(), base)).collect();
        let verdicts = home.verdicts(&reports);
        for (tx, verdict) in txs.iter().zip(&verdicts) {
            assert_eq!(verdict.is_ok(), *tx == honest);
        }
        refused += verdicts.iter().filter(|verdict| verdict.is_err()).count();
    }
    assert!(refused * 10 > mutated * 9);
}

#[test]
fn mutated_reports_have_the_librarys_verdict() {
    compare_mutated(200);
}

#[test]
#[ignore = "minutes"]
fn ten_thousand_mutated_reports_have_the_librarys_verdict() {
    compare_mutated(10_000);
}

/// One bit of every `step`th byte, signed anew and not.
fn compare_flipped(home: &Home, step: usize) {
    let (honest, base) = (home.prove().unwrap(), home.base().compress().to_bytes());
    let flips: Vec<_> = (0..honest.len()).step_by(step).collect();
    for flips in flips.chunks(16) {
        let mut txs = vec![honest.clone()];
        for at in flips {
            let mut tx = honest.clone();
            tx[*at] ^= 1 << (at % 8);
            txs.push(tx.clone());
            home.sign_again(&mut tx);
            txs.push(tx);
        }
        let reports: Vec<_> = txs.iter().map(|tx| (tx.as_slice(), base)).collect();
        let verdicts = home.verdicts(&reports);
        for (tx, verdict) in txs.iter().zip(verdicts) {
            // The memo is signed but not looked into, so a change that is signed anew is another report.
            let layout = home.statement.layout();
            let same = tx[..layout.memo().start] == honest[..layout.memo().start];
            let signed = tx[layout.signature()] != honest[layout.signature()] || *tx == honest;
            assert!(verdict.is_err() || same && signed);
        }
    }
}

#[test]
fn flipped_bits_have_the_librarys_verdict() {
    compare_flipped(&Home::new(8, 1), 41);
}

#[test]
#[ignore = "minutes"]
fn every_flipped_byte_has_the_librarys_verdict() {
    for (rungs, bases) in [(8, 1), (1, 3), (12, 2)] {
        compare_flipped(&Home::new(rungs, bases), 1);
    }
}

#[test]
fn two_wrongs_that_would_cancel_are_both_refused() {
    let home = Home::new(8, 1);
    let (honest, base) = (home.prove().unwrap(), home.base().compress().to_bytes());
    let d_1 = home.statement.layout().range_proof().start + 1;
    let (mut more, mut less) = (honest.clone(), honest.clone());
    shift(&mut more, d_1, Scalar::ONE);
    shift(&mut less, d_1, -Scalar::ONE);
    for tx in [&mut more, &mut less] {
        home.sign_again(tx);
    }
    let reports = [&more, &honest, &less].map(|tx| (tx.as_slice(), base));
    let mut weights = [Scalar::ONE; 12];
    assert!(vanish(&home.statement, &reports, &weights), "equal weights");
    weights[11] = Scalar::from(2u8);
    assert!(!vanish(&home.statement, &reports, &weights));
    assert!(!vanish(&home.statement, &reports[..2], &weights[..8]));
    let verdicts = home.verdicts(&reports);
    assert!(verdicts[0].is_err() && verdicts[1].is_ok() && verdicts[2].is_err());
}

#[test]
fn each_equation_alone_is_wrong_where_it_is() {
    let home = Home::new(8, 1);
    let honest = home.prove().unwrap();
    let base = home.base().compress().to_bytes();
    let alone = |tx: &[u8], equation: usize| {
        let weights: [_; 4] = std::array::from_fn(|k| Scalar::from(u64::from(k == equation)));
        vanish(&home.statement, &[(tx, base)], &weights)
    };
    let wrong = |tx: &[u8]| (0..4).filter(|k| !alone(tx, *k)).collect::<Vec<_>>();
    assert!(wrong(&honest).is_empty());
    let layout = home.statement.layout();
    let z = layout.responses().start;
    // The range proof's challenges follow the responses, so it fails with them.
    let cases: [(usize, &[usize]); 4] = [
        (z, &[0, 1, 3]),
        (z + 32, &[1, 3]),
        (z + 64, &[2, 3]),
        (layout.range_proof().start + 1, &[3]),
    ];
    for (at, expected) in cases {
        let mut tx = honest.clone();
        shift(&mut tx, at, Scalar::ONE);
        assert_eq!(wrong(&tx), expected, "byte {at}");
    }
}

#[test]
fn the_weights_follow_from_every_element_of_every_proof() {
    let home = Home::new(3, 2);
    let (honest, base) = (home.prove().unwrap(), home.base().compress().to_bytes());
    let expected = digest(&home.statement, (&honest, base));
    let mut dice = Dice::new(0);
    let (points, scalars) = elements(&home);
    assert_eq!((points.len(), scalars.len()), (2 * 6 + 4 + 3 + 21, 4 + 3));
    for at in points {
        let mut tx = honest.clone();
        let point = RistrettoPoint::mul_base(&dice.scalar());
        tx[at..at + 32].copy_from_slice(point.compress().as_bytes());
        assert_ne!(digest(&home.statement, (&tx, base)), expected, "byte {at}");
    }
    for at in scalars {
        let mut tx = honest.clone();
        shift(&mut tx, at, Scalar::ONE);
        assert_ne!(digest(&home.statement, (&tx, base)), expected, "byte {at}");
    }
    let richer = RistrettoPoint::mul_base(&dice.scalar()).compress();
    assert_ne!(
        digest(&home.statement, (&honest, richer.to_bytes())),
        expected
    );
}
