//! A Flight server on the loopback whose answers a test scripts: what it sends for a DoGet, and when it goes away.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_server::{FlightService, FlightServiceServer};
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo, HandshakeRequest, HandshakeResponse, PollInfo,
    PutResult, SchemaResult, Ticket,
};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use parking_lot::Mutex;
use polybolos_client::protocol::Error;
use polybolos_client::protocol::decode;
use polybolos_client::protocol::error::to_status_details;
use polybolos_client::protocol::limits::PlanLimits;
use polybolos_client::protocol::wire::flight::{
    CancelOutcome, CancelQueryResult, Capabilities, ExecutePlan, ListQueriesResult, PutReceipt, ResultTrailer, SessionOpened,
};
use prost::{Message, Name};
use tokio::sync::oneshot;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status, Streaming};

type Reply<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// One answer to a DoGet.
pub(crate) enum Get {
    /// So many batches of three rows, and the trailer.
    Whole(usize),
    /// So many batches, and a trailer that tells other rows.
    Miscounted(usize),
    /// So many batches, and an end without a trailer.
    CutOff(usize),
    /// So many batches, then silence until the client goes away.
    Endless(usize),
    /// An error at once.
    Fails(Error),
    /// A bare status at once.
    Status(Status),
}

/// What the server was asked.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) plans: Vec<ExecutePlan>,
    pub(crate) actions: Vec<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) put_rows: usize,
    pub(crate) dropped: usize,
}

#[derive(Clone, Default)]
struct Service {
    gets: Arc<Mutex<VecDeque<Get>>>,
    seen: Arc<Mutex<Seen>>,
}

/// A running server, gone when dropped.
pub(crate) struct FakeServer {
    pub(crate) address: String,
    service: Service,
    _stop: oneshot::Sender<()>,
}

impl FakeServer {
    /// Starts a server that gives these answers, one after the other.
    pub(crate) async fn start(gets: impl IntoIterator<Item = Get>) -> Self {
        Self::start_with(Server::builder(), "grpc", gets).await
    }

    /// Starts a server with this certificate and key (PEM).
    pub(crate) async fn start_with_tls(certificate: &str, key: &str) -> Self {
        let tls = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key));
        Self::start_with(Server::builder().tls_config(tls).unwrap(), "grpc+tls", []).await
    }

    async fn start_with(mut builder: Server, scheme: &str, gets: impl IntoIterator<Item = Get>) -> Self {
        let service = Service::default();
        service.gets.lock().extend(gets);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("{scheme}://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let incoming = tonic::transport::server::TcpIncoming::from(listener);
        let flight = FlightServiceServer::new(service.clone());
        let serving = builder.add_service(flight).serve_with_incoming(incoming);
        tokio::spawn(async move {
            tokio::select! { _ = serving => {}, _ = stopped => {} }
        });
        Self { address, service, _stop: stop }
    }

    pub(crate) fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.service.seen.lock())
    }

    /// Waits until what was seen is as it should be.
    pub(crate) async fn wait_until(&self, holds: impl Fn(&Seen) -> bool) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        while !self.seen(&holds) {
            assert!(tokio::time::Instant::now() < deadline, "the server never saw it");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The same server with further answers.
    pub(crate) fn answering(self, gets: impl IntoIterator<Item = Get>) -> Self {
        self.service.gets.lock().extend(gets);
        self
    }
}

fn batch() -> RecordBatch {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    RecordBatch::try_from_iter([("n", numbers)]).unwrap()
}

fn pack<M: Message + Name>(message: &M) -> bytes::Bytes {
    prost_types::Any { type_url: M::type_url(), value: message.encode_to_vec() }.encode_to_vec().into()
}

fn unpack<M: Message + Name + Default>(bytes: &[u8]) -> M {
    let any = prost_types::Any::decode(bytes).unwrap();
    assert_eq!(any.type_url.rsplit('/').next(), Some(M::full_name().as_str()));
    decode::message(&M::full_name(), &any.value, &PlanLimits::default()).unwrap()
}

fn status(error: &Error) -> Status {
    Status::with_details(tonic::Code::from_i32(error.code().grpc() as i32), error.message(), to_status_details(error).into())
}

/// Tells that the client let go of a stream.
struct Guard(Arc<Mutex<Seen>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.lock().dropped += 1;
    }
}

impl Service {
    fn rows(&self, batches: usize) -> impl Stream<Item = Result<FlightData, Status>> + Send + use<> {
        let batches = stream::iter((0..batches).map(|_| Ok(batch())));
        FlightDataEncoderBuilder::new().with_schema(batch().schema()).build(batches).map_err(Status::from)
    }

    fn trailer(rows: usize) -> Result<FlightData, Status> {
        let trailer = ResultTrailer { rows: rows as u64, query_id: "q-7".into(), ..Default::default() };
        Ok(FlightData { app_metadata: pack(&trailer), ..Default::default() })
    }

    fn see<T>(&self, request: &Request<T>) {
        let header = |name| request.metadata().get(name).map(|value| value.to_str().unwrap().to_owned());
        let mut seen = self.seen.lock();
        seen.authorization = header("authorization");
        seen.session = header("polybolos-session");
    }
}

#[tonic::async_trait]
impl FlightService for Service {
    type HandshakeStream = Reply<HandshakeResponse>;
    type ListFlightsStream = Reply<FlightInfo>;
    type DoGetStream = Reply<FlightData>;
    type DoPutStream = Reply<PutResult>;
    type DoActionStream = Reply<arrow_flight::Result>;
    type ListActionsStream = Reply<ActionType>;
    type DoExchangeStream = Reply<FlightData>;

    async fn do_get(&self, request: Request<Ticket>) -> Result<Response<Self::DoGetStream>, Status> {
        self.see(&request);
        self.seen.lock().plans.push(unpack(&request.into_inner().ticket));
        let get = self.gets.lock().pop_front().unwrap_or(Get::Whole(1));
        let reply: Self::DoGetStream = match get {
            Get::Whole(n) => self.rows(n).chain(stream::iter([Self::trailer(3 * n)])).boxed(),
            Get::Miscounted(n) => self.rows(n).chain(stream::iter([Self::trailer(3 * n + 1)])).boxed(),
            Get::CutOff(n) => self.rows(n).boxed(),
            Get::Endless(n) => {
                let guard = Guard(Arc::clone(&self.seen));
                self.rows(n)
                    .chain(stream::pending())
                    .inspect(move |_| {
                        let _ = &guard;
                    })
                    .boxed()
            }
            Get::Fails(error) => return Err(status(&error)),
            Get::Status(status) => return Err(status),
        };
        let mut response = Response::new(reply);
        response.metadata_mut().insert("polybolos-query-id", "q-7".parse().unwrap());
        Ok(response)
    }

    async fn do_put(&self, request: Request<Streaming<FlightData>>) -> Result<Response<Self::DoPutStream>, Status> {
        let messages = request.into_inner().map_err(|status| FlightError::Tonic(Box::new(status)));
        let batches = arrow_flight::decode::FlightRecordBatchStream::new_from_flight_data(messages);
        let guard = Guard(Arc::clone(&self.seen));
        let batches: Vec<RecordBatch> = batches.try_collect().await.map_err(Status::from)?;
        std::mem::forget(guard);
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        self.seen.lock().put_rows += rows;
        let receipt = PutReceipt { id: "data-1".into(), rows_received: rows as u64, ..Default::default() };
        Ok(Response::new(stream::iter([Ok(PutResult { app_metadata: pack(&receipt) })]).boxed()))
    }

    async fn do_action(&self, request: Request<Action>) -> Result<Response<Self::DoActionStream>, Status> {
        self.see(&request);
        let action = request.into_inner();
        self.seen.lock().actions.push(action.r#type.clone());
        let body = match action.r#type.rsplit('.').next().unwrap() {
            "OpenSession" => pack(&SessionOpened {
                session_id: "s-1".into(),
                capabilities: Some(Capabilities { etag: "e".into(), engine: "fake".into(), ..Default::default() }),
                ..Default::default()
            }),
            "GetCapabilities" => pack(&Capabilities { etag: "e".into(), ..Default::default() }),
            "CancelQuery" => pack(&CancelQueryResult { outcome: CancelOutcome::AlreadyEnded as i32 }),
            "ListQueries" => pack(&ListQueriesResult::default()),
            "CloseSession" => return Ok(Response::new(stream::empty().boxed())),
            other => return Err(Status::unimplemented(other.to_owned())),
        };
        Ok(Response::new(stream::iter([Ok(arrow_flight::Result { body })]).boxed()))
    }

    async fn handshake(&self, _: Request<Streaming<HandshakeRequest>>) -> Result<Response<Self::HandshakeStream>, Status> {
        Err(Status::unimplemented("handshake"))
    }

    async fn list_flights(&self, _: Request<Criteria>) -> Result<Response<Self::ListFlightsStream>, Status> {
        Err(Status::unimplemented("list_flights"))
    }

    async fn get_flight_info(&self, _: Request<FlightDescriptor>) -> Result<Response<FlightInfo>, Status> {
        Err(Status::unimplemented("get_flight_info"))
    }

    async fn poll_flight_info(&self, _: Request<FlightDescriptor>) -> Result<Response<PollInfo>, Status> {
        Err(Status::unimplemented("poll_flight_info"))
    }

    async fn get_schema(&self, _: Request<FlightDescriptor>) -> Result<Response<SchemaResult>, Status> {
        Err(Status::unimplemented("get_schema"))
    }

    async fn list_actions(&self, _: Request<Empty>) -> Result<Response<Self::ListActionsStream>, Status> {
        Err(Status::unimplemented("list_actions"))
    }

    async fn do_exchange(&self, _: Request<Streaming<FlightData>>) -> Result<Response<Self::DoExchangeStream>, Status> {
        Err(Status::unimplemented("do_exchange"))
    }
}
