//! What actions and sessions send, and what they make of the answers.

use std::sync::Arc;

use arrow::array::{Array, Int64Array, RecordBatch};
use polybolos_client::protocol::Code;
use polybolos_client::protocol::wire::plan as pb;
use polybolos_client::protocol::wire::plan::command::Kind as Command;
use polybolos_client::{ExplainMode, Session, ViewOptions, WriteMode, WriteOptions, WriteSummary, col, parameter};

use crate::fake_transport::{Answer, FakeTransport, session_and_transport, session_that, two_rows, written};

fn last_plan(transport: &FakeTransport) -> pb::Plan {
    transport.asked.lock().executed.last().expect("nothing was executed").plan.plan().clone()
}

fn last_command(transport: &FakeTransport) -> Command {
    match last_plan(transport).root {
        Some(pb::plan::Root::Command(command)) => command.kind.unwrap(),
        other => panic!("{other:?} is no command"),
    }
}

#[tokio::test]
async fn rows_come_as_batches_as_one_batch_and_as_a_stream() {
    let frame = session_that(Answer::Rows(two_rows())).table("t").unwrap();
    assert_eq!(frame.collect().await.unwrap(), [two_rows()]);
    assert_eq!(frame.collect_one().await.unwrap(), two_rows());
    let stream = frame.stream().await.unwrap();
    assert_eq!((stream.query_id().as_str(), stream.progress().fraction), ("q-1", 0.5));
    assert_eq!(stream.finish().await.unwrap().rows, 2);
    assert_eq!(frame.schema().await.unwrap(), two_rows().schema());
    assert_eq!(frame.explain(ExplainMode::Logical).await.unwrap(), "a plan");
    assert_eq!(frame.explain_json(ExplainMode::Logical).await.unwrap(), "{}");
}

#[tokio::test]
async fn a_scalar_is_one_value_and_nothing_else() {
    let one = RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![7])) as Arc<dyn Array>)]).unwrap();
    let frame = session_that(Answer::Rows(one)).table("t").unwrap();
    assert_eq!(frame.scalar().await.unwrap().len(), 1);
    assert_eq!(frame.count().await.unwrap(), 7);
    let error = session_that(Answer::Rows(two_rows())).table("t").unwrap().scalar().await.unwrap_err();
    assert_eq!(error.code(), Code::CardinalityViolation);
}

#[tokio::test]
async fn a_query_is_cancelled_by_the_id_it_was_sent_with() {
    let (session, transport) = session_and_transport(Answer::Rows(two_rows()));
    let stream = session.table("t").unwrap().stream().await.unwrap();
    stream.cancel_handle().cancel().await.unwrap();
    let asked = transport.asked.lock();
    assert_eq!(asked.cancelled, [asked.executed[0].operation_id.clone()]);
}

#[tokio::test]
async fn a_bound_parameter_travels_beside_the_plan() {
    let (session, transport) = session_and_transport(Answer::Rows(two_rows()));
    let frame = session.table("t").unwrap().filter(col("a").gt(parameter("n", "int64"))).unwrap();
    frame.bind("n", 1_i64).unwrap().bind("n", 2_i64).unwrap().collect().await.unwrap();
    let asked = transport.asked.lock();
    let [value] = asked.executed[0].parameters.as_slice() else { panic!("one value") };
    assert_eq!((value.index, value.value.as_ref().unwrap().value.clone()), (1, Some(pb::literal::Value::IntValue(2))));
}

#[tokio::test]
async fn little_data_travels_in_the_plan_and_large_data_once_beside_it() {
    let (session, transport) = session_and_transport(Answer::Rows(two_rows()));
    let small = session.from_batches(two_rows().schema(), [two_rows()]).unwrap();
    small.collect().await.unwrap();
    assert!(transport.asked.lock().put_rows.is_empty());

    let numbers = Int64Array::from_iter_values(0..100_000);
    let large = RecordBatch::try_from_iter([("n", Arc::new(numbers) as Arc<dyn Array>)]).unwrap();
    let large = session.from_batches(large.schema(), [large.slice(0, 50_000), large.slice(50_000, 50_000)]).unwrap();
    assert_eq!(large.plan().unwrap_err().code(), Code::InvalidArgument);
    large.limit(1).unwrap().collect().await.unwrap();
    large.union(&small.select(col("id").alias("n")).unwrap()).unwrap().collect().await.unwrap();
    assert_eq!(transport.asked.lock().put_rows, [100_000], "sent once");
    assert!(large.plan().unwrap().to_text().contains("data-1"));
}

#[tokio::test]
async fn much_little_data_does_not_burst_the_plan() {
    let (session, transport) = session_and_transport(Answer::Rows(two_rows()));
    let numbers = Int64Array::from_iter_values(0..7_000);
    let batch = RecordBatch::try_from_iter([("n", Arc::new(numbers) as Arc<dyn Array>)]).unwrap();
    let frames: Vec<_> = (0..40).map(|_| session.from_batches(batch.schema(), [batch.clone()]).unwrap()).collect();
    let (first, others) = frames.split_first().unwrap();
    first.union_many(others).unwrap().collect().await.unwrap();
    assert!(!transport.asked.lock().put_rows.is_empty());
}

#[tokio::test]
async fn a_write_touches_nothing_that_exists_unless_said() {
    let (session, transport) = session_and_transport(Answer::Rows(written()));
    let frame = session.table("t").unwrap();
    let done = frame.write_parquet("out/").await.unwrap();
    assert_eq!(done, WriteSummary { rows: 7, files: 2, bytes: 900, path: Some("out/".to_owned()) });
    let Command::WriteFiles(write) = last_command(&transport) else { panic!("no write") };
    assert_eq!((write.path.as_str(), write.mode()), ("out/", pb::WriteMode::Create));

    let options =
        WriteOptions::default().mode(WriteMode::Overwrite).partition_by(["y"]).sort_by(col("a").desc()).option("compression", "zstd");
    frame.write_csv_with("x.csv", options).await.unwrap();
    let Command::WriteFiles(write) = last_command(&transport) else { panic!("no write") };
    assert_eq!((write.mode(), write.partition_by.len(), write.sort_by.len(), write.options.len()), (pb::WriteMode::Overwrite, 1, 1, 1));
    assert!(matches!(write.format, Some(pb::write_files::Format::Csv(csv)) if csv.header == Some(true)));

    frame.insert_into("lake.t").await.unwrap();
    let Command::WriteTable(write) = last_command(&transport) else { panic!("no write") };
    assert_eq!((write.mode(), write.column_match()), (pb::WriteMode::Append, pb::ColumnMatch::ByName));
}

#[tokio::test]
async fn a_view_belongs_to_the_session_and_replaces_an_earlier_one() {
    let (session, transport) = session_and_transport(Answer::Rows(two_rows()));
    let frame = session.table("t").unwrap();
    session.create_view("v", &frame).await.unwrap();
    let Command::CreateView(view) = last_command(&transport) else { panic!("no view") };
    assert_eq!((view.temporary, view.if_exists()), (true, pb::IfExists::Replace));
    session.create_view_with("v", &frame, ViewOptions::default().shared().error_if_exists()).await.unwrap();
    let Command::CreateView(view) = last_command(&transport) else { panic!("no view") };
    assert_eq!((view.temporary, view.if_exists()), (false, pb::IfExists::Error));
    session.drop_view("v").await.unwrap();
    assert!(matches!(last_command(&transport), Command::Drop(_)));
}

#[tokio::test]
async fn a_statement_of_any_kind_is_a_command() {
    let (session, transport) = session_and_transport(Answer::Rows(two_rows()));
    assert_eq!(session.execute("select 1").await.unwrap().collect().await.unwrap(), [two_rows()]);
    assert!(matches!(last_command(&transport), Command::Sql(_)));
    session.execute("create table t (a int)").await.unwrap().finish().await.unwrap();
    assert!(matches!(last_command(&transport), Command::Sql(_)));
}

#[tokio::test]
async fn a_cached_frame_reads_what_was_kept() {
    let (session, transport) = session_and_transport(Answer::Rows(two_rows()));
    let frame = session.table("t").unwrap();
    let cached = frame.cache().await.unwrap();
    let Command::Cache(cache) = last_command(&transport) else { panic!("no cache") };
    assert!(cache.eager);
    assert!(cached.plan().unwrap().to_text().contains(&cache.cache_id));
    cached.uncache().await.unwrap();
    assert!(matches!(last_command(&transport), Command::Drop(drop) if drop.kind() == pb::ObjectKind::Cache));
    assert_eq!(frame.uncache().await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn tags_and_batch_sizes_go_with_each_query() {
    let (session, transport) = session_and_transport(Answer::Rows(two_rows()));
    let named = session.with_tags(["nightly"]).with_batch_rows(100);
    let frame = named.table("t").unwrap().union(&session.table("u").unwrap()).unwrap();
    frame.collect().await.unwrap();
    let asked = transport.asked.lock();
    assert_eq!((asked.executed[0].tags.clone(), asked.executed[0].options.max_batch_rows), (vec!["nightly".to_owned()], Some(100)));
}

#[tokio::test]
async fn a_detached_session_runs_nothing() {
    let session = Session::detached();
    assert_eq!(session.table("t").unwrap().collect().await.unwrap_err().code(), Code::Unavailable);
    session.close().await.unwrap();
}
