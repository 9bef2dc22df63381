//! `make bench`: what the platform costs, as ratios against a peer measured in the same run.
//!
//! Each module measures one thing and answers rows of a table; nothing here is a test, and no number is compared with one of
//! another day. Run one alone with its name: `cargo run --release -p polybolos-benchmarks -- latency`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod concurrency;
mod data;
mod figures;
mod jvm;
mod latency;
mod plans;
mod python;
mod report;
mod server;
mod slow_reader;
mod startup;
mod tpch;
mod transfer;
mod wire;

use clap::{Parser, ValueEnum};

use report::Report;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Plans,
    Startup,
    Latency,
    Concurrency,
    Transfer,
    Wire,
    SlowReader,
    Tpch,
    Python,
    Jvm,
}

#[derive(Debug, Parser)]
struct Arguments {
    /// Parts to run [default: all]
    parts: Vec<Part>,
    /// Scale factor of the TPC-H data
    #[arg(long, default_value_t = 1.0)]
    scale_factor: f64,
    /// Timed runs of each TPC-H query, after one that is not counted
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Leave out the Python peers
    #[arg(long)]
    no_peers: bool,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let parts = if arguments.parts.is_empty() { Part::value_variants().to_vec() } else { arguments.parts.clone() };
    let data = data::tpch(arguments.scale_factor);
    let mut report = Report::default();
    for part in parts {
        eprintln!("measuring {part:?}");
        match part {
            Part::Plans => plans::measure(&mut report),
            Part::Startup => startup::measure(&mut report).await,
            Part::Latency => latency::measure(&mut report).await,
            Part::Concurrency => concurrency::measure(&mut report, &data).await,
            Part::Transfer => transfer::measure(&mut report, &data).await,
            Part::Wire => wire::measure(&mut report, &data).await,
            Part::SlowReader => slow_reader::measure(&mut report, &data).await,
            Part::Python => python::measure(&mut report, &data, arguments.rounds),
            Part::Jvm => jvm::measure(&mut report, &data, arguments.rounds),
            Part::Tpch => tpch::measure(&mut report, &data, arguments.rounds, !arguments.no_peers).await,
        }
    }
    report.print();
}
