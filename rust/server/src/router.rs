//! Which service answers a path. DoGet is answered here, ahead of the generated service, for the sake of its body.

use std::convert::Infallible;
use std::task::{Context, Poll};

use arrow_flight::Ticket;
use arrow_flight::flight_service_server::FlightServiceServer;
use bytes::Buf;
use futures::future::BoxFuture;
use http::{Request, Response};
use prost::Message;
use tonic::body::Body;
use tonic::codec::{DecodeBuf, Decoder, Streaming};
use tonic::{Status, server::NamedService};
use tonic_health::pb::health_server::{Health, HealthServer};
use tower::Service;

use crate::body;
use crate::caller::Caller;
use crate::door::Door;
use crate::errors;

const DO_GET: &str = "/arrow.flight.protocol.FlightService/DoGet";

/// All services of the port.
#[derive(Debug)]
pub(crate) struct Router<H> {
    door: Door,
    flight: FlightServiceServer<Door>,
    health: HealthServer<H>,
    message_bytes_max: usize,
}

impl<H: Health> Router<H> {
    pub(crate) fn new(door: Door, health: HealthServer<H>, message_bytes_max: usize) -> Self {
        let flight =
            FlightServiceServer::new(door.clone()).max_decoding_message_size(message_bytes_max).max_encoding_message_size(usize::MAX);
        Self { door, flight, health, message_bytes_max }
    }
}

// Derived, it would ask that the health service itself can be cloned.
impl<H> Clone for Router<H> {
    fn clone(&self) -> Self {
        Self {
            door: self.door.clone(),
            flight: self.flight.clone(),
            health: self.health.clone(),
            message_bytes_max: self.message_bytes_max,
        }
    }
}

impl<H: Health> Service<Request<Body>> for Router<H> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let path = request.uri().path();
        let service = path.split('/').nth(1).unwrap_or_default();
        if path == DO_GET {
            let (door, limit) = (self.door.clone(), self.message_bytes_max);
            Box::pin(async move { Ok(do_get(door, request, limit).await.unwrap_or_else(Status::into_http)) })
        } else if service == <FlightServiceServer<Door> as NamedService>::NAME {
            Box::pin(self.flight.call(request))
        } else if service == <HealthServer<H> as NamedService>::NAME {
            Box::pin(self.health.call(request))
        } else {
            Box::pin(std::future::ready(Ok(Status::unimplemented("this server has Arrow Flight and gRPC health only").into_http())))
        }
    }
}

async fn do_get(door: Door, request: Request<Body>, message_bytes_max: usize) -> Result<Response<Body>, Status> {
    let (head, body) = request.into_parts();
    let caller = Caller::of(&head.extensions, &head.headers).map_err(|e| errors::status(&e))?;
    if head.headers.get("grpc-encoding").is_some_and(|encoding| encoding != "identity") {
        return Err(Status::unimplemented("compressed requests are not taken; send them as they are (grpc-encoding: identity)"));
    }
    let mut tickets = Streaming::new_request(TicketDecoder, body, None, Some(message_bytes_max));
    let ticket = tickets.message().await?.ok_or_else(|| Status::invalid_argument("DoGet needs a ticket"))?;
    let parts = door.get(&caller, &ticket.ticket).await.map_err(|e| door.status(&caller, &e))?;
    Ok(body::response(parts).await)
}

/// Decodes the one message of a DoGet request.
#[derive(Debug)]
struct TicketDecoder;

impl Decoder for TicketDecoder {
    type Item = Ticket;
    type Error = Status;

    fn decode(&mut self, source: &mut DecodeBuf<'_>) -> Result<Option<Ticket>, Status> {
        let bytes = source.copy_to_bytes(source.remaining());
        Ticket::decode(bytes).map(Some).map_err(|e| Status::invalid_argument(format!("the request is no Ticket: {e}")))
    }
}
