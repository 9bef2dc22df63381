//! A tiny aggregate over a 25-row Parquet file, from four clients at once.

use std::path::Path;
use std::time::{Duration, Instant};

use polybolos_client::functions::{count, max};
use polybolos_client::{DataFrame, Session};

use crate::report::Report;
use crate::server::Server;

const CLIENTS: usize = 4;
const SECONDS: u64 = 5;

pub(crate) async fn measure(report: &mut Report, data: &Path) {
    let nations = format!("{}/nation/*.parquet", data.display());
    let here = Session::over(polybolos_engine::embedded().expect("an engine"));
    let sessions = vec![here; CLIENTS];
    let embedded = rate(&sessions, &nations).await;
    report.add("tiny aggregate, 4 callers in this process", format!("{embedded:.0}/s"), "", "");
    let server = Server::start(&[data]);
    let mut sessions = Vec::new();
    for _ in 0..CLIENTS {
        sessions.push(server.session().await);
    }
    let served = rate(&sessions, &nations).await;
    report.add(
        "tiny aggregate, 4 clients over loopback",
        format!("{served:.0}/s"),
        ">= 1200/s",
        format!("{:.2} of in process", served / embedded),
    );
}

async fn rate(sessions: &[Session], nations: &str) -> f64 {
    let frames = sessions.iter().map(|session| query(session, nations));
    let clients: Vec<_> = frames.map(|frame| tokio::spawn(run_for(frame, Duration::from_secs(SECONDS)))).collect();
    let mut queries = 0;
    for client in clients {
        queries += client.await.expect("a client");
    }
    queries as f64 / SECONDS as f64
}

fn query(session: &Session, nations: &str) -> DataFrame {
    let frame = session.read_parquet(nations).and_then(|nations| nations.group_by("n_regionkey"));
    frame.and_then(|grouped| grouped.agg((count(()).alias("n"), max("n_name").alias("last")))).expect("a frame")
}

async fn run_for(frame: DataFrame, duration: Duration) -> usize {
    for _ in 0..20 {
        frame.collect().await.expect("an answer");
    }
    let (started, mut queries) = (Instant::now(), 0);
    while started.elapsed() < duration {
        frame.collect().await.expect("an answer");
        queries += 1;
    }
    queries
}
