//! [`Transport`] over Flight.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::{Action, Ticket};
use arrow_schema::SchemaRef;
use async_trait::async_trait;
use bytes::Bytes;
use polybolos_protocol::error::Code;
use polybolos_protocol::transport::{AnalyzeRequest, BatchStream, ExecuteRequest, QueryStream, Transport};
use polybolos_protocol::wire::flight::{
    Analyze, AnalyzeResult, AnalyzeWhat, CancelOutcome, CancelQuery, CancelQueryResult, Capabilities, CloseSession, GetCapabilities,
    ListQueries, ListQueriesResult, OpenSession, PutReceipt, QueryInfo, SessionOpened,
};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{Error, Result};
use prost::{Message, Name};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use zeroize::Zeroizing;

use super::address::Address;
use super::headers::Headers;
use super::messages::{client_info, execute_ticket, pack, unpack};
use super::options;
use super::rows;
use super::status::error_of;
use super::upload::{Messages, upload};

/// The largest message that we take. Servers send a few MiB at once; a single huge row can be more.
const MESSAGE_BYTES_MAX: usize = 256 << 20;
/// How long to wait before each new start.
const RETRY_AFTER: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];

type Client = FlightServiceClient<InterceptedService<Channel, Headers>>;

/// One session on a server, over one connection.
pub struct FlightTransport {
    address: Arc<Address>,
    client: Client,
    opened: SessionOpened,
    closed: AtomicBool,
}

impl FlightTransport {
    /// Connects and opens a session.
    pub(super) async fn open(
        address: Address,
        endpoint: Endpoint,
        token: Option<Zeroizing<String>>,
        options: Vec<(String, String)>,
    ) -> Result<Self> {
        let address = Arc::new(address);
        let channel = endpoint.connect().await.map_err(|error| error_of(&address, tonic::Status::from_error(Box::new(error))))?;
        let headers = Headers::of_token(token)?;
        let anonymous = client(channel.clone(), headers.clone());
        let request = OpenSession { client: Some(client_info()), options: sorted(options) };
        let opened: SessionOpened = ask(&address, &anonymous, &request).await?;
        let client = client(channel, headers.in_session(&opened.session_id)?);
        Ok(Self { address, client, opened, closed: AtomicBool::new(false) })
    }

    /// Where the server is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The id of the session.
    pub fn session_id(&self) -> &str {
        &self.opened.session_id
    }

    async fn start(&self, operation_id: &str, ticket: &Bytes) -> Result<QueryStream> {
        let mut client = self.client.clone();
        let answer = client.do_get(Ticket { ticket: ticket.clone() }).await.map_err(|status| error_of(&self.address, status))?;
        rows::read(Arc::clone(&self.address), operation_id.to_owned(), answer).await
    }

    async fn ask<Q: Message + Name, A: Message + Name + Default>(&self, question: &Q) -> Result<A> {
        ask(&self.address, &self.client, question).await
    }

    /// As `ask`, for questions that change nothing: asked again where the server was away.
    async fn ask_again<Q: Message + Name, A: Message + Name + Default>(&self, question: &Q) -> Result<A> {
        retried(|| self.ask(question)).await
    }

    async fn act(&self, name: &str, body: Bytes) -> Result<Vec<Bytes>> {
        act(&self.address, &self.client, name, body).await
    }

    async fn options(&self) -> Result<Vec<(String, String)>> {
        let answer = self.act("GetSessionOptions", options::GetSessionOptions {}.encode_to_vec().into()).await?;
        Ok(standard::<options::GetSessionOptionsResult>(&answer)?.into_texts())
    }
}

fn client(channel: Channel, headers: Headers) -> Client {
    FlightServiceClient::with_interceptor(channel, headers)
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
        .max_encoding_message_size(usize::MAX)
}

fn sorted(options: Vec<(String, String)>) -> Vec<pb::KeyValue> {
    let mut options: Vec<_> = options.into_iter().map(|(key, value)| pb::KeyValue { key, value }).collect();
    options.sort_by(|a, b| a.key.cmp(&b.key));
    options
}

/// Asks by the action that has the question's name; the answer is one message.
async fn ask<Q: Message + Name, A: Message + Name + Default>(address: &Address, client: &Client, question: &Q) -> Result<A> {
    let bodies = act(address, client, &Q::full_name(), pack(question)).await?;
    let body = bodies.first().ok_or_else(|| Error::internal(format!("the server answered nothing to {}", Q::full_name())))?;
    unpack(body)
}

async fn act(address: &Address, client: &Client, name: &str, body: Bytes) -> Result<Vec<Bytes>> {
    let mut client = client.clone();
    let told = |status| error_of(address, status);
    let action = Action { r#type: name.to_owned(), body };
    let mut answers = client.do_action(action).await.map_err(told)?.into_inner();
    let mut bodies = Vec::new();
    while let Some(answer) = answers.message().await.map_err(told)? {
        bodies.push(answer.body);
    }
    Ok(bodies)
}

async fn send(address: &Address, mut client: Client, messages: Messages) -> Result<PutReceipt> {
    let mut answers = client.do_put(messages).await.map_err(|status| error_of(address, status))?.into_inner();
    let answer = answers.message().await.map_err(|status| error_of(address, status))?;
    let answer = answer.ok_or_else(|| Error::new(Code::Unavailable, "the server did not confirm the data that was sent"))?;
    unpack(&answer.app_metadata)
}

fn standard<M: Message + Default>(bodies: &[Bytes]) -> Result<M> {
    let body = bodies.first().cloned().unwrap_or_default();
    M::decode(body).map_err(|error| Error::internal("the server's answer is not one of Flight's messages").with_source(error))
}

/// Does it again where the server could not be reached.
async fn retried<T, F: Future<Output = Result<T>>>(attempt: impl Fn() -> F) -> Result<T> {
    for pause in RETRY_AFTER {
        match attempt().await {
            Err(error) if error.code() == Code::Unavailable => {
                tracing::debug!(%error, ?pause, "trying again");
                tokio::time::sleep(pause).await;
            }
            done => return done,
        }
    }
    attempt().await
}

#[async_trait]
impl Transport for FlightTransport {
    async fn execute(&self, request: ExecuteRequest) -> Result<QueryStream> {
        let ticket = execute_ticket(&request);
        let start = || self.start(&request.operation_id, &ticket);
        match request.plan.plan().root {
            Some(pb::plan::Root::Relation(_)) => retried(start).await,
            _ => start().await,
        }
    }

    async fn analyze(&self, request: AnalyzeRequest) -> Result<AnalyzeResult> {
        let runs = request.what.contains(&AnalyzeWhat::ExplainAnalyze);
        let question = Analyze {
            plan: Some(request.plan.plan().clone()),
            what: request.what.iter().map(|&what| what as i32).collect(),
            parameters: request.parameters,
            operation_id: request.operation_id,
        };
        if runs { self.ask(&question).await } else { self.ask_again(&question).await }
    }

    async fn put(&self, schema: SchemaRef, batches: BatchStream) -> Result<PutReceipt> {
        let upload = upload(Arc::clone(&self.address), schema, batches);
        tokio::select! {
            biased;
            Ok(error) = upload.failed => Err(error),
            done = send(&self.address, self.client.clone(), upload.messages) => done,
        }
    }

    async fn cancel(&self, query_id: &str) -> Result<CancelOutcome> {
        let answer: CancelQueryResult = self.ask_again(&CancelQuery { query_id: query_id.to_owned() }).await?;
        Ok(answer.outcome())
    }

    async fn queries(&self, all_states: bool) -> Result<Vec<QueryInfo>> {
        let answer: ListQueriesResult = self.ask_again(&ListQueries { all_states }).await?;
        Ok(answer.queries)
    }

    async fn capabilities(&self) -> Result<Capabilities> {
        let held = self.opened.capabilities.clone().unwrap_or_default();
        let question = GetCapabilities { client: Some(client_info()), if_not_etag: held.etag.clone() };
        let now: Capabilities = self.ask_again(&question).await?;
        let unchanged = !held.etag.is_empty() && now.etag == held.etag;
        Ok(if unchanged { held } else { now })
    }

    async fn set_options(&self, options: Vec<(String, String)>) -> Result<Vec<(String, String)>> {
        if !options.is_empty() {
            let answer = self.act("SetSessionOptions", options::request(options.clone()).encode_to_vec().into()).await?;
            let known = self.options().await?;
            options::refusal(&standard(&answer)?, &options, &known)?;
            return Ok(known);
        }
        retried(|| self.options()).await
    }

    async fn close(&self) -> Result<()> {
        if self.closed.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        // A server that has gone took the session with it.
        let gone = |error: &Error| matches!(error.code(), Code::SessionNotFound | Code::Unavailable);
        match self.act(&CloseSession::full_name(), pack(&CloseSession {})).await {
            Err(error) if !gone(&error) => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for FlightTransport {
    /// A session that nobody closed is closed in the background where that can be done; else the server ends it when it has
    /// been idle for long.
    fn drop(&mut self) {
        if self.closed.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (address, client) = (Arc::clone(&self.address), self.client.clone());
            runtime.spawn(async move {
                if let Err(error) = act(&address, &client, &CloseSession::full_name(), pack(&CloseSession {})).await {
                    tracing::debug!(%error, "the session could not be closed");
                }
            });
        }
    }
}

impl fmt::Debug for FlightTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightTransport")
            .field("address", &self.address.to_string())
            .field("session", &self.opened.session_id)
            .finish_non_exhaustive()
    }
}
