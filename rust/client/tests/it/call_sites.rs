//! Errors name the caller's file and line.

use polybolos_client::protocol::error::{CallSite, PlanPlace};
use polybolos_client::protocol::{Code, Error};
use polybolos_client::{DataFrame, Session, call_site, col, functions as f};

use crate::fake_transport::{Answer, session_that};

const FILE: &str = file!();

fn line_of(error: &Error) -> u32 {
    let site = error.call_site().expect("the error has no call site");
    assert!(FILE.ends_with(&site.file) || site.file.ends_with(FILE), "{site}");
    site.line
}

#[test]
fn a_mistake_is_told_at_the_line_of_the_method() {
    let trips = Session::detached().table("trips").unwrap();
    let line = line!() + 1;
    let error = trips.select(()).unwrap_err();
    assert_eq!((error.code(), line_of(&error)), (Code::InvalidArgument, line));

    let first = trips.filter(col("a"));
    let line = line!() + 1;
    let error = first.unwrap().filter(f::sum("a")).unwrap_err();
    assert_eq!((error.code(), line_of(&error)), (Code::InvalidExpression, line));
}

#[test]
fn a_mistake_in_an_expression_is_told_at_the_line_that_made_it() {
    let trips = Session::detached().table("trips").unwrap();
    let line = line!() + 1;
    let wrong = col("a").distinct();
    let error = trips.group_by("b").unwrap().agg(wrong).unwrap_err();
    assert_eq!(line_of(&error), line);
    assert!(error.message().contains("distinct()"), "{error}");
}

#[tokio::test]
async fn an_error_of_the_engine_is_told_at_the_line_of_its_relation() {
    let session = session_that(Answer::FailingAt(blaming_the_second_relation));
    let trips = session.table("trips").unwrap();
    let line = line!() + 1;
    let filtered = trips.filter(col("amout").gt(100)).unwrap();
    let frame = filtered.limit(10).unwrap();
    let errors = [frame.collect().await.unwrap_err(), frame.schema().await.unwrap_err(), frame.write_parquet("x").await.unwrap_err()];
    for error in errors {
        assert_eq!((error.code(), line_of(&error)), (Code::UnresolvedColumn, line));
        assert_eq!(error.candidates(), ["amount"]);
    }
}

fn blaming_the_second_relation(ids: &[u32]) -> Error {
    let place = PlanPlace::exact(ids[1], "filter.predicate.call.args[0]");
    Error::new(Code::UnresolvedColumn, "no column amout").with_candidates(["amount"]).at(place)
}

#[test]
fn another_language_says_where_its_caller_stands() {
    let trips = Session::detached().table("trips").unwrap();
    let site = CallSite { file: "job.py".into(), line: 42 };
    let failed = |frame: &DataFrame| frame.rename(Vec::<(&str, &str)>::new()).unwrap_err();
    let error = call_site::with(site.clone(), || failed(&trips));
    assert_eq!(error.call_site(), Some(&site));
    assert_ne!(failed(&trips).call_site(), Some(&site), "only inside of with()");
}

#[test]
fn a_plan_that_passes_a_limit_is_told_at_the_line_of_the_relation() {
    let trips = Session::detached().table("trips").unwrap();
    let line = line!() + 1;
    let huge = trips.filter(col("a").eq("x".repeat(2 << 20))).unwrap();
    let error = huge.limit(1).unwrap().plan().unwrap_err();
    assert_eq!((error.code(), line_of(&error)), (Code::PlanTooLarge, line));
}
