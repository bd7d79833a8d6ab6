//! What a report costs: to prove, to verify alone and in batches, on one core and on all, in bytes.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use openmg_crypto::meter::Reading;
use openmg_crypto::report::testing::account_seed;
use openmg_crypto::report::{Accepted, Item, Request, Statement};
use openmg_crypto::{group, signature};
use rayon::ThreadPool;

const CHAIN: [u8; 32] = [7; 32];
const LEVELS: [u64; 8] = [
    120_000, 135_000, 151_018, 185_000, 220_000, 257_632, 310_000, 362_105,
];
const FEE: u64 = 5_000;
const BALANCE: i128 = 1 << 50;
const METER: [u8; 32] = [9; 32];
const SEED: [u8; 32] = [3; 32];
const SLOT: u64 = 1000;

struct Home {
    statement: Statement,
    epoch_key: RistrettoPoint,
    account: [u8; 32],
    blinding: [Scalar; 1],
    opening: [u8; 32],
    meter_signature: [u8; 64],
}

impl Home {
    fn new() -> Self {
        let epoch_key = RistrettoPoint::mul_base(&Scalar::from(90u8));
        let encoded = epoch_key.compress().to_bytes();
        let account = signature::public_key(&account_seed(&SEED));
        let reading = Reading {
            chain: &CHAIN,
            account: &account,
            slot: SLOT,
            epoch_key: &encoded,
        };
        let (opening, meter_signature) = reading.sign(&METER, 5_000, 0).expect("a small reading");
        let statement =
            Statement::new(CHAIN, &[encoded], &LEVELS, FEE).expect("a ladder and a key");
        Self {
            statement,
            epoch_key,
            account,
            blinding: [Scalar::from(70u8)],
            opening: *opening,
            meter_signature,
        }
    }

    fn prove(&self) -> Vec<u8> {
        let request = Request {
            seed: &SEED,
            account: &self.account,
            slot: SLOT,
            version: 4,
            checkpoint: 990,
            epoch: 2,
            base_value: BALANCE,
            base_blindings: &self.blinding,
            opening: &self.opening,
            imported: 5_000,
            exported: 0,
            meter_signature: &self.meter_signature,
            buy: &[4_000, 3_900, 3_000, 2_000, 1_500, 900, 10, 0],
            sell: &[0; 8],
        };
        self.statement.prove(&request).expect("a true request")
    }

    fn base(&self) -> [u8; 32] {
        let value = group::signed_scalar(BALANCE);
        group::commit(&value, &self.blinding[0], &self.epoch_key)
            .compress()
            .to_bytes()
    }
}

/// A way to verify reports.
type Verify = fn(&Statement, &[Item]) -> Vec<openmg_crypto::Result<Accepted>>;

/// Our verifier and the library's in turn, so that both find the machine in the same mood.
const VERIFIERS: [(&str, Verify); 2] = [
    ("verify", Statement::verify),
    ("verify by library", Statement::verify_by_library),
];

fn verifiers(
    group: &mut BenchmarkGroup<WallTime>,
    one_core: &ThreadPool,
    statement: &Statement,
    items: &[Item],
) {
    for (_, verify) in VERIFIERS {
        assert!(verify(statement, &items[..64]).iter().all(Result::is_ok));
    }
    for count in [1, 16, 64, 256, 1024] {
        let items = &items[..count];
        group.throughput(Throughput::Elements(count as u64));
        for (name, verify) in VERIFIERS {
            let mut bench = |cores, run: &dyn Fn()| {
                let id = BenchmarkId::new(format!("{name}, {cores}"), count);
                group.bench_function(id, |bencher| bencher.iter(run));
            };
            let run = || drop(black_box(verify(statement, black_box(items))));
            bench("one core", &|| one_core.install(run));
            bench("all cores", &run);
        }
    }
}

fn reports(criterion: &mut Criterion) {
    let home = Home::new();
    println!("a report is {} bytes", home.statement.layout().len());
    let one_core = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a thread");
    let mut group = criterion.benchmark_group("report");
    group.sample_size(20);
    group.bench_function("prove", |bencher| bencher.iter(|| home.prove()));

    let (base, meter) = (home.base(), signature::public_key(&METER));
    let txs: Vec<_> = (0..64).map(|_| home.prove()).collect();
    // A verifier remembers nothing: the same reports again cost as much as others.
    let items: Vec<_> = txs
        .iter()
        .cycle()
        .take(1024)
        .map(|tx| Item {
            tx,
            base: &base,
            meter: &meter,
        })
        .collect();
    verifiers(&mut group, &one_core, &home.statement, &items);
    group.finish();
}

criterion_group!(benches, reports);
criterion_main!(benches);
