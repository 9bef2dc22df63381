//! Starting a server and talking to it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow_flight::decode::{DecodedPayload, FlightDataDecoder};
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::{Action, FlightData, FlightDescriptor, Ticket};
use futures::TryStreamExt;
use polybolos_engine::LocalEngine;
use polybolos_protocol::error::from_status_details;
use polybolos_protocol::transport::Engine;
use polybolos_protocol::wire::flight::{ExecutePlan, ListQueries, ListQueriesResult, QueryInfo, QueryState, ResultTrailer};
use polybolos_protocol::wire::plan::{ContractVersion, Plan, Profile, Relation, SqlQuery, plan, relation};
use polybolos_protocol::{Error, Result};
use polybolos_server::{ServerBuilder, ServerConfig};
use prost::Message;
use prost_types::Any;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::engine::FakeEngine;

pub struct Served {
    pub address: SocketAddr,
    /// The fake engine behind it; one that is not used where the server has a real one.
    pub engine: Arc<FakeEngine>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<Result<()>>,
}

pub async fn serve() -> Served {
    serve_with(|_| {}).await
}

pub async fn serve_with(change: impl FnOnce(&mut ServerConfig)) -> Served {
    let engine = Arc::new(FakeEngine::default());
    serve_engine(engine.clone(), engine, change).await
}

/// A server of the real engine.
pub async fn serve_local(engine: LocalEngine) -> Served {
    serve_engine(Arc::new(engine), Arc::default(), |_| {}).await
}

async fn serve_engine(engine: Arc<dyn Engine>, fake: Arc<FakeEngine>, change: impl FnOnce(&mut ServerConfig)) -> Served {
    let mut config = ServerConfig { listen: "127.0.0.1:0".parse().unwrap(), ..ServerConfig::default() };
    change(&mut config);
    let mut server = ServerBuilder::new(engine).with_config(config).build().unwrap();
    let address = server.bind().await.unwrap();
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(server.serve(async {
        let _ = stopped.await;
    }));
    Served { address, engine: fake, stop: Some(stop), serving }
}

impl Served {
    pub async fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address)).unwrap().connect().await.unwrap()
    }

    pub async fn client(&self) -> Client {
        Client::over(self.channel().await)
    }

    pub fn stop(&mut self) {
        self.stop.take();
    }

    pub async fn stopped(self) -> Result<()> {
        self.serving.await.unwrap()
    }
}

/// Waits for something to become true, for ten seconds at most.
pub async fn eventually(what: &str, mut truth: impl FnMut() -> bool) {
    let start = Instant::now();
    while !truth() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what} did not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[derive(Clone)]
pub struct Client {
    pub flight: FlightServiceClient<Channel>,
    pub headers: Vec<(&'static str, String)>,
}

pub struct Fetched {
    pub batches: Vec<RecordBatch>,
    pub trailer: Option<ResultTrailer>,
    pub wire_bytes: usize,
    pub largest_message: usize,
}

impl Fetched {
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    pub fn text(&self) -> String {
        arrow::util::pretty::pretty_format_batches(&self.batches).unwrap().to_string()
    }
}

impl Client {
    pub fn over(channel: Channel) -> Self {
        let flight = FlightServiceClient::new(channel).max_decoding_message_size(usize::MAX);
        Self { flight, headers: Vec::new() }
    }

    pub fn with(mut self, header: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }

    pub fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        for (name, value) in &self.headers {
            request.metadata_mut().insert(*name, value.parse().unwrap());
        }
        request
    }

    /// Fetches to the end; an error on the way is the error.
    pub async fn get(&self, ticket: impl Into<bytes::Bytes>) -> Result<Fetched> {
        let request = self.request(Ticket::new(ticket.into()));
        let stream = self.flight.clone().do_get(request).await.map_err(error)?.into_inner();
        fetch(stream.map_err(FlightError::from)).await
    }

    pub async fn run(&self, statement: &str) -> Result<Fetched> {
        self.get(execute(statement)).await
    }

    pub async fn ticket(&self, statement: &str) -> Result<bytes::Bytes> {
        let request = self.request(FlightDescriptor::new_cmd(execute(statement)));
        let info = self.flight.clone().get_flight_info(request).await.map_err(error)?.into_inner();
        Ok(info.endpoint[0].ticket.clone().unwrap().ticket)
    }

    pub async fn act_raw(&self, name: &str, body: impl Into<bytes::Bytes>) -> Result<Vec<bytes::Bytes>> {
        let request = self.request(Action::new(name, body.into()));
        let results = self.flight.clone().do_action(request).await.map_err(error)?.into_inner();
        results.map_ok(|result| result.body).try_collect().await.map_err(error)
    }

    /// Waits until one of the caller's queries is in this state, for ten seconds at most.
    pub async fn until(&self, state: QueryState) -> QueryInfo {
        let start = Instant::now();
        loop {
            let listed: ListQueriesResult = self.act("ListQueries", &ListQueries { all_states: true }).await.unwrap();
            if let Some(query) = listed.queries.into_iter().find(|query| query.state == state as i32) {
                return query;
            }
            assert!(start.elapsed() < Duration::from_secs(10), "no query came to {state:?}");
        }
    }

    /// One of our actions with one answer.
    pub async fn act<M: Message + Default>(&self, name: &str, message: &impl Message) -> Result<M> {
        let name = format!("polybolos.flight.v1.{name}");
        let answers = self.act_raw(&name, pack(&name, message)).await?;
        Ok(answers.first().map(|answer| M::decode(Any::decode(answer.clone()).unwrap().value.as_slice()).unwrap()).unwrap_or_default())
    }
}

pub async fn fetch(stream: impl futures::Stream<Item = std::result::Result<FlightData, FlightError>> + Send + 'static) -> Result<Fetched> {
    let mut decoder = FlightDataDecoder::new(stream);
    let mut fetched = Fetched { batches: Vec::new(), trailer: None, wire_bytes: 0, largest_message: 0 };
    while let Some(decoded) = decoder.try_next().await.map_err(flight_error)? {
        let bytes = decoded.inner.data_header.len() + decoded.inner.data_body.len();
        fetched.wire_bytes += bytes;
        fetched.largest_message = fetched.largest_message.max(bytes);
        if !decoded.inner.app_metadata.is_empty() {
            let any = Any::decode(decoded.inner.app_metadata.clone()).unwrap();
            fetched.trailer = Some(ResultTrailer::decode(any.value.as_slice()).unwrap());
        } else if let DecodedPayload::RecordBatch(batch) = decoded.payload {
            fetched.batches.push(batch);
        }
    }
    Ok(fetched)
}

pub fn error(status: Status) -> Error {
    from_status_details(status.code() as i32, status.message(), status.details())
}

fn flight_error(flight: FlightError) -> Error {
    match flight {
        FlightError::Tonic(status) => error(*status),
        other => panic!("{other}"),
    }
}

pub fn pack(name: &str, message: &impl Message) -> Vec<u8> {
    Any { type_url: format!("type.googleapis.com/{name}"), value: message.encode_to_vec() }.encode_to_vec()
}

pub fn sql_plan(statement: &str) -> Plan {
    let sql = SqlQuery { text: statement.to_owned(), ..SqlQuery::default() };
    Plan {
        version: Some(ContractVersion { minor: 0, producer: "test".to_owned() }),
        profile: Profile::Surface as i32,
        relations: vec![Relation { id: 1, kind: Some(relation::Kind::Sql(sql)), ..Relation::default() }],
        root: Some(plan::Root::Relation(1)),
        ..Plan::default()
    }
}

pub fn execute(statement: &str) -> Vec<u8> {
    execute_as(statement, "")
}

pub fn execute_as(statement: &str, operation_id: &str) -> Vec<u8> {
    let message = ExecutePlan { operation_id: operation_id.to_owned(), plan: Some(sql_plan(statement)), ..ExecutePlan::default() };
    pack("polybolos.flight.v1.ExecutePlan", &message)
}

pub fn uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}
