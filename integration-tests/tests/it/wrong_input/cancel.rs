//! Queries that are stopped: by hand, by a reader that goes away, by their deadline. Each time the process is idle soon afterwards.

use std::time::{Duration, Instant};

use futures::StreamExt;
use polybolos_client::functions::count;
use polybolos_client::protocol::wire::flight::CancelOutcome;
use polybolos_client::{Code, DataFrame, Session, col};

use super::alone::alone;
use super::process::until_idle;
use super::{Door, Doors, in_time, until};

/// Pairs of three tables: 1.25 * 10^11 rows, some minutes of work, without a row to show before the end.
fn endless_join(session: &Session) -> DataFrame {
    let table = |name: &str| session.range(0, 5_000).unwrap().alias_columns(name, [name]).unwrap();
    let pairs = table("a").cross_join(&table("b")).unwrap().cross_join(&table("c")).unwrap();
    pairs.filter((col("a") * col("b") + col("c")).eq(-1_i64)).unwrap().agg(count(())).unwrap()
}

async fn until_running(door: &Door) {
    let running = polybolos_client::protocol::wire::flight::QueryState::Running as i32;
    until(20, "a query runs", async || door.queries(false).await.unwrap().iter().any(|query| query.state == running)).await;
}

async fn until_no_queries(door: &Door) {
    until(3, "no query is left", async || door.queries(false).await.unwrap().is_empty()).await;
}

#[test]
fn a_cross_join_of_three_tables_stops_within_three_seconds_of_its_cancel() {
    alone(concat!(module_path!(), "::a_cross_join_of_three_tables_stops_within_three_seconds_of_its_cancel"), async {
        let doors = Doors::open().await;
        for door in doors.each().await {
            let result = endless_join(&door).stream().await.unwrap();
            let handle = result.cancel_handle();
            let reading = tokio::spawn(result.collect());
            until_running(&door).await;
            let asked = Instant::now();
            assert_eq!(handle.cancel().await.unwrap(), CancelOutcome::Cancelled);
            let outcome = in_time(3, reading).await.unwrap();
            door.told("the result", outcome).code(Code::Cancelled);
            until_idle(3).await;
            assert!(asked.elapsed() < Duration::from_secs(5), "{}: {:?}", door.name, asked.elapsed());
            until_no_queries(&door).await;
            let again = handle.cancel().await.unwrap();
            assert!([CancelOutcome::AlreadyEnded, CancelOutcome::NotFound].contains(&again), "{}: {again:?}", door.name);
            door.still_answers().await;
        }
    });
}

#[test]
fn a_cross_join_stops_when_its_reader_goes_away() {
    alone(concat!(module_path!(), "::a_cross_join_stops_when_its_reader_goes_away"), async {
        let doors = Doors::open().await;
        for door in doors.each().await {
            let frame = endless_join(&door);
            let reading = tokio::spawn(async move { frame.collect().await });
            until_running(&door).await;
            reading.abort();
            until_no_queries(&door).await;
            until_idle(3).await;
            door.still_answers().await;
        }
    });
}

#[test]
fn a_cross_join_in_sql_stops_at_its_deadline() {
    alone(concat!(module_path!(), "::a_cross_join_in_sql_stops_at_its_deadline"), async {
        let doors = Doors::open().await;
        for door in doors.each().await {
            door.set_option("query_timeout_ms", "700").await.unwrap();
            for text in [
                "select count(*) from generate_series(1, 5000) a(x) cross join generate_series(1, 5000) b(y) cross join generate_series(1, 5000) c(z)
                 where x * y + z = -1",
                "select sum(x * y) from generate_series(1, 300000) a(x) join generate_series(1, 300000) b(y) on x + y > x",
                "with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r",
            ] {
                let asked = Instant::now();
                let told = in_time(6, door.fails(text)).await;
                told.code(Code::DeadlineExceeded).says(&["deadline", "700"]);
                assert!(asked.elapsed() < Duration::from_millis(3_700), "{}: {:?}: {text}", door.name, asked.elapsed());
                until_idle(3).await;
            }
            door.set_option("query_timeout_ms", "0").await.unwrap();
            door.still_answers().await;
        }
    });
}

#[test]
fn a_stream_that_is_dropped_half_way_stops_its_query() {
    alone(concat!(module_path!(), "::a_stream_that_is_dropped_half_way_stops_its_query"), async {
        let doors = Doors::open().await;
        for door in doors.each().await {
            let mut result = door.range(0, 1_000_000_000_000).unwrap().stream().await.unwrap();
            for _ in 0..20 {
                result.next().await.expect("more rows").expect("rows");
            }
            drop(result);
            until_no_queries(&door).await;
            until_idle(3).await;
            door.still_answers().await;
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_cancelled_while_its_rows_are_read_ends_with_an_error_and_not_with_fewer_rows() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let mut result = door.range(0, 1_000_000_000_000).unwrap().stream().await.unwrap();
        result.next().await.expect("a batch").expect("rows");
        assert_eq!(result.cancel_handle().cancel().await.unwrap(), CancelOutcome::Cancelled);
        door.told("the rest", in_time(3, result.collect()).await).code(Code::Cancelled);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_nobody_can_wait_for_is_refused_before_it_runs() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let table = |name: &str| door.range(0, 10_000_000).unwrap().alias_columns(name, [name]).unwrap();
        let (line, pairs) = (line!(), table("a").cross_join(&table("b")).unwrap().cross_join(&table("c")).unwrap());
        let told = door.told("10^21 rows", in_time(10, pairs.filter(col("a").eq(col("b") * col("c"))).unwrap().count()).await);
        told.code(Code::LimitExceeded).says(&["join"]).at(file!(), line);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_of_a_session_ends_a_dataframe_query_too() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        door.set_option("query_timeout_ms", "500").await.unwrap();
        let asked = Instant::now();
        let told = door.told("the join", in_time(10, endless_join(&door).collect()).await);
        told.code(Code::DeadlineExceeded).says(&["deadline", "500 ms"]);
        assert!(asked.elapsed() < Duration::from_millis(3_500), "{}: {:?}", door.name, asked.elapsed());
        door.still_answers().await;
    }
}
