//! TPC-H, 22 queries: through the server against the same engine in this process, with the Python peers beside them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use polybolos_client::Session;
use polybolos_integration_tests::tpch::{Tables, query};
use serde::Deserialize;

use crate::report::{Report, geometric_mean, percentile};
use crate::server::Server;

pub(crate) async fn measure(report: &mut Report, data: &Path, rounds: usize, peers: bool) {
    let here = Session::over(polybolos_engine::embedded().expect("an engine"));
    let server = Server::start(&[data]);
    let there = server.session().await;
    let (embedded, served) = (Tables::read(&here, data).expect("tables"), Tables::read(&there, data).expect("tables"));
    let mut times = BTreeMap::new();
    for number in 1..=22 {
        let (mut local, mut remote) = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            let (a, b) = (time(number, &embedded).await, time(number, &served).await);
            if round > 0 {
                local.push(a);
                remote.push(b);
            }
        }
        times.insert(number, (percentile(&mut local, 0.5), percentile(&mut remote, 0.5)));
    }
    let tax = geometric_mean(times.values().map(|(local, remote)| remote / local));
    let sum: f64 = times.values().map(|(local, _)| local).sum();
    report.add(
        "TPC-H, through the server / in process",
        format!("{tax:.3}"),
        "<= 1.03",
        format!("geometric mean of 22; sum in process {sum:.2} s"),
    );
    let slowest = times.iter().map(|(number, (local, remote))| (remote / local, number)).max_by(|a, b| a.0.total_cmp(&b.0));
    report.add("  worst query of that", slowest.map_or_else(String::new, |(ratio, number)| format!("{ratio:.2} (q{number})")), "", "");
    if peers {
        for engine in ["duckdb", "datafusion"] {
            compare(report, data, rounds, engine, &times);
        }
    }
}

async fn time(number: usize, tables: &Tables) -> f64 {
    let frame = query(number, tables).expect("a frame");
    let started = Instant::now();
    frame.collect().await.expect("an answer");
    started.elapsed().as_secs_f64()
}

#[derive(Deserialize)]
struct PeerTime {
    query: usize,
    seconds: Vec<f64>,
}

/// Runs the peer in a process of its own, and sets our times against its.
fn compare(report: &mut Report, data: &Path, rounds: usize, engine: &str, ours: &BTreeMap<usize, (f64, f64)>) {
    let python = std::env::var("POLYBOLOS_PYTHON").unwrap_or_else(|_| ".venv/bin/python".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers.py");
    let output = Command::new(&python).arg(script).arg(data).args([engine, &rounds.to_string()]).stderr(Stdio::inherit()).output();
    let lines = match output {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout).expect("UTF-8"),
        _ => return report.add(format!("TPC-H against {engine}"), "-", "", format!("{python} cannot run it")),
    };
    let theirs: BTreeMap<usize, f64> = lines
        .lines()
        .map(|line| serde_json::from_str::<PeerTime>(line).expect("a line of peers.py"))
        .map(|mut time| (time.query, percentile(&mut time.seconds, 0.5)))
        .collect();
    let ratio = |pick: fn(&(f64, f64)) -> f64| geometric_mean(theirs.iter().map(|(number, theirs)| pick(&ours[number]) / theirs));
    let (local, remote) = (ratio(|times| times.0), ratio(|times| times.1));
    let sum: f64 = theirs.values().sum();
    report.add(
        format!("TPC-H, in process / {engine}"),
        format!("{local:.3}"),
        "",
        format!("through the server {remote:.3}; its sum {sum:.2} s"),
    );
}
