//! Flight SQL as stock clients speak it.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_flight::sql::{
    Any as SqlAny, CommandGetDbSchemas, CommandGetTables, CommandPreparedStatementUpdate, CommandStatementQuery, ProstMessageExt, SqlInfo,
};
use arrow_flight::{FlightDescriptor, FlightInfo};
use futures::{TryStreamExt, stream};
use polybolos_protocol::Code;
use prost::Message;
use tonic::transport::Channel;

use crate::harness::{Client, Served, error, serve, serve_with};

async fn sql_client(served: &Served) -> FlightSqlServiceClient<Channel> {
    FlightSqlServiceClient::new(served.channel().await)
}

async fn rows(client: &mut FlightSqlServiceClient<Channel>, info: FlightInfo) -> Vec<RecordBatch> {
    let ticket = info.endpoint[0].ticket.clone().unwrap();
    client.do_get(ticket).await.unwrap().try_collect().await.unwrap()
}

fn text(batches: &[RecordBatch]) -> String {
    arrow::util::pretty::pretty_format_batches(batches).unwrap().to_string()
}

#[tokio::test]
async fn a_statement_runs_in_two_steps_and_ends_without_a_trailer() {
    let served = serve().await;
    let mut client = sql_client(&served).await;
    let info = client.execute("SELECT rows 20000".to_owned(), None).await.unwrap();
    let batches = rows(&mut client, info).await;
    assert!(batches.iter().all(|batch| batch.num_rows() > 0), "a stock reader sees no empty batch at the end");
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 20_000);
}

#[tokio::test]
async fn a_command_runs_when_it_is_fetched() {
    let served = serve().await;
    let mut client = sql_client(&served).await;
    let info = client.execute("create view v as SELECT 1".to_owned(), None).await.unwrap();
    let count = |batches: &[RecordBatch]| batches[0].column(0).as_primitive::<arrow::datatypes::Int64Type>().value(0);
    rows(&mut client, info).await;
    let info = client.execute("SELECT count views".to_owned(), None).await.unwrap();
    assert_eq!(count(&rows(&mut client, info).await), 1);
}

#[tokio::test]
async fn an_update_answers_how_many_rows_it_changed_or_that_it_does_not_know() {
    let served = serve().await;
    let mut client = sql_client(&served).await;
    assert_eq!(client.execute_update("insert into t values (1)".to_owned(), None).await.unwrap(), 3);
    assert_eq!(client.execute_update("create view v".to_owned(), None).await.unwrap(), -1);
}

#[tokio::test]
async fn a_prepared_statement_takes_one_row_of_parameters_and_is_gone_after_its_close() {
    let served = serve().await;
    let mut client = sql_client(&served).await;
    let mut statement = client.prepare("SELECT said $1 $2".to_owned(), None).await.unwrap();
    let parameters: [ArrayRef; 2] = [Arc::new(Int64Array::from(vec![7])), Arc::new(StringArray::from(vec!["x"]))];
    statement.set_parameters(RecordBatch::try_from_iter([("1", parameters[0].clone()), ("2", parameters[1].clone())]).unwrap()).unwrap();
    let info = statement.execute().await.unwrap();
    assert!(text(&rows(&mut client, info).await).contains("said $1 $2 with 2"));
    statement.close().await.unwrap();
    let mut plain = client.prepare("SELECT rows 5".to_owned(), None).await.unwrap();
    assert_eq!(plain.dataset_schema().unwrap().field(0).name(), "n");
    let info = plain.execute().await.unwrap();
    assert_eq!(rows(&mut client, info).await[0].num_rows(), 5);
    plain.close().await.unwrap();
}

#[tokio::test]
async fn a_prepared_update_runs_once_for_each_row_bound() {
    let served = serve().await;
    let client = served.client().await;
    let mut sql = sql_client(&served).await;
    let mut statement = sql.prepare("insert into t values (1)".to_owned(), None).await.unwrap();
    assert_eq!(statement.execute_update().await.unwrap(), 3);
    let unknown = CommandPreparedStatementUpdate { prepared_statement_handle: "nobody's".into() };
    let descriptor = FlightDescriptor::new_cmd(unknown.as_any().encode_to_vec());
    let empty = RecordBatch::new_empty(Arc::new(arrow_schema::Schema::empty()));
    let messages = FlightDataEncoderBuilder::new().with_flight_descriptor(Some(descriptor)).build(stream::iter([Ok(empty)]));
    let messages: Vec<_> = messages.try_collect().await.unwrap();
    let refused = client.flight.clone().do_put(client.request(stream::iter(messages))).await.map(|_| ()).map_err(error);
    assert_eq!(refused.err().map(|e| e.code()), Some(Code::QueryNotFound));
}

#[tokio::test]
async fn prepared_statements_have_a_limit() {
    let served = serve_with(|config| config.sessions.prepared_statements = 1).await;
    let mut client = sql_client(&served).await;
    let _kept = client.prepare("SELECT 1".to_owned(), None).await.unwrap();
    let refused = client.prepare("SELECT 2".to_owned(), None).await.map(|_| ()).err().unwrap();
    assert!(refused.to_string().contains("limit"), "{refused}");
}

#[tokio::test]
async fn catalog_questions_are_answered_in_the_prescribed_schemas() {
    let served = serve().await;
    let mut client = sql_client(&served).await;
    let info = client.get_catalogs().await.unwrap();
    assert!(text(&rows(&mut client, info).await).contains("main"));
    let info = client.get_db_schemas(CommandGetDbSchemas::default()).await.unwrap();
    assert!(text(&rows(&mut client, info).await).contains("public"));
    let views = CommandGetTables { table_types: vec!["VIEW".to_owned()], ..CommandGetTables::default() };
    let info = client.get_tables(views).await.unwrap();
    let listed = text(&rows(&mut client, info).await);
    assert!(listed.contains("zones") && !listed.contains("trips"), "{listed}");
    let info = client.get_tables(CommandGetTables { include_schema: true, ..CommandGetTables::default() }).await.unwrap();
    assert_eq!(rows(&mut client, info).await[0].num_columns(), 5);
    let info = client.get_table_types().await.unwrap();
    assert!(text(&rows(&mut client, info).await).contains("BASE TABLE"));
    let info = client.get_sql_info(vec![SqlInfo::FlightSqlServerName]).await.unwrap();
    assert_eq!(rows(&mut client, info).await[0].num_rows(), 1);
}

#[tokio::test]
async fn what_is_not_served_says_so_and_lists_what_is() {
    let served = serve().await;
    let mut sql = sql_client(&served).await;
    let refused = sql.get_primary_keys(arrow_flight::sql::CommandGetPrimaryKeys { table: "t".to_owned(), ..Default::default() }).await;
    assert!(refused.err().unwrap().to_string().contains("CommandStatementQuery"));
    let client: Client = served.client().await;
    let in_transaction = CommandStatementQuery { query: "SELECT 1".to_owned(), transaction_id: Some("t1".into()) };
    let descriptor = FlightDescriptor::new_cmd(SqlAny::pack(&in_transaction).unwrap().encode_to_vec());
    let refused = client.flight.clone().get_flight_info(client.request(descriptor)).await.map_err(error);
    assert_eq!(refused.err().map(|e| e.code()), Some(Code::Unsupported));
}
