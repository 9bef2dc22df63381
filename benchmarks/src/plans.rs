//! Decoding and validating large plans.

use std::time::Instant;

use polybolos_client::{Session, col};
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::{CheckedPlan, encode};

use crate::report::{Report, percentile};

pub(crate) fn measure(report: &mut Report) {
    let mut per_relation = Vec::new();
    for relations in [100, 1_000, 10_000] {
        let bytes = chain(relations);
        let limits = PlanLimits::default();
        let mut times: Vec<f64> = (0..21).map(|_| time(&bytes, &limits)).collect();
        let millis = percentile(&mut times, 0.5) * 1e3;
        per_relation.push(millis * 1e6 / relations as f64);
        let goal = if relations == 10_000 { "<= 10 ms" } else { "" };
        report.add(
            format!("plan of {relations} relations, decode + validate"),
            format!("{millis:.2} ms"),
            goal,
            format!("{} bytes", bytes.len()),
        );
    }
    let growth = per_relation[2] / per_relation[0];
    report.add("time a relation, 10 000 over 100", format!("{growth:.2}"), "about 1: linear", "");
}

fn time(bytes: &[u8], limits: &PlanLimits) -> f64 {
    let started = Instant::now();
    CheckedPlan::decode(bytes, limits).expect("a valid plan");
    started.elapsed().as_secs_f64()
}

/// A scan under filters.
fn chain(relations: usize) -> Vec<u8> {
    let mut frame = Session::detached().table("t").expect("a frame");
    for step in 1..relations {
        frame = frame.filter(col("x").gt(step as i64)).expect("a frame");
    }
    encode::plan(frame.plan().expect("a plan").plan())
}
