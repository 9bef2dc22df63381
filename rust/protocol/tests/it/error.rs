//! Errors over the wire and on the screen.

use polybolos_protocol::error::{CallSite, PlanPlace, STATUS_DETAILS_BYTES_MAX, from_status_details, to_status_details};
use polybolos_protocol::{Code, Error};

fn there_and_back(error: &Error) -> Error {
    from_status_details(error.code().grpc() as i32, error.message(), &to_status_details(error))
}

#[test]
fn an_error_crosses_the_wire_with_place_facts_and_company() {
    let error = Error::new(Code::UnresolvedColumn, "no column \"amout\"")
        .at(PlanPlace::exact(7, "filter.predicate.call.args[1]"))
        .param("name", "amout")
        .with_candidates(["amount", "amt"])
        .with_query_id("q-1")
        .retry_after(250)
        .with_others([Error::new(Code::TypeMismatch, "text and number").in_relation(9)]);
    let received = there_and_back(&error);
    assert_eq!(received.code(), Code::UnresolvedColumn);
    assert_eq!(received.message(), error.message());
    assert_eq!(received.location(), error.location());
    assert_eq!(received.candidates(), ["amount", "amt"]);
    assert_eq!(received.query_id(), Some("q-1"));
    assert_eq!(received.retry_after_millis(), 250);
    assert_eq!(received.others()[0].location().unwrap().relation, 9);
}

#[test]
fn however_large_the_error_its_details_are_small_and_say_the_code() {
    let long = "ä".repeat(10_000);
    let one = |code| {
        let error = Error::new(code, long.clone()).at(PlanPlace::exact(1, long.clone())).with_query_id(long.clone());
        (0..50).fold(error, |error, i| error.param(format!("{i}{long}"), long.clone())).with_candidates([long.clone(), long.clone()])
    };
    let error = one(Code::DataInvalid).with_others((0..20).map(|_| one(Code::Internal)));
    let details = to_status_details(&error);
    assert!(details.len() <= STATUS_DETAILS_BYTES_MAX, "{}", details.len());
    let received = there_and_back(&error);
    assert_eq!(received.code(), Code::DataInvalid);
    assert!(received.message().starts_with("ää"));
    assert_eq!(received.location().unwrap().relation, 1);
}

#[test]
fn a_status_without_our_details_is_told_by_its_grpc_code() {
    for (grpc, code) in
        [(1, Code::Cancelled), (14, Code::Unavailable), (16, Code::Unauthenticated), (2, Code::Internal), (99, Code::Internal)]
    {
        assert_eq!(from_status_details(grpc, "m", b"not a status").code(), code);
    }
}

#[test]
fn an_error_shows_code_sentence_place_and_the_callers_line() {
    let error = Error::new(Code::PlanMissingField, "predicate is required");
    assert_eq!(error.to_string(), "PLAN_MISSING_FIELD: predicate is required");
    let placed = Error::new(Code::PlanMissingField, "predicate is required").at(PlanPlace::exact(3, "filter.predicate"));
    let site = CallSite { file: "src/main.rs".to_owned(), line: 12 };
    assert_eq!(
        placed.with_call_site(site).to_string(),
        "PLAN_MISSING_FIELD: predicate is required [relation 3, filter.predicate]\n  at src/main.rs:12"
    );
    let in_plan = error.at(PlanPlace::exact(0, "command.input"));
    assert_eq!(in_plan.to_string(), "PLAN_MISSING_FIELD: predicate is required [plan, command.input]");
}
