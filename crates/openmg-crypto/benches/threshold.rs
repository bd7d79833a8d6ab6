//! What the threshold key costs: a generation, a step's shares, opening a sum.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use openmg_crypto::derive::fresh_scalar;
use openmg_crypto::dlog::DiscreteLog;
use openmg_crypto::group::{generator, signed_scalar};
use openmg_crypto::key::Generation;
use openmg_crypto::share::{Step, Sum, remainder};

const CHAIN: [u8; 32] = [7; 32];
const SUMS: usize = 8;

fn random_point() -> [u8; 32] {
    RistrettoPoint::mul_base(&fresh_scalar()).compress().0
}

/// One dealer's work and what the chain and a recipient check, for n authorities.
fn key(c: &mut Criterion) {
    let mut group = c.benchmark_group("key");
    for n in [4, 7, 10] {
        let place = Generation {
            chain: &CHAIN,
            epoch: 1,
            attempt: 0,
            authorities: n,
            threshold: 2 * n / 3 + 1,
        };
        let secret = fresh_scalar();
        let public = RistrettoPoint::mul_base(&secret).compress().0;
        let ephemerals = vec![public; n as usize];
        let deal = place.deal(1, &ephemerals).unwrap().0;
        let deals = vec![&deal[..]; n as usize];
        let id = |what| BenchmarkId::new(what, n);
        group.bench_function(id("deal"), |b| b.iter(|| place.deal(1, &ephemerals)));
        group.bench_function(id("check one deal"), |b| {
            b.iter(|| place.check_deal(1, &public, &deal).unwrap())
        });
        group.bench_function(id("open one share"), |b| {
            b.iter(|| place.open_share(1, 2, &secret, &deal).unwrap())
        });
        group.bench_function(id("key of all deals"), |b| {
            b.iter(|| Generation::key(n, place.threshold, &deals).unwrap())
        });
    }
}

/// A step of eight sums: one authority's share, its check, and one sum's combination for t = 7.
fn share(c: &mut Criterion) {
    let mut group = c.benchmark_group("share");
    let points: Vec<[[u8; 32]; 2]> = (0..SUMS)
        .map(|_| [random_point(), random_point()])
        .collect();
    let sums: Vec<Sum> = points
        .iter()
        .map(|[randomness, commitment]| Sum {
            functional: b"D\x01",
            randomness,
            commitment,
        })
        .collect();
    let step = Step {
        chain: &CHAIN,
        epoch: 1,
        subject: &[0; 13],
        sums: &sums,
    };
    let secret = fresh_scalar();
    let key = RistrettoPoint::mul_base(&secret).compress().0;
    let share = step.share(&secret).unwrap();
    group.bench_function("make for 8 sums", |b| {
        b.iter(|| step.share(&secret).unwrap())
    });
    group.bench_function("check for 8 sums", |b| {
        b.iter(|| step.check(&key, &share).unwrap())
    });
    let indices = [1, 2, 3, 4, 5, 6, 7];
    let shares = indices.map(|_| random_point());
    group.bench_function("combine 7", |b| {
        b.iter(|| remainder(&points[0][1], &indices, &shares).unwrap())
    });
}

/// Logarithms of sums: of fourteen homes, a thousand homes, a day's total.
fn logarithm(c: &mut Criterion) {
    let mut group = c.benchmark_group("logarithm");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(3));
    for bits in [16, 18, 20] {
        group.bench_function(BenchmarkId::new("table", bits), |b| {
            b.iter(|| DiscreteLog::new(bits))
        });
    }
    let table = DiscreteLog::new(18);
    for bits in [16, 26, 33, 38] {
        let value = -(1i128 << bits) + 12_345;
        let point = generator() * signed_scalar(value);
        let solve = || table.solve(black_box(&point), 1 << 62).unwrap();
        group.bench_function(BenchmarkId::new("solve, bits", bits), |b| b.iter(solve));
    }
    let zero = generator() * Scalar::ZERO;
    group.bench_function("solve zero", |b| {
        b.iter(|| table.solve(black_box(&zero), 1 << 62))
    });
}

criterion_group!(benches, key, share, logarithm);
criterion_main!(benches);
