//! The door in front of the engine itself.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;
use arrow_flight::FlightDescriptor;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_flight::sql::{CommandGetDbSchemas, CommandGetTables};
use futures::{TryStreamExt, stream};
use polybolos_engine::EngineBuilder;
use polybolos_protocol::Code;
use polybolos_protocol::wire::flight::{
    Analyze, AnalyzeResult, AnalyzeWhat, Capabilities, ExecutePlan, GetCapabilities, OpenSession, PutLocalData, PutReceipt, ResultProgress,
    SessionOpened,
};
use polybolos_protocol::wire::plan::{ContractVersion, KeyValue, LocalData, Plan, Profile, Relation, local_data, plan, relation};
use prost::Message;
use prost_types::Any;
use tonic::transport::Channel;

use crate::harness::{Client, Served, error, pack, serve_local, sql_plan};

async fn serve() -> Served {
    serve_local(EngineBuilder::new().build().unwrap()).await
}

async fn sql_client(served: &Served) -> FlightSqlServiceClient<Channel> {
    FlightSqlServiceClient::new(served.channel().await)
}

fn first(batches: &[RecordBatch]) -> i64 {
    arrow::compute::cast(batches[0].column(0), &arrow_schema::DataType::Int64).unwrap().as_primitive::<Int64Type>().value(0)
}

#[tokio::test]
async fn sql_in_a_plan_is_answered() {
    let served = serve().await;
    let client = served.client().await;
    let fetched = client.run("SELECT 1 + 1").await.unwrap();
    assert_eq!(first(&fetched.batches), 2);
    assert_eq!(fetched.trailer.map(|trailer| trailer.rows), Some(1));
    let wrong = client.run("SELECT nam FROM (VALUES (1)) AS t(name)").await.err().unwrap();
    assert_eq!(wrong.code(), Code::UnresolvedColumn);
    let syntax = client.run("SELECT 1 +").await.err().unwrap();
    assert_eq!(syntax.code(), Code::SqlSyntax);
}

#[tokio::test]
async fn a_large_result_streams_whole() {
    let served = serve().await;
    let client = served.client().await;
    let fetched = client.run("SELECT value, 'row number ' || value AS name FROM generate_series(1, 1000000)").await.unwrap();
    assert_eq!(fetched.rows(), 1_000_000);
    assert!(fetched.largest_message <= (2 << 20) + 4096, "{}", fetched.largest_message);
    let logical: usize =
        fetched.batches.iter().map(|batch| batch.num_rows() * 12 + batch.column(1).as_string::<i32>().value_data().len()).sum();
    assert!(fetched.wire_bytes as f64 / logical as f64 <= 1.2);
}

#[tokio::test]
async fn local_data_goes_by_do_put_and_is_read_by_its_id() {
    let served = serve().await;
    let client = served.client().await;
    let columns: [(&str, ArrayRef); 2] = [
        ("id", Arc::new(Int64Array::from_iter_values(0..100_000))),
        ("name", Arc::new(StringArray::from_iter_values((0..100_000).map(|id| format!("n{id}"))))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let descriptor = FlightDescriptor::new_cmd(pack("polybolos.flight.v1.PutLocalData", &PutLocalData::default()));
    let messages: Vec<_> = FlightDataEncoderBuilder::new()
        .with_flight_descriptor(Some(descriptor))
        .build(stream::iter([Ok(batch)]))
        .try_collect()
        .await
        .unwrap();
    let results = client.flight.clone().do_put(client.request(stream::iter(messages))).await.map_err(error).unwrap();
    let results: Vec<_> = results.into_inner().try_collect().await.unwrap();
    let receipt = PutReceipt::decode(Any::decode(results[0].app_metadata.clone()).unwrap().value.as_slice()).unwrap();
    assert_eq!(receipt.rows_received, 100_000);
    let source = LocalData { source: Some(local_data::Source::DataId(receipt.id)), ..LocalData::default() };
    let plan = Plan {
        version: Some(ContractVersion { minor: 0, producer: "test".to_owned() }),
        profile: Profile::Surface as i32,
        relations: vec![Relation { id: 1, kind: Some(relation::Kind::LocalData(source)), ..Relation::default() }],
        root: Some(plan::Root::Relation(1)),
        ..Plan::default()
    };
    let execute = pack("polybolos.flight.v1.ExecutePlan", &ExecutePlan { plan: Some(plan), ..ExecutePlan::default() });
    assert_eq!(client.get(execute.clone()).await.unwrap().rows(), 100_000);
    let other = served.client().await;
    assert_eq!(other.get(execute).await.err().map(|e| e.code()), Some(Code::QueryNotFound), "another connection's session has not got it");
}

#[tokio::test]
async fn a_session_has_options_capabilities_and_analysis() {
    let served = serve().await;
    let client = served.client().await;
    let options = vec![KeyValue { key: "time_zone".to_owned(), value: "Europe/Berlin".to_owned() }];
    let opened: SessionOpened = client.act("OpenSession", &OpenSession { options, ..OpenSession::default() }).await.unwrap();
    assert!(opened.options.iter().any(|option| option.key == "time_zone" && option.value == "Europe/Berlin"), "{:?}", opened.options);
    let client: Client = client.with("polybolos-session", opened.session_id);
    let capabilities: Capabilities = client.act("GetCapabilities", &GetCapabilities::default()).await.unwrap();
    assert!(!capabilities.features.is_empty());
    let what = vec![AnalyzeWhat::Schema as i32, AnalyzeWhat::ExplainPhysical as i32];
    let analyzed: AnalyzeResult =
        client.act("Analyze", &Analyze { plan: Some(sql_plan("SELECT 1 AS one")), what, ..Analyze::default() }).await.unwrap();
    assert!(!analyzed.arrow_schema.is_empty() && !analyzed.explain.is_empty());
}

#[tokio::test]
async fn stock_flight_sql_clients_query_update_prepare_and_list() {
    let served = serve().await;
    let mut client = sql_client(&served).await;
    let fetch = async |client: &mut FlightSqlServiceClient<Channel>, info: arrow_flight::FlightInfo| -> Vec<RecordBatch> {
        let ticket = info.endpoint[0].ticket.clone().unwrap();
        client.do_get(ticket).await.unwrap().try_collect().await.unwrap()
    };
    client.execute_update("CREATE VIEW v AS SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(id, name)".to_owned(), None).await.unwrap();
    let info = client.execute("SELECT count(*) FROM v".to_owned(), None).await.unwrap();
    assert_eq!(first(&fetch(&mut client, info).await), 2);
    let mut statement = client.prepare("SELECT id FROM v WHERE name = $1".to_owned(), None).await.unwrap();
    statement.set_parameters(RecordBatch::try_from_iter([("1", Arc::new(StringArray::from(vec!["b"])) as ArrayRef)]).unwrap()).unwrap();
    let info = statement.execute().await.unwrap();
    assert_eq!(first(&fetch(&mut client, info).await), 2);
    statement.close().await.unwrap();
    let info = client.get_tables(CommandGetTables { include_schema: true, ..CommandGetTables::default() }).await.unwrap();
    let tables = arrow::util::pretty::pretty_format_batches(&fetch(&mut client, info).await).unwrap().to_string();
    assert!(tables.contains(" v "), "{tables}");
    let info = client.get_db_schemas(CommandGetDbSchemas::default()).await.unwrap();
    assert!(!fetch(&mut client, info).await.is_empty());
    let info = client.execute("SHOW ALL".to_owned(), None).await.unwrap();
    assert!(!fetch(&mut client, info).await.is_empty());
    let info = client.execute("EXPLAIN SELECT 1".to_owned(), None).await.unwrap();
    assert!(!fetch(&mut client, info).await.is_empty());
}

#[tokio::test]
async fn values_are_bound_to_questions_and_commands_too() {
    let served = serve().await;
    let mut client = sql_client(&served).await;
    let row = |id: i64, name: &str| {
        let columns: [(&str, ArrayRef); 2] = [("1", Arc::new(Int64Array::from(vec![id]))), ("2", Arc::new(StringArray::from(vec![name])))];
        RecordBatch::try_from_iter(columns).unwrap()
    };
    client.execute_update("CREATE TABLE t AS SELECT 1 AS id, 'a' AS name".to_owned(), None).await.unwrap();
    let mut insert = client.prepare("INSERT INTO t VALUES (?, ?)".to_owned(), None).await.unwrap();
    insert.set_parameters(row(7, "what? it's")).unwrap();
    assert_eq!(insert.execute_update().await.unwrap(), 1);
    let mut select = client.prepare("SELECT id, '?' FROM t WHERE id = ? AND name = ?".to_owned(), None).await.unwrap();
    select.set_parameters(row(7, "what? it's")).unwrap();
    let ticket = select.execute().await.unwrap().endpoint[0].ticket.clone().unwrap();
    let batches: Vec<RecordBatch> = client.do_get(ticket).await.unwrap().try_collect().await.unwrap();
    assert_eq!(first(&batches), 7);
    // A statement whose values are wanted is told wrong when it is bound.
    let mut both = client.prepare("SELECT ? || $1 AS x".to_owned(), None).await.unwrap();
    both.set_parameters(row(7, "x")).unwrap();
    assert!(both.execute().await.unwrap_err().to_string().contains("one way"));
}

#[tokio::test]
async fn a_polled_query_tells_its_progress_and_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..100_000).map(|id| format!("{id},name {id}\n")).collect();
    std::fs::write(folder.path().join("a.csv"), format!("id,name\n{text}")).unwrap();
    let roots = polybolos_engine::StorageRoots::none().with_folder("data", folder.path(), polybolos_engine::Access::Read);
    let served = serve_local(EngineBuilder::new().with_roots(roots).build().unwrap()).await;
    let client = served.client().await;
    let poll = async |descriptor| client.flight.clone().poll_flight_info(client.request(descriptor)).await.unwrap().into_inner();
    let slow = "SELECT count(*) FROM 'a.csv' x, 'a.csv' y WHERE x.id * y.id % 1000003 = 7";
    let polled = poll(FlightDescriptor::new_cmd(crate::harness::execute(slow))).await;
    assert!(polled.flight_descriptor.is_some(), "it runs");
    let polled = poll(polled.flight_descriptor.unwrap()).await;
    assert!(polled.progress.is_some_and(|share| (0.0..1.0).contains(&share)), "{:?}", polled.progress);
    let info = polled.info.unwrap();
    let progress = ResultProgress::decode(Any::decode(info.app_metadata.clone()).unwrap().value.as_slice()).unwrap();
    assert!(progress.stages[0].rows > 0, "{progress:?}");
    let cancel = arrow_flight::CancelFlightInfoRequest { info: Some(info) };
    client.act_raw("CancelFlightInfo", cancel.encode_to_vec()).await.unwrap();
    let mut polled = poll(FlightDescriptor::new_cmd(crate::harness::execute("SELECT * FROM 'a.csv' WHERE id < 500"))).await;
    while let Some(again) = polled.flight_descriptor.take() {
        polled = poll(again).await;
    }
    let info = polled.info.unwrap();
    assert_eq!((info.total_records, polled.progress), (500, Some(1.0)));
    assert_eq!(client.get(info.endpoint[0].ticket.clone().unwrap().ticket).await.unwrap().rows(), 500);
}

#[tokio::test]
async fn a_cross_join_is_cancelled_when_its_reader_goes() {
    let served = serve().await;
    let client = served.client().await;
    let sql = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b, generate_series(1, 100) c";
    let started = std::time::Instant::now();
    let bounded = client.clone().with("grpc-timeout", "500m");
    assert_eq!(bounded.run(sql).await.err().map(|e| e.code()), Some(Code::DeadlineExceeded));
    assert!(started.elapsed().as_secs() < 5);
    assert_eq!(first(&client.run("SELECT 1").await.unwrap().batches), 1);
}
