//! What a round of learning costs: a home, a holder, the chain; 2,000 values are 400 words.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use curve25519_dalek::ristretto::RistrettoPoint;
use openmg_crypto::derive::fresh_scalar;
use openmg_crypto::learning::{
    Client, Committee, Place, check_hidden, check_mask_sum, check_seeds, gaussian, hide,
    open_seeds, sum_masks,
};

const TASK: [u8; 32] = [7; 32];
const WORDS: usize = 400;
const HOMES: usize = 100;

/// One home hides, everybody checks; holder 1 checks a hundred homes and gives its sums; the chain checks these.
fn round(c: &mut Criterion) {
    let mut group = c.benchmark_group("learning");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(5));
    for members in [4, 7] {
        let committee = Committee::new(members).unwrap();
        let secret = fresh_scalar();
        let key = RistrettoPoint::mul_base(&secret).compress().0;
        let keys = vec![Some(key); usize::from(members)];
        let accounts: Vec<[u8; 32]> = (0..HOMES as u8).map(|home| [home; 32]).collect();
        let place = |account| Place {
            task: &TASK,
            round: 1,
            account,
        };
        let packed = vec![5; 20 * WORDS];
        let hidden: Vec<_> = accounts
            .iter()
            .map(|account| hide(&place(account), committee, &packed, &keys, &[9; 32]).unwrap())
            .collect();
        let seeds: Vec<_> = accounts
            .iter()
            .zip(&hidden)
            .map(|(account, hidden)| {
                open_seeds(&secret, &place(account), committee, 1, &hidden.boxes[0]).unwrap()
            })
            .collect();
        let points: Vec<&[u8]> = hidden
            .iter()
            .map(|hidden| hidden.commitments.as_flattened())
            .collect();
        let clients: Vec<_> = accounts
            .iter()
            .zip(&seeds)
            .zip(&points)
            .map(|((account, seeds), commitments)| Client {
                account,
                seeds,
                commitments,
            })
            .collect();
        let id = |what| BenchmarkId::new(what, members);
        let first = place(&accounts[0]);
        group.bench_function(id("hide 2,000 values"), |b| {
            b.iter(|| hide(&first, committee, &packed, &keys, &[9; 32]).unwrap())
        });
        group.bench_function(id("check one hidden vector"), |b| {
            b.iter(|| check_hidden(&first, committee, &keys, &hidden[0]).unwrap())
        });
        group.bench_function(id("check seeds of 100 homes"), |b| {
            b.iter(|| check_seeds(&TASK, 1, committee, 1, &clients, WORDS).unwrap())
        });
        let held = committee.held_by(1).unwrap();
        let subsets = held.iter().fold(0, |set, subset| set | 1u64 << subset);
        let summed: Vec<_> = clients.iter().map(|c| (c.account, c.seeds)).collect();
        let sum = || sum_masks(&TASK, 1, committee, 1, &summed, subsets, WORDS).unwrap();
        group.bench_function(id("sum masks of 100 homes"), |b| b.iter(sum));
        let (masks, blinding) = sum();
        group.bench_function(id("check that sum"), |b| {
            b.iter(|| check_mask_sum(&masks, &blinding, committee, &points, subsets).unwrap())
        });
    }
    group.bench_function("20,000 samples of noise", |b| {
        b.iter(|| gaussian::noise(&[1; 32], 1 << 24, 20_000))
    });
}

criterion_group!(benches, round);
criterion_main!(benches);
