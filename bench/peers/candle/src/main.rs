//! candle's VarBuilder over one VarMap in the rows of bench/micro: the only peer that shares variables by name
//! between threads. Its map has one lock.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use candle_core::{DType, Device};
use candle_nn::{init::ZERO, VarBuilder, VarMap};

const REPEATS: usize = 7;
const NAMES: usize = 10_000;
const CALLS: usize = 400_000;

fn builder(map: &VarMap) -> VarBuilder<'_> {
    VarBuilder::from_varmap(map, DType::F32, &Device::Cpu)
}

fn get(builder: &VarBuilder, name: &str) {
    black_box(builder.get_with_hints((8, 8), name, ZERO).unwrap());
}

/// Nanoseconds that each of the names takes to create.
fn create(map: &VarMap, names: &[String]) -> f64 {
    let scope = builder(map).pp("model").pp("layer_7").pp("dense");
    let start = Instant::now();
    for name in names {
        get(&scope, name);
    }
    start.elapsed().as_nanos() as f64 / names.len() as f64
}

/// Wall nanoseconds a call, all threads together, of finding names that are there.
fn find(map: &VarMap, names: &[String], threads: usize) -> f64 {
    let barrier = Barrier::new(threads + 1);
    let each = CALLS / threads;
    std::thread::scope(|workers| {
        let handles: Vec<_> = (0..threads)
            .map(|index| {
                let barrier = &barrier;
                let scope = builder(map).pp("model").pp("layer_7").pp("dense");
                workers.spawn(move || {
                    let mut at = index * names.len() / 8;
                    barrier.wait();
                    for _ in 0..each {
                        at = (at + 7919) % names.len();
                        get(&scope, &names[at]);
                    }
                })
            })
            .collect();
        barrier.wait();
        let start = Instant::now();
        for handle in handles {
            handle.join().unwrap();
        }
        start.elapsed().as_nanos() as f64 / (each * threads) as f64
    })
}

fn json(id: &str, what: &str, mut values: Vec<f64>) -> String {
    values.sort_by(|a, b| a.total_cmp(b));
    format!(
        "{{\"id\": \"{id}\", \"unit\": \"ns\", \"median\": {:.3}, \"least\": {:.3}, \"most\": {:.3}, \"what\": \"{what}\"}}",
        values[values.len() / 2],
        values[0],
        values[values.len() - 1]
    )
}

fn main() {
    let names: Vec<String> = (0..NAMES).map(|i| format!("kernel_{i}")).collect();
    let mut map = VarMap::new();
    let mut created = vec![];
    for _ in 0..REPEATS {
        map = VarMap::new();
        created.push(create(&map, &names));
    }
    let mut rows = vec![json("created", "a variable of zeros, 10,000 names", created)];
    for threads in [1, 2, 4, 8] {
        let found = (0..REPEATS).map(|_| find(&map, &names, threads)).collect::<Vec<_>>();
        if threads == 1 {
            rows.push(json("found.1e4", "a variable that is there, 10,000 names", found.clone()));
        }
        rows.push(json(
            &format!("found.1e4.t{threads}"),
            &format!("the same from {threads} threads: wall time a call"),
            found,
        ));
    }
    println!("[\n {}\n]", rows.join(",\n "));
}
