//! What a slot's settlement costs: running sums as reports come, the accounts at the end, against whole scalars.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::VartimeMultiscalarMul;
use openmg_crypto::derive::fresh_scalar;
use openmg_crypto::group::{multiple, signed_scalar};
use openmg_crypto::settlement::{Prices, STATE, Settlement};
use openmg_crypto::sums::{Pairs, combine, report_sums};

const RUNGS: usize = 8;
const HOMES: usize = 1000;
const PRICES: Prices = Prices {
    price: 214_600,
    fee: 12_345,
    tariff: 362_105,
    feed_in: 120_000,
};

fn random_points(count: usize) -> Vec<u8> {
    let point = |_| {
        RistrettoPoint::mul_base(&fresh_scalar())
            .compress()
            .to_bytes()
    };
    (0..count).flat_map(point).collect()
}

/// A report as far as sums and settlement read it.
fn report() -> Vec<u8> {
    let mut report = vec![2; 62];
    report.extend(random_points(2 * (2 * RUNGS + 2)));
    report
}

fn accounts(c: &mut Criterion) {
    let wire: Vec<(Vec<u8>, [u8; STATE])> = (0..HOMES)
        .map(|_| (report(), random_points(7).try_into().unwrap()))
        .collect();
    let accounts: Vec<_> = wire
        .iter()
        .map(|(report, state)| (&report[..], state))
        .collect();
    let read = |(report, _): &(Vec<u8>, _)| Pairs::read(RUNGS, report).unwrap();
    let pairs: Vec<_> = wire.iter().map(read).collect();
    let pairs: Vec<_> = pairs.iter().collect();
    let mut group = c.benchmark_group("settle 1,000 accounts");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(HOMES as u64));
    let full = [(4, 65536)];
    let step = [(4, 41_234), (5, 65536 - 41_234)];
    for (name, buy, sell) in [
        ("on a step", &step[..], &step[..]),
        ("on a rung", &full, &full),
        ("short", &[(4, 41_234)], &full),
        ("void", &[], &[]),
    ] {
        let settlement = Settlement::new(RUNGS, buy, sell, PRICES).unwrap();
        group.bench_function(name, |b| {
            b.iter(|| settlement.settle(black_box(&accounts)).unwrap())
        });
    }
    group.bench_function("running sums of all reports", |b| {
        b.iter(|| report_sums(RUNGS, &[], black_box(&pairs)).unwrap())
    });
}

/// Small factors against the plain way, which costs the same for every factor.
fn factors(c: &mut Criterion) {
    let mut group = c.benchmark_group("factor");
    let point = RistrettoPoint::mul_base(&fresh_scalar());
    for factor in [65536i128, 41_234, 362_105, (1 << 37) - 12_345] {
        group.bench_function(format!("small {factor}"), |b| {
            b.iter(|| multiple(black_box(&point), factor))
        });
    }
    let scalar = signed_scalar(362_105);
    group.bench_function("whole scalar, constant time", |b| {
        b.iter(|| black_box(&point) * scalar)
    });
    group.bench_function("whole scalar, variable time", |b| {
        b.iter(|| RistrettoPoint::vartime_multiscalar_mul([scalar], [black_box(&point)]))
    });
    let encoded = point.compress();
    group.bench_function("decode", |b| b.iter(|| black_box(encoded).decompress()));
    group.bench_function("encode", |b| b.iter(|| black_box(&point).compress()));
    let coefficients: Vec<i128> = (0..24).map(|k| (k + 1) * 12_345_678).collect();
    let points = vec![point; 24];
    group.bench_function("combine 24 of 28 bits", |b| {
        b.iter(|| combine(&coefficients, black_box(&points)))
    });
}

criterion_group!(benches, accounts, factors);
criterion_main!(benches);
