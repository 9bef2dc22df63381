//! Flight's service: unpacks the request, finds the caller, and tells errors as statuses.

use std::pin::Pin;

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo, HandshakeRequest, HandshakeResponse, PollInfo,
    PutResult, SchemaResult, Ticket,
};
use futures::{Stream, StreamExt, TryFutureExt, stream};
use polybolos_protocol::{Code, Error, Result};
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::MetadataValue;
use tonic::{Request, Response, Status, Streaming};

use super::{Door, actions};
use crate::auth::basic_password;
use crate::body::QUERY_ID_HEADER;
use crate::caller::{Caller, SESSION_COOKIE};
use crate::connection::ConnectionInfo;
use crate::encode::{Outgoing, Part};
use crate::errors;

type Answers<T> = Pin<Box<dyn Stream<Item = std::result::Result<T, Status>> + Send>>;
type Told<T> = std::result::Result<Response<T>, Status>;

fn caller<T>(request: &Request<T>) -> std::result::Result<Caller, Status> {
    Caller::of(request.extensions(), request.metadata().as_ref()).map_err(|e| errors::status(&e))
}

#[tonic::async_trait]
impl FlightService for Door {
    type HandshakeStream = Answers<HandshakeResponse>;
    type ListFlightsStream = Answers<FlightInfo>;
    type DoGetStream = Answers<FlightData>;
    type DoPutStream = Answers<PutResult>;
    type DoActionStream = Answers<arrow_flight::Result>;
    type ListActionsStream = Answers<ActionType>;
    type DoExchangeStream = Answers<FlightData>;

    /// Checks a user's name and token sent as basic authorization, and answers the token as a bearer one.
    async fn handshake(&self, request: Request<Streaming<HandshakeRequest>>) -> Told<Self::HandshakeStream> {
        let peer = ConnectionInfo::of(request.extensions()).map(|connection| connection.peer.ip());
        let token = self.handshake_token(request.metadata().as_ref()).map_err(|e| errors::status(&self.gate.refused(peer, e)))?;
        let answer = HandshakeResponse { protocol_version: 0, payload: token.clone().into() };
        let mut response = Response::new(stream::iter([Ok(answer)]).boxed());
        let bearer = MetadataValue::try_from(format!("Bearer {token}")).map_err(|_| Status::internal("a token does not fit a header"))?;
        response.metadata_mut().insert("authorization", bearer);
        Ok(response)
    }

    async fn list_flights(&self, _: Request<Criteria>) -> Told<Self::ListFlightsStream> {
        let error = Error::unsupported("there are no flights to list; list tables with SQL or Flight SQL's GetTables");
        Err(errors::status(&error))
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Told<FlightInfo> {
        let caller = caller(&request)?;
        self.flight_info(&caller, request.into_inner()).map_err(|e| self.status(&caller, &e)).await.map(Response::new)
    }

    async fn poll_flight_info(&self, request: Request<FlightDescriptor>) -> Told<PollInfo> {
        let caller = caller(&request)?;
        self.poll_info(&caller, request.into_inner()).map_err(|e| self.status(&caller, &e)).await.map(Response::new)
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Told<SchemaResult> {
        let caller = caller(&request)?;
        self.schema(&caller, request.into_inner()).map_err(|e| self.status(&caller, &e)).await.map(Response::new)
    }

    /// The router answers DoGet itself, with a body that copies less; this is for who uses the service without it.
    async fn do_get(&self, request: Request<Ticket>) -> Told<Self::DoGetStream> {
        let caller = caller(&request)?;
        let Outgoing { query_id, parts } = self.get(&caller, &request.get_ref().ticket).await.map_err(|e| self.status(&caller, &e))?;
        let messages = ReceiverStream::new(parts).filter_map(|part| async move {
            match part {
                Part::Frame(frame) => Some(Ok(frame.into_flight_data())),
                Part::End(status) if status.code() == tonic::Code::Ok => None,
                Part::End(status) => Some(Err(status)),
            }
        });
        let mut response = Response::new(messages.boxed());
        if let Some(id) = query_id.and_then(|id| MetadataValue::try_from(id).ok()) {
            response.metadata_mut().insert(QUERY_ID_HEADER, id);
        }
        Ok(response)
    }

    async fn do_put(&self, request: Request<Streaming<FlightData>>) -> Told<Self::DoPutStream> {
        let caller = caller(&request)?;
        let result = self.put(&caller, request.into_inner()).await.map_err(|e| self.status(&caller, &e))?;
        Ok(Response::new(stream::iter(result.map(Ok)).boxed()))
    }

    async fn do_exchange(&self, _: Request<Streaming<FlightData>>) -> Told<Self::DoExchangeStream> {
        Err(errors::status(&Error::unsupported("DoExchange is not served here; run plans with DoGet, send data with DoPut")))
    }

    async fn do_action(&self, request: Request<Action>) -> Told<Self::DoActionStream> {
        let caller = caller(&request)?;
        let answer = self.act(&caller, request.get_ref()).await.map_err(|e| self.status(&caller, &e))?;
        let bodies = answer.bodies.into_iter().map(|body| Ok(arrow_flight::Result { body }));
        let mut response = Response::new(stream::iter(bodies).boxed());
        if let Some(id) =
            answer.session.and_then(|id| MetadataValue::try_from(format!("{SESSION_COOKIE}={id}; HttpOnly; SameSite=Strict")).ok())
        {
            response.metadata_mut().insert("set-cookie", id);
        }
        Ok(response)
    }

    async fn list_actions(&self, _: Request<Empty>) -> Told<Self::ListActionsStream> {
        Ok(Response::new(stream::iter(actions::list().into_iter().map(Ok)).boxed()))
    }
}

impl Door {
    /// The bearer token for these credentials. It is the token itself, so that its expiry and its revocation hold everywhere.
    fn handshake_token(&self, headers: &http::HeaderMap) -> Result<String> {
        let Some(tokens) = self.gate.tokens() else { return Ok("anonymous".to_owned()) };
        let (user, token) = basic_password(headers).ok_or_else(|| {
            Error::new(Code::Unauthenticated, "the handshake needs basic authorization: the token's name as user, the token as password")
        })?;
        let principal = tokens.principal(&token)?;
        if user.is_empty() || user == principal.name() {
            return Ok(token);
        }
        Err(Error::new(Code::Unauthenticated, "the token is not this user's"))
    }
}
