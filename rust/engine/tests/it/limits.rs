//! Limits: a query that reaches one ends with its code, soon, and the others go on.

use std::time::{Duration, Instant};

use futures::StreamExt;
use polybolos_engine::EngineLimits;
use polybolos_protocol::Code;
use polybolos_protocol::wire::flight::{CancelOutcome, QueryState};

use crate::harness::{Bench, collect, request, rows, sql_plan, start, until};

const ENDLESS: [&str; 4] = [
    "select count(*) from generate_series(1, 300000) a, generate_series(1, 300000) b, generate_series(1, 300000) c",
    "select count(*) from generate_series(1, 3000000) a(x) join generate_series(1, 3000000) b(y) on a.x + b.y < 0",
    "select sum(a.x % b.y) from generate_series(1, 3000000) a(x), generate_series(1, 3000000) b(y)",
    "with recursive r(n) as (select 1 union all select n + 1 from r where n > 0) select count(*) from r",
];

fn unlimited() -> EngineLimits {
    EngineLimits { product_rows: None, ..Default::default() }
}

/// Seconds of processor time that this process has used.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_queries_are_cancelled_within_three_seconds() {
    for text in ENDLESS {
        let bench = Bench::with(|builder| builder.with_limits(unlimited()));
        let mut asked = request(sql_plan(text));
        asked.operation_id = "5b2c5a66-6a37-4f43-9d6c-00000000000a".to_owned();
        let stream = bench.session.execute(asked).await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let cancelled = Instant::now();
        assert_eq!(bench.session.cancel("5b2c5a66-6a37-4f43-9d6c-00000000000a").await.unwrap(), CancelOutcome::Cancelled, "{text}");
        assert_eq!(collect(stream).await.unwrap_err().code(), Code::Cancelled, "{text}");
        assert!(cancelled.elapsed() < Duration::from_secs(3), "{text}: {:?}", cancelled.elapsed());
        assert_eq!(bench.session.queries(true).await.unwrap().last().unwrap().state(), QueryState::Cancelled);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_stream_stops_its_query() {
    let bench = Bench::with(|builder| builder.with_limits(unlimited()));
    let stream = start(&bench.session, sql_plan(ENDLESS[0])).await.unwrap();
    let engine = bench.engine.clone();
    drop(stream);
    let session = engine.session("tester", &[]).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while session.queries(false).await.unwrap().iter().any(|query| query.state() == QueryState::Running) {
        assert!(Instant::now() < deadline, "the query still runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // All of its tasks have ended: nothing burns the processor (other tests of this process may).
    let _ = processor_seconds();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_ends_a_query() {
    let bench = Bench::with(|builder| builder.with_limits(EngineLimits { query_time: Some(Duration::from_millis(300)), ..unlimited() }));
    for text in ENDLESS {
        let began = Instant::now();
        let error = bench.sql_error(text).await;
        assert_eq!(error.code(), Code::DeadlineExceeded, "{text}: {error}");
        assert!(began.elapsed() < Duration::from_secs(5), "{text}: {:?}", began.elapsed());
        assert!(error.query_id().is_some());
    }
    bench.session.set_options(vec![("query_timeout_ms".to_owned(), "100".to_owned())]).await.unwrap();
    assert!(bench.sql_error(ENDLESS[0]).await.message().contains("100 ms"));
}

#[tokio::test]
async fn a_product_without_a_condition_is_refused_by_its_estimate() {
    let bench = Bench::with(|builder| builder.with_limits(EngineLimits { product_rows: Some(1_000_000), ..Default::default() }));
    bench.run("create table t as select * from generate_series(1, 10000) t(n)").await.unwrap();
    let error = bench.sql_error("select sum(a.n * b.n) from t a, t b").await;
    assert_eq!(error.code(), Code::LimitExceeded, "{error}");
    assert!(error.message().contains("100000000 rows"), "{error}");
    assert!(bench.sql("select count(*) from t a join t b on a.n = b.n").await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_over_its_memory_fails_by_name_and_the_others_finish() {
    let limits = EngineLimits { query_memory_share: 0.25, query_spill_bytes: 1 << 20, ..Default::default() };
    let bench = Bench::with(|builder| builder.with_limits(limits).with_memory_bytes(64 << 20));
    let hog = "select count(*) from (select n % 4000000 as k, count(*) as c, max('padding ' || n) as m from generate_series(1, 4000000) t(n) group by 1)";
    let (hogged, others) = tokio::join!(bench.sql(hog), async {
        let mut answers = Vec::new();
        for _ in 0..8 {
            answers.push(bench.sql("select sum(n) as s from generate_series(1, 100000) t(n)").await);
        }
        answers
    });
    let error = hogged.unwrap_err();
    assert_eq!(error.code(), Code::ResourcesExhausted, "{error}");
    assert!(error.retryable());
    for answer in others {
        assert!(answer.unwrap().contains("5000050000"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sort_larger_than_memory_spills_and_leaves_nothing() {
    let spill = tempfile::tempdir().unwrap();
    let bench = Bench::with(|builder| builder.with_memory_bytes(40 << 20).with_spill_dir(spill.path()));
    let stream = start(&bench.session, sql_plan("select n, repeat('x', 40) || n as s from generate_series(1, 800000) t(n) order by s"))
        .await
        .unwrap();
    let query = stream.query();
    let rows: usize = collect(stream).await.unwrap().iter().map(arrow::array::RecordBatch::num_rows).sum();
    assert_eq!(rows, 800_000);
    assert!(query.trailer().unwrap().nodes[0].spilled_bytes > 0);
    drop(query);
    until("spill files are gone", || files_below(spill.path()) == 0).await;
}

fn files_below(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.flatten().map(|entry| if entry.path().is_dir() { files_below(&entry.path()) } else { 1 }).sum()
}

#[tokio::test]
async fn results_are_capped_by_rows_and_bytes() {
    let bench = Bench::with(|builder| builder.with_limits(EngineLimits { result_rows: Some(1_000), ..Default::default() }));
    assert!(bench.sql("select * from generate_series(1, 1000) t(n)").await.is_ok());
    assert_eq!(bench.sql_error("select * from generate_series(1, 1001) t(n)").await.code(), Code::LimitExceeded);
    let bench = Bench::with(|builder| builder.with_limits(EngineLimits { result_bytes: Some(10_000), ..Default::default() }));
    assert_eq!(bench.sql_error("select * from generate_series(1, 100000) t(n)").await.code(), Code::LimitExceeded);
}

#[tokio::test]
async fn a_scan_of_too_many_files_is_refused() {
    let bench = Bench::with(|builder| builder.with_limits(EngineLimits { scan_files: 3, ..Default::default() }));
    for n in 0..4 {
        bench.file(&format!("t/{n}.csv"), "a\n1\n");
    }
    assert_eq!(bench.sql_error("select * from 't/*.csv'").await.code(), Code::LimitExceeded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_holds_the_query_back() {
    let bench = Bench::new();
    let mut stream =
        start(&bench.session, sql_plan("select n, repeat('x', 100) as s from generate_series(1, 20000000) t(n)")).await.unwrap();
    stream.next().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let made = bench.session.queries(false).await.unwrap()[0].rows;
    assert!(made < 1_000_000, "{made} rows were made for a reader that read one batch");
}

#[tokio::test]
async fn queries_run_beside_each_other() {
    let bench = Bench::new();
    let answers = futures::future::join_all(
        (0..32).map(|n| bench.sql_owned(format!("select {n} as n, count(*) as c from generate_series(1, 10000) t(x)"))),
    )
    .await;
    for (n, answer) in answers.into_iter().enumerate() {
        assert!(answer.unwrap().contains(&format!("| {n} ")), "{n}");
    }
    assert!(rows(&bench.session, sql_plan("select 1")).await.is_ok());
}
