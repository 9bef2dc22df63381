//! Sessions: apart from each other, with options within bounds, with data of their own, until they are closed.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use futures::{StreamExt, stream};
use polybolos_engine::EngineLimits;
use polybolos_protocol::Code;
use polybolos_protocol::transport::{Engine, Transport};
use polybolos_protocol::wire::flight::{CancelOutcome, QueryState};
use polybolos_protocol::wire::plan as pb;

use crate::harness::{Bench, collect, plan, relation, request, rows, sql_command, sql_plan, start};

#[tokio::test]
async fn two_sessions_do_not_see_each_others_views_and_tables() {
    let bench = Bench::new();
    let other = bench.engine.open_session("tester", vec![]).await.unwrap();
    bench.run("create view v as select 1 as a").await.unwrap();
    rows(&other, sql_command("create view v as select 2 as a")).await.unwrap();
    assert!(bench.sql("select a from v").await.unwrap().contains("| 1 |"));
    assert!(rows(&other, sql_plan("select a from v")).await.unwrap().contains("| 2 |"));
    bench.run("create table t as select 1 as a").await.unwrap();
    assert_eq!(rows(&other, sql_plan("select a from t")).await.unwrap_err().code(), Code::TableNotFound);
}

fn numbers(from: i64, count: i64) -> RecordBatch {
    let schema = Schema::new(vec![Field::new("n", DataType::Int64, false), Field::new("s", DataType::Utf8, true)]);
    let numbers: Vec<i64> = (from..from + count).collect();
    let texts: Vec<String> = numbers.iter().map(|n| format!("text {n}")).collect();
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int64Array::from(numbers)), Arc::new(StringArray::from(texts))]).unwrap()
}

async fn put(
    session: &Arc<dyn Transport>,
    batches: Vec<RecordBatch>,
) -> polybolos_protocol::Result<polybolos_protocol::wire::flight::PutReceipt> {
    let schema = batches[0].schema();
    session.put(schema, stream::iter(batches.into_iter().map(Ok)).boxed()).await
}

fn sum_of(data_id: &str) -> polybolos_protocol::CheckedPlan {
    let data = pb::relation::Kind::LocalData(pb::LocalData {
        source: Some(pb::local_data::Source::DataId(data_id.to_owned())),
        ..Default::default()
    });
    let sql = pb::relation::Kind::Sql(pb::SqlQuery {
        text: "select sum(n) as s, max(s) as m from data".to_owned(),
        input_names: vec!["data".to_owned()],
        ..Default::default()
    });
    plan(vec![relation(1, &[], data), relation(2, &[1], sql)], pb::plan::Root::Relation(2))
}

#[tokio::test]
async fn data_that_was_put_is_read_by_its_id() {
    let bench = Bench::new();
    let receipt = put(&bench.session, vec![numbers(0, 10), numbers(10, 10)]).await.unwrap();
    assert_eq!(receipt.rows_received, 20);
    assert!(rows(&bench.session, sum_of(&receipt.id)).await.unwrap().contains("| 190 | text 9 |"));
    let other = bench.engine.open_session("tester", vec![]).await.unwrap();
    assert_eq!(rows(&other, sum_of(&receipt.id)).await.unwrap_err().code(), Code::QueryNotFound);
}

#[tokio::test]
async fn large_data_goes_to_a_file_and_the_file_goes_with_the_session() {
    let spill = tempfile::tempdir().unwrap();
    let limits = EngineLimits { upload_memory_bytes: 100_000, ..Default::default() };
    let bench = Bench::with(|builder| builder.with_limits(limits).with_spill_dir(spill.path()));
    let receipt = put(&bench.session, (0..50).map(|n| numbers(n * 1_000, 1_000)).collect()).await.unwrap();
    assert!(rows(&bench.session, sum_of(&receipt.id)).await.unwrap().contains("| 1249975000 |"));
    let files = || walk(spill.path());
    assert_eq!(files(), 1);
    bench.session.close().await.unwrap();
    assert_eq!(files(), 0);
}

fn walk(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { walk(&path) } else { 1 }).sum()
}

#[tokio::test]
async fn data_beyond_the_sessions_limit_is_refused() {
    let limits = EngineLimits { upload_bytes: 50_000, ..Default::default() };
    let bench = Bench::with(|builder| builder.with_limits(limits));
    let error = put(&bench.session, vec![numbers(0, 10_000)]).await.unwrap_err();
    assert_eq!(error.code(), Code::LimitExceeded);
    assert!(put(&bench.session, vec![numbers(0, 10)]).await.is_ok(), "what was refused does not count");
}

#[tokio::test]
async fn a_closed_session_is_not_found() {
    let bench = Bench::new();
    bench.session.close().await.unwrap();
    bench.session.close().await.unwrap();
    assert_eq!(bench.sql_error("select 1").await.code(), Code::SessionNotFound);
}

#[tokio::test]
async fn options_are_a_closed_list_within_bounds() {
    let bench = Bench::new();
    let set = |key: &str, value: &str| bench.session.set_options(vec![(key.to_owned(), value.to_owned())]);
    for (key, value) in [
        ("batch_size", "1"),
        ("batch_size", "many"),
        ("target_partitions", "0"),
        ("target_partitions", "100000"),
        ("query_timeout_ms", "999999999999"),
        ("time_zone", "Mars/Olympus"),
        ("overflow", "explode"),
        ("datafusion.runtime.memory_limit", "1G"),
    ] {
        assert_eq!(set(key, value).await.unwrap_err().code(), Code::InvalidArgument, "{key} = {value}");
    }
    let all = set("time_zone", "+02:00").await.unwrap();
    assert!(all.contains(&("time_zone".to_owned(), "+02:00".to_owned())));
    let wrong = bench.engine.open_session("tester", vec![("bach_size".to_owned(), "1024".to_owned())]).await.unwrap_err();
    assert_eq!((wrong.code(), wrong.candidates()), (Code::InvalidArgument, vec!["batch_size"]));
}

#[tokio::test]
async fn the_time_zone_of_the_session_is_that_of_its_queries() {
    let bench = Bench::new();
    bench.session.set_options(vec![("time_zone".to_owned(), "Asia/Kolkata".to_owned())]).await.unwrap();
    let now = bench.sql("select arrow_typeof(now()) as t").await.unwrap();
    assert!(now.contains("Asia/Kolkata"), "{now}");
}

#[tokio::test]
async fn sessions_of_one_principal_are_counted() {
    let bench = Bench::with(|builder| builder.with_limits(EngineLimits { sessions_per_principal: Some(2), ..Default::default() }));
    let second = bench.engine.open_session("tester", vec![]).await.unwrap();
    assert_eq!(bench.engine.open_session("tester", vec![]).await.unwrap_err().code(), Code::LimitExceeded);
    assert!(bench.engine.open_session("another", vec![]).await.is_ok());
    drop(second);
    assert!(bench.engine.open_session("tester", vec![]).await.is_ok());
}

#[tokio::test]
async fn queries_are_listed_without_their_literals_and_only_to_their_principal() {
    let bench = Bench::new();
    let mut asked = request(sql_plan("select 'secret-literal' as a"));
    asked.tags = vec!["nightly".to_owned()];
    let stream = bench.session.execute(asked).await.unwrap();
    let id = stream.query().query_id().to_owned();
    collect(stream).await.unwrap();
    let listed = bench.session.queries(true).await.unwrap();
    let query = listed.iter().find(|query| query.query_id == id).unwrap();
    assert_eq!((query.state(), query.rows, query.tags.as_slice()), (QueryState::Finished, 1, ["nightly".to_owned()].as_slice()));
    assert!(query.statement.starts_with("sql #") && !query.statement.contains("secret"), "{}", query.statement);
    let other = bench.engine.open_session("another", vec![]).await.unwrap();
    assert!(other.queries(true).await.unwrap().is_empty());
    assert_eq!(other.cancel(&id).await.unwrap(), CancelOutcome::NotFound);
    assert_eq!(bench.session.cancel(&id).await.unwrap(), CancelOutcome::AlreadyEnded);
}

#[tokio::test]
async fn a_trailer_tells_rows_time_and_fingerprint() {
    let bench = Bench::new();
    let stream = start(&bench.session, sql_plan("select * from generate_series(1, 1000) t(n)")).await.unwrap();
    let query = stream.query();
    collect(stream).await.unwrap();
    let trailer = query.trailer().unwrap();
    assert_eq!((trailer.rows, trailer.plan_fingerprint.len(), trailer.query_id.as_str()), (1000, 32, query.query_id()));
    assert!(trailer.elapsed_micros > 0);
    assert!((query.progress().fraction - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn batches_keep_the_size_that_was_asked() {
    let bench = Bench::new();
    let mut asked = request(sql_plan("select * from generate_series(1, 1000) t(n)"));
    asked.options.max_batch_rows = Some(100);
    let batches = collect(bench.session.execute(asked).await.unwrap()).await.unwrap();
    assert!(batches.iter().all(|batch| batch.num_rows() <= 100) && batches.iter().map(RecordBatch::num_rows).sum::<usize>() == 1000);
}

#[tokio::test]
async fn results_have_plain_types_and_may_repeat_a_name() {
    let bench = Bench::new();
    bench.run("copy (select 'a' as s, [1, 2] as l) to 'x.parquet' stored as parquet").await.unwrap();
    let stream = start(&bench.session, sql_plan("select s, s as s2, l, arrow_typeof(s) as t from 'x.parquet'")).await.unwrap();
    let types: Vec<String> = stream.schema().fields().iter().map(|field| field.data_type().to_string()).collect();
    assert_eq!(types[..2], ["Utf8", "Utf8"]);
    let batches = collect(stream).await.unwrap();
    assert_eq!(batches[0].column(0).data_type(), &DataType::Utf8);
}
