//! `select 1`, one after the other.

use std::time::Instant;

use polybolos_client::Session;

use crate::report::{Report, percentile};
use crate::server::Server;

const RUNS: usize = 3_000;

pub(crate) async fn measure(report: &mut Report) {
    let here = Session::over(polybolos_engine::embedded().expect("an engine"));
    let [p50, p99] = in_task(here).await;
    report.add("select 1, in this process", format!("{p50:.3} ms p50"), "", format!("{p99:.3} ms p99"));
    let server = Server::start(&[]);
    let there = server.session().await;
    let [p50, p99] = in_task(there).await;
    report.add("select 1, over loopback", format!("{p50:.3} ms p50"), "<= 0.5 ms", format!("{p99:.3} ms p99"));
}

/// In a task of the runtime, as a service would.
async fn in_task(session: Session) -> [f64; 2] {
    tokio::spawn(async move { time(&session).await }).await.expect("the task ends")
}

async fn time(session: &Session) -> [f64; 2] {
    let mut times = Vec::with_capacity(RUNS);
    for run in 0..RUNS + 200 {
        let started = Instant::now();
        session.sql("select 1").expect("a frame").collect().await.expect("an answer");
        if run >= 200 {
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
    }
    [percentile(&mut times, 0.5), percentile(&mut times, 0.99)]
}
