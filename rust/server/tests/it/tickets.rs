//! Tickets: sealed, for one principal, for a while.

use arrow_flight::{
    CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightDescriptor, FlightEndpoint, RenewFlightEndpointRequest, Ticket,
};
use polybolos_protocol::Code;
use polybolos_server::config::Span;
use prost::Message;
use prost_types::Any;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::auth::Tokens;
use crate::harness::{eventually, execute, pack, serve, serve_with};

#[tokio::test]
async fn forged_tickets_are_refused() {
    let served = serve().await;
    let client = served.client().await;
    let ticket = client.ticket("rows 1").await.unwrap();
    let sealed = Any::decode(ticket.clone()).unwrap();
    let inner = polybolos_protocol::wire::flight::ResultTicket::decode(sealed.value.as_slice()).unwrap().sealed;
    let mut random = StdRng::seed_from_u64(7);
    for round in 0..200 {
        let mut forged = inner.to_vec();
        match round % 3 {
            0 => {
                let bit = random.random_range(0..forged.len() * 8);
                forged[bit / 8] ^= 1 << (bit % 8);
            }
            1 => forged.truncate(random.random_range(0..forged.len())),
            _ => forged = (0..random.random_range(0..100)).map(|_| random.random()).collect(),
        }
        let message = polybolos_protocol::wire::flight::ResultTicket { sealed: forged.into() };
        let refused = client.get(pack("polybolos.flight.v1.ResultTicket", &message)).await;
        assert_eq!(refused.err().map(|e| e.code()), Some(Code::PermissionDenied), "round {round}");
    }
    assert_eq!(client.get(ticket).await.unwrap().rows(), 1, "the right one is still good");
}

#[tokio::test]
async fn a_ticket_of_another_principal_is_refused_like_a_forged_one() {
    let tokens = Tokens::of(&["ada", "bob"]);
    let served = serve_with(|config| config.auth.tokens_file = Some(tokens.path())).await;
    let client = served.client().await;
    let (ada, bob) = (client.clone().with("authorization", tokens.bearer("ada")), client.with("authorization", tokens.bearer("bob")));
    let ticket = ada.ticket("rows 4").await.unwrap();
    assert_eq!(bob.get(ticket.clone()).await.err().map(|e| e.code()), Some(Code::PermissionDenied));
    assert_eq!(ada.get(ticket).await.unwrap().rows(), 4);
}

#[tokio::test]
async fn a_ticket_that_nobody_fetches_expires_and_its_query_is_cancelled() {
    let served = serve_with(|config| config.results.ticket_life = Span::millis(50)).await;
    let client = served.client().await;
    let ticket = client.ticket("rows 4").await.unwrap();
    let engine = served.engine.clone();
    eventually("the query to be dropped", || engine.abandoned.load(std::sync::atomic::Ordering::SeqCst) == 1).await;
    assert_eq!(client.get(ticket).await.err().map(|e| e.code()), Some(Code::QueryNotFound));
}

#[tokio::test]
async fn the_standard_actions_renew_and_cancel_by_ticket() {
    let served = serve().await;
    let client = served.client().await;
    let info =
        client.flight.clone().get_flight_info(client.request(FlightDescriptor::new_cmd(execute("rows 4")))).await.unwrap().into_inner();
    let renew = RenewFlightEndpointRequest { endpoint: Some(info.endpoint[0].clone()) };
    let renewed = client.act_raw("RenewFlightEndpoint", renew.encode_to_vec()).await.unwrap();
    let renewed = FlightEndpoint::decode(renewed[0].clone()).unwrap();
    assert!(renewed.expiration_time.is_some());
    let cancel = CancelFlightInfoRequest { info: Some(info) };
    let status = |body: bytes::Bytes| CancelFlightInfoResult::decode(body).unwrap().status;
    let cancelled = client.act_raw("CancelFlightInfo", cancel.encode_to_vec()).await.unwrap();
    assert_eq!(status(cancelled[0].clone()), CancelStatus::Cancelled as i32);
    let again = client.act_raw("CancelFlightInfo", cancel.encode_to_vec()).await.unwrap();
    assert_eq!(status(again[0].clone()), CancelStatus::NotCancellable as i32);
    let ticket: Ticket = renewed.ticket.unwrap();
    assert_eq!(client.get(ticket.ticket).await.err().map(|e| e.code()), Some(Code::QueryNotFound));
}
