//! Sessions keep to themselves, and say so when they have ended.

use polybolos_client::protocol::wire::flight::CancelOutcome;
use polybolos_client::{Code, lit};

use super::Doors;

#[tokio::test(flavor = "multi_thread")]
async fn two_sessions_with_a_view_of_the_same_name_each_see_their_own() {
    let doors = Doors::open().await;
    let [a, b] = doors.each().await;
    let [c, d] = doors.each().await;
    for (number, door) in (1..).zip([&a, &b, &c]) {
        door.range(0, 1).unwrap().select(lit(number).alias("x")).unwrap().create_view("mine").await.unwrap();
        door.execute(&format!("create view theirs as select {} as x", number * 10)).await.unwrap().finish().await.unwrap();
        door.execute(&format!("create table kept as select {} as x", number * 100)).await.unwrap().finish().await.unwrap();
    }
    for (number, door) in (1..).zip([&a, &b, &c]) {
        assert_eq!(door.number("select x from mine").await, number);
        assert_eq!(door.number("select x from theirs").await, number * 10);
        assert_eq!(door.number("select x from kept").await, number * 100);
    }
    for name in ["mine", "theirs", "kept"] {
        d.fails(&format!("select x from {name}")).await.code(Code::TableNotFound).says(&[name]);
        assert!(d.tables().await.unwrap().iter().all(|table| table.name != name), "{name} is listed");
    }
    a.drop_view("mine").await.unwrap();
    a.fails("select x from mine").await.code(Code::TableNotFound);
    a.close().await.unwrap();
    assert_eq!(b.number("select x from mine").await, 2);
    assert_eq!(c.number("select x + (select x from kept) from mine").await, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_session_says_so() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let frame = door.range(0, 5).unwrap();
        door.close().await.unwrap();
        door.close().await.expect("a second close does nothing");
        let told = door.told("collect", frame.collect().await);
        told.code(Code::SessionNotFound).says(&["open a new one"]);
        door.fails("select 1").await.code(Code::SessionNotFound);
        door.told("create_view", frame.create_view("v").await).code(Code::SessionNotFound);
        door.told("schema", frame.schema().await).code(Code::SessionNotFound);
        door.told("options", door.options().await).code(Code::SessionNotFound);
    }
    for door in doors.each().await {
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_a_session_ends_its_running_queries() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let mut result = door.range(0, 10_000_000_000).unwrap().stream().await.unwrap();
        let first = futures::StreamExt::next(&mut result).await.expect("a batch");
        first.expect("rows");
        door.close().await.unwrap();
        let told = door.told("the result", super::in_time(10, result.collect()).await);
        assert!([Code::Cancelled, Code::SessionNotFound].contains(&told.error.code()), "{}: {}", door.name, told.error);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_of_two_sessions_do_not_meet() {
    let doors = Doors::open().await;
    let [a, b] = doors.each().await;
    let (left, right) = (a.range(0, 1).unwrap(), b.range(0, 1).unwrap());
    let outcome = left.cross_join(&right);
    a.told("cross_join", outcome).code(Code::InvalidArgument).says(&["different sessions"]);
    a.told("create_view", a.create_view("v", &right).await).code(Code::InvalidArgument).says(&["different sessions"]);
    a.still_answers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queries_of_another_session_of_the_same_person_can_be_seen_and_cancelled() {
    let doors = Doors::open().await;
    let (one, other) = (doors.flight().await, doors.flight().await);
    let result = one.range(0, 10_000_000_000).unwrap().stream().await.unwrap();
    let id = result.query_id();
    super::until(10, "the query is listed", async || other.queries(false).await.unwrap().iter().any(|query| query.query_id == id)).await;
    other.cancel(&id).await.unwrap();
    one.told("the result", super::in_time(10, result.collect()).await).code(Code::Cancelled);
    let unknown = other.cancel("no-such-query").await.unwrap();
    assert_eq!(unknown, CancelOutcome::NotFound);
}
