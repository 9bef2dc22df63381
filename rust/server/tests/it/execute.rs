//! Running plans: in one step, in two, and what comes back when it goes wrong.

use std::sync::atomic::Ordering;

use arrow_flight::{FlightDescriptor, FlightInfo, IpcMessage, PollInfo, Ticket};
use arrow_schema::Schema;
use polybolos_protocol::Code;
use polybolos_protocol::wire::flight::{
    Analyze, AnalyzeResult, AnalyzeWhat, CancelOutcome, CancelQuery, CancelQueryResult, Capabilities, FetchErrorDetails, GetCapabilities,
    PlanErrors, QueryState, ResultProgress,
};
use polybolos_server::config::{Size, Span};
use prost::Message;
use prost_types::Any;

use crate::engine::BATCH_ROWS;
use crate::harness::{Client, error, eventually, execute, execute_as, serve, serve_with, sql_plan, uuid};

#[tokio::test]
async fn a_plan_in_the_ticket_is_answered_in_one_step_with_a_trailer() {
    let served = serve().await;
    let client = served.client().await;
    let fetched = client.run("rows 20000").await.unwrap();
    assert_eq!(fetched.rows(), 20_000);
    assert_eq!(fetched.trailer.map(|trailer| trailer.rows), Some(20_000));
}

#[tokio::test]
async fn two_steps_give_a_schema_then_a_ticket_then_rows_once() {
    let served = serve().await;
    let client = served.client().await;
    let descriptor = FlightDescriptor::new_cmd(execute("rows 3"));
    let info = client.flight.clone().get_flight_info(client.request(descriptor)).await.unwrap().into_inner();
    let schema = Schema::try_from(IpcMessage(info.schema)).unwrap();
    assert_eq!(schema.field(0).name(), "n");
    let ticket = info.endpoint[0].ticket.clone().unwrap().ticket;
    assert!(info.endpoint[0].location.is_empty(), "clients never learn an address from a ticket");
    assert_eq!(client.get(ticket.clone()).await.unwrap().rows(), 3);
    assert_eq!(client.get(ticket).await.err().map(|e| e.code()), Some(Code::QueryNotFound));
}

#[tokio::test]
async fn the_same_operation_id_gets_the_same_query() {
    let served = serve().await;
    let client = served.client().await;
    let id = uuid();
    let info = |body: Vec<u8>| {
        let request = client.request(FlightDescriptor::new_cmd(body));
        let mut flight = client.flight.clone();
        async move { flight.get_flight_info(request).await.map(tonic::Response::into_inner) }
    };
    let first = info(execute_as("rows 3", &id)).await.unwrap();
    let second = info(execute_as("rows 3", &id)).await.unwrap();
    let ticket = |info: &arrow_flight::FlightInfo| info.endpoint[0].ticket.clone().unwrap().ticket;
    assert_eq!(client.get(ticket(&first)).await.unwrap().rows(), 3);
    assert_eq!(client.get(ticket(&second)).await.err().map(|e| e.code()), Some(Code::QueryNotFound), "it was one query, and it is fetched");
}

#[tokio::test]
async fn poll_answers_a_ticket_when_the_plan_is_ready_and_an_error_when_it_is_wrong() {
    let served = serve().await;
    let client = served.client().await;
    let poll =
        |statement: &str| client.flight.clone().poll_flight_info_owned(client.request(FlightDescriptor::new_cmd(execute(statement))));
    let info = poll("rows 5").await.unwrap().info.unwrap();
    assert_eq!(client.get(info.endpoint[0].ticket.clone().unwrap().ticket).await.unwrap().rows(), 5);
    assert_eq!(poll("fail").await.map_err(|status| error(status).code()).err(), Some(Code::UnresolvedColumn));
}

#[tokio::test]
async fn an_answer_names_its_query_in_a_header() {
    let served = serve().await;
    let client = served.client().await;
    let id = uuid();
    let answer = client.flight.clone().do_get(client.request(Ticket::new(execute_as("rows 1", &id)))).await.unwrap();
    assert_eq!(answer.metadata().get("polybolos-query-id").unwrap().to_str().unwrap(), format!("q-{id}"));
    let ticket = client.ticket("rows 1").await.unwrap();
    let answer = client.flight.clone().do_get(client.request(Ticket::new(ticket))).await.unwrap();
    assert!(answer.metadata().get("polybolos-query-id").is_some());
}

async fn poll(client: &Client, descriptor: FlightDescriptor) -> PollInfo {
    client.flight.clone().poll_flight_info(client.request(descriptor)).await.unwrap().into_inner()
}

fn progress(info: &FlightInfo) -> ResultProgress {
    ResultProgress::decode(Any::decode(info.app_metadata.clone()).unwrap().value.as_slice()).unwrap()
}

fn ticket(info: &FlightInfo) -> bytes::Bytes {
    info.endpoint[0].ticket.clone().unwrap().ticket
}

#[tokio::test]
async fn a_query_that_is_polled_runs_in_the_server_until_its_result_is_whole() {
    let served = serve().await;
    let client = served.client().await;
    let polled = poll(&client, FlightDescriptor::new_cmd(execute("rows 100000"))).await;
    assert!(polled.flight_descriptor.is_none(), "there is nothing to wait for");
    assert_eq!(polled.progress, Some(1.0));
    let info = polled.info.unwrap();
    assert_eq!(info.total_records, 100_000);
    assert_eq!(served.engine.made.load(Ordering::SeqCst), 100_000_usize.div_ceil(BATCH_ROWS), "all of it is made");
    let fetched = client.get(ticket(&info)).await.unwrap();
    assert_eq!((fetched.rows(), fetched.trailer.map(|trailer| trailer.rows)), (100_000, Some(100_000)));
}

#[tokio::test]
async fn a_poll_of_a_query_at_work_says_how_far_it_is_and_a_fetch_takes_what_there_is() {
    let served = serve().await;
    let client = served.client().await;
    let first = poll(&client, FlightDescriptor::new_cmd(execute("hang"))).await;
    let again = first.flight_descriptor.expect("it goes on");
    let info = first.info.unwrap();
    assert_eq!((info.total_records, progress(&info).fraction), (-1, -1.0), "nobody knows how long it hangs");
    assert_eq!(client.until(QueryState::Running).await.rows, 0);
    let second = poll(&client, again).await;
    assert!(second.flight_descriptor.is_some());
    let mut stream = client.flight.clone().do_get(client.request(Ticket::new(ticket(&info)))).await.unwrap().into_inner();
    stream.message().await.unwrap();
    assert!(stream.message().await.unwrap().is_some(), "the row that was made before anybody fetched it");
}

#[tokio::test]
async fn a_polled_query_keeps_no_more_of_its_result_than_there_is_room_for() {
    let served = serve_with(|config| config.results.ahead = Size::kib(300)).await;
    let client = served.client().await;
    let polled = poll(&client, FlightDescriptor::new_cmd(execute("rows 10000000"))).await;
    assert!(polled.flight_descriptor.is_none(), "it waits for its reader");
    assert_eq!(polled.info.as_ref().map(|info| info.total_records), Some(-1));
    let made = served.engine.made.load(Ordering::SeqCst);
    assert!((2..=6).contains(&made), "{made} batches of 64 KiB were made");
    assert_eq!(client.get(ticket(&polled.info.unwrap())).await.unwrap().rows(), 10_000_000);
}

#[tokio::test]
async fn a_polled_query_fails_where_it_is_polled_and_ends_when_it_is_cancelled_or_nobody_polls_any_more() {
    let served = serve_with(|config| config.results.ticket_life = Span::seconds(2)).await;
    let client = served.client().await;
    let request = client.request(FlightDescriptor::new_cmd(execute("fail after 3")));
    let failed = client.flight.clone().poll_flight_info(request).await.map_err(error);
    assert_eq!(failed.err().map(|e| e.code()), Some(Code::DivisionByZero));
    let again = poll(&client, FlightDescriptor::new_cmd(execute("hang"))).await.flight_descriptor.unwrap();
    let running = client.until(QueryState::Running).await;
    let cancelled: CancelQueryResult = client.act("CancelQuery", &CancelQuery { query_id: running.query_id }).await.unwrap();
    assert_eq!(cancelled.outcome(), CancelOutcome::Cancelled);
    let polled = client.flight.clone().poll_flight_info(client.request(again)).await.map_err(error);
    assert_eq!(polled.err().map(|e| e.code()), Some(Code::Cancelled));
    let abandoned = served.engine.abandoned.load(Ordering::SeqCst);
    poll(&client, FlightDescriptor::new_cmd(execute("hang"))).await;
    let engine = served.engine.clone();
    eventually("the forgotten query to end", || engine.abandoned.load(Ordering::SeqCst) > abandoned).await;
}

trait PollOwned {
    async fn poll_flight_info_owned(self, request: tonic::Request<FlightDescriptor>) -> Result<arrow_flight::PollInfo, tonic::Status>;
}

impl PollOwned for arrow_flight::flight_service_client::FlightServiceClient<tonic::transport::Channel> {
    async fn poll_flight_info_owned(mut self, request: tonic::Request<FlightDescriptor>) -> Result<arrow_flight::PollInfo, tonic::Status> {
        self.poll_flight_info(request).await.map(tonic::Response::into_inner)
    }
}

#[tokio::test]
async fn get_schema_and_analyze_agree_with_the_stream() {
    let served = serve().await;
    let client = served.client().await;
    let descriptor = FlightDescriptor::new_cmd(execute("views 100"));
    let answer = client.flight.clone().get_schema(client.request(descriptor)).await.unwrap().into_inner();
    let schema = Schema::try_from(IpcMessage(answer.schema)).unwrap();
    let analyze = Analyze { plan: Some(sql_plan("views 100")), what: vec![AnalyzeWhat::Schema as i32], ..Analyze::default() };
    let analyzed: AnalyzeResult = client.act("Analyze", &analyze).await.unwrap();
    assert_eq!(Schema::try_from(IpcMessage(analyzed.arrow_schema)).unwrap(), schema);
    let fetched = client.run("views 100").await.unwrap();
    assert_eq!(fetched.batches[0].schema().as_ref(), &schema);
}

#[tokio::test]
async fn an_error_keeps_its_code_place_and_candidates() {
    let served = serve().await;
    let client = served.client().await;
    let error = client.run("fail").await.err().unwrap();
    assert_eq!(error.code(), Code::UnresolvedColumn);
    assert_eq!(error.location().map(|place| (place.relation, place.path.as_str())), Some((7, "filter.predicate")));
    assert_eq!(error.candidates(), ["amount"]);
    assert!(error.query_id().is_some());
}

#[tokio::test]
async fn an_error_in_the_middle_of_a_result_arrives_after_the_rows_before_it() {
    let served = serve().await;
    let client = served.client().await;
    assert_eq!(client.run("fail after 3").await.err().map(|e| e.code()), Some(Code::DivisionByZero));
    assert_eq!(client.run("rows 1").await.unwrap().rows(), 1, "the server goes on");
}

#[tokio::test]
async fn errors_that_do_not_fit_a_status_are_fetched_by_id_by_whom_they_were_told_to() {
    let served = serve().await;
    let client = served.client().await;
    let request = client.request(arrow_flight::Ticket::new(execute("fail many")));
    let status = client.flight.clone().do_get(request).await.err().unwrap();
    assert!(status.details().len() < 4096, "{} bytes of details", status.details().len());
    let any = polybolos_details(status.details());
    assert!(any.truncated && !any.error_id.is_empty());
    let all: PlanErrors = client.act("FetchErrorDetails", &FetchErrorDetails { error_id: any.error_id }).await.unwrap();
    assert_eq!(all.errors.len(), 101);
    let missing = client.act::<PlanErrors>("FetchErrorDetails", &FetchErrorDetails { error_id: uuid() }).await;
    assert_eq!(missing.err().map(|e| e.code()), Some(Code::QueryNotFound));
}

fn polybolos_details(bytes: &[u8]) -> PlanErrors {
    #[derive(Clone, PartialEq, Message)]
    struct Status {
        #[prost(message, repeated, tag = "3")]
        details: Vec<prost_types::Any>,
    }
    PlanErrors::decode(Status::decode(bytes).unwrap().details[0].value.as_slice()).unwrap()
}

#[tokio::test]
async fn cancel_ends_a_query_that_streams_and_says_so_to_its_reader() {
    let served = serve().await;
    let client = served.client().await;
    let id = uuid();
    let reading = tokio::spawn({
        let (client, id) = (client.clone(), id.clone());
        async move { client.get(execute_as("hang", &id)).await.err().map(|e| e.code()) }
    });
    let running = client.until(QueryState::Running).await;
    assert_eq!(running.query_id, format!("q-{id}"));
    let cancelled: CancelQueryResult = client.act("CancelQuery", &CancelQuery { query_id: format!("q-{id}") }).await.unwrap();
    assert_eq!(cancelled.outcome, CancelOutcome::Cancelled as i32);
    assert_eq!(reading.await.unwrap(), Some(Code::Cancelled));
    let again: CancelQueryResult = client.act("CancelQuery", &CancelQuery { query_id: id }).await.unwrap();
    assert_eq!(again.outcome, CancelOutcome::AlreadyEnded as i32);
    assert_eq!(served.engine.abandoned.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn cancel_ends_a_query_that_is_being_planned() {
    let served = serve().await;
    let client = served.client().await;
    let id = uuid();
    let planning = tokio::spawn({
        let (client, id) = (client.clone(), id.clone());
        async move { client.get(execute_as("slow plan", &id)).await.err().map(|e| e.code()) }
    });
    client.until(QueryState::Planning).await;
    let cancelled: CancelQueryResult = client.act("CancelQuery", &CancelQuery { query_id: id.clone() }).await.unwrap();
    assert_eq!(cancelled.outcome, CancelOutcome::Cancelled as i32);
    assert_eq!(planning.await.unwrap(), Some(Code::Cancelled));
}

#[tokio::test]
async fn a_client_deadline_ends_the_query() {
    let served = serve().await;
    let client = served.client().await.with("grpc-timeout", "200m");
    assert_eq!(client.run("slow plan").await.err().map(|e| e.code()), Some(Code::DeadlineExceeded));
    assert_eq!(client.run("hang").await.err().map(|e| e.code()), Some(Code::DeadlineExceeded));
    let engine = served.engine.clone();
    eventually("the stream's end", || engine.abandoned.load(std::sync::atomic::Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn more_queries_than_slots_wait_and_more_than_the_queue_are_refused() {
    let served = serve_with(|config| {
        config.admission.queries = 1;
        config.admission.queue = 1;
    })
    .await;
    let client = served.client().await;
    let id = uuid();
    let running = tokio::spawn({
        let (client, id) = (client.clone(), id.clone());
        async move { client.get(execute_as("hang", &id)).await.err().map(|e| e.code()) }
    });
    client.until(QueryState::Running).await;
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.run("rows 2").await.map(|fetched| fetched.rows()) }
    });
    client.until(QueryState::Queued).await;
    let refused = client.run("rows 1").await.err().unwrap();
    assert_eq!(refused.code(), Code::Overloaded);
    assert!(refused.retry_after_millis() > 0);
    let _: CancelQueryResult = client.act("CancelQuery", &CancelQuery { query_id: id }).await.unwrap();
    assert_eq!(running.await.unwrap(), Some(Code::Cancelled));
    assert_eq!(waiting.await.unwrap().unwrap(), 2);
}

#[tokio::test]
async fn capabilities_tell_the_doors_own_limits_and_come_once_for_an_etag() {
    let served = serve().await;
    let client = served.client().await;
    let all: Capabilities = client.act("GetCapabilities", &GetCapabilities::default()).await.unwrap();
    assert_eq!(all.limits.map(|limits| (limits.message_bytes, limits.plan_bytes)), Some((32 << 20, 32 << 20)));
    let known = GetCapabilities { if_not_etag: all.etag, ..GetCapabilities::default() };
    let nothing: Capabilities = client.act("GetCapabilities", &known).await.unwrap();
    assert_eq!(nothing.engine, "");
}

#[tokio::test]
async fn an_operation_id_in_use_is_refused_and_free_again_after_the_end() {
    let served = serve().await;
    let client = served.client().await;
    let id = uuid();
    let mut stream =
        client.flight.clone().do_get(client.request(arrow_flight::Ticket::new(execute_as("hang", &id)))).await.unwrap().into_inner();
    stream.message().await.unwrap();
    assert_eq!(client.get(execute_as("rows 1", &id)).await.err().map(|e| e.code()), Some(Code::AlreadyExists));
    drop(stream);
    let engine = served.engine.clone();
    eventually("the stream's end", || engine.abandoned.load(std::sync::atomic::Ordering::SeqCst) == 1).await;
    assert_eq!(client.get(execute_as("rows 1", &id)).await.unwrap().rows(), 1);
}
