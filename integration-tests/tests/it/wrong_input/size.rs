//! Plans that are long, deep or large: long and deep ones work, large ones are refused before they cost anything.

use std::time::{Duration, Instant};

use polybolos_client::functions::abs;
use polybolos_client::{Code, DataFrame, col, lit};

use super::{Doors, in_time, number};

const STEPS: i64 = 3_000;
const LEVELS: i64 = 2_000;
const SECONDS: u64 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn three_thousand_columns_on_top_of_each_other_give_the_right_answer() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let start = door.range(0, 10).unwrap().with_column("x", col("id")).unwrap();
        let frame = (0..STEPS).fold(start, |frame, _| frame.with_column("x", col("x") + 1_i64).unwrap());
        let sum = frame.agg(polybolos_client::functions::sum("x")).unwrap();
        let answer = in_time(SECONDS, number(&sum)).await.unwrap();
        assert_eq!(answer, 45 + 10 * STEPS, "{}", door.name);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_thousand_filters_on_top_of_each_other_give_the_right_answer() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let start = door.range(0, 4_000).unwrap();
        let frame = (0..STEPS).fold(start, |frame, step| frame.filter(col("id").ne(step)).unwrap());
        let rows = in_time(SECONDS, frame.count()).await.unwrap();
        assert_eq!(rows, 4_000 - STEPS.unsigned_abs(), "{}", door.name);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_thousand_mixed_steps_give_the_right_answer() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let start = door.range(0, 100).unwrap().with_column("x", lit(0_i64)).unwrap();
        let frame = (0..STEPS / 3).fold(start, |frame, _| mixed(&frame));
        let rows = in_time(SECONDS, frame.collect_one()).await.unwrap();
        assert_eq!((rows.num_rows(), rows.num_columns()), (100, 2), "{}", door.name);
        door.still_answers().await;
    }
}

fn mixed(frame: &DataFrame) -> DataFrame {
    let added = frame.with_column("x", col("x") + col("id")).unwrap();
    added.filter(col("x").ge(0)).unwrap().select(("id", "x")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_under_three_thousand_steps_is_told_at_its_line() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let people = door.read_parquet("people.parquet").unwrap();
        let (line, start) = (line!(), people.with_column("x", col("agee")).unwrap());
        let frame = (0..STEPS).fold(start, |frame, _| frame.with_column("x", col("x") + 1_i64).unwrap());
        let told = door.told("3 000 steps", in_time(SECONDS, frame.collect()).await);
        told.code(Code::UnresolvedColumn).near("age").at(file!(), line);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expression_two_thousand_levels_deep_gives_the_right_answer() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        // x -> |x - 1| reaches 0 and then goes to and fro between 0 and 1.
        let deep = (0..LEVELS).fold(col("id"), |expr, _| abs(expr - 1_i64));
        let frame = door.range(1_500, 1_501).unwrap().select(deep).unwrap();
        let answer = in_time(SECONDS, number(&frame)).await.unwrap();
        assert_eq!(answer, (LEVELS - 1_500) % 2, "{}", door.name);

        let chain = (0..LEVELS).fold(col("id"), |expr, step| expr + step);
        let frame = door.range(7, 8).unwrap().select(chain).unwrap();
        let answer = in_time(SECONDS, number(&frame)).await.unwrap();
        assert_eq!(answer, 7 + LEVELS * (LEVELS - 1) / 2, "{}", door.name);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expression_deeper_than_the_limit_is_refused_at_the_line() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let deep = (0..100_000).fold(col("id"), |expr, _| abs(expr - 1_i64));
        let (line, frame) = (line!(), door.range(0, 1).unwrap().select(deep).unwrap());
        let told = door.told("100 000 levels", in_time(SECONDS, frame.collect()).await);
        told.code(Code::PlanTooDeep).says(&["levels deep", "4096"]).at(file!(), line);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_nested_too_deep_is_refused_and_a_long_sum_is_answered() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let nested = format!("select {}1{}", "(".repeat(20_000), ")".repeat(20_000));
        let told = in_time(SECONDS, door.fails(&nested)).await;
        assert!([Code::PlanTooDeep, Code::SqlSyntax].contains(&told.error.code()), "{}: {}", door.name, told.error);
        told.says(&["deep"]);
        let sum = format!("select {}", vec!["1"; 1_000].join(" + "));
        assert_eq!(in_time(SECONDS, door.number(&sum)).await, 1_000, "{}", door.name);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_literal_of_a_hundred_megabytes_is_refused_quickly() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let literal = lit("x".repeat(100 << 20));
        let rows = door.range(0, 1).unwrap();
        let (line, frame) = (line!(), rows.select(literal.alias("big")).unwrap());
        let asked = Instant::now();
        let told = door.told("a literal of 100 MB", frame.collect().await);
        told.code(Code::PlanTooLarge).says(&["literal_bytes", "1048576"]).at(file!(), line);
        assert!(asked.elapsed() < Duration::from_secs(10), "{}: it took {:?}", door.name, asked.elapsed());
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sql_text_of_a_hundred_megabytes_is_refused_quickly() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let text = format!("select '{}' as big", "x".repeat(100 << 20));
        let asked = Instant::now();
        door.fails(&text).await.code(Code::PlanTooLarge).says(&["sql_bytes", "1048576"]);
        let insert = format!("insert into t values ('{}')", "x".repeat(100 << 20));
        door.fails(&insert).await.code(Code::PlanTooLarge).says(&["sql_bytes", "1048576"]);
        assert!(asked.elapsed() < Duration::from_secs(10), "{}: it took {:?}", door.name, asked.elapsed());
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_relations_than_the_limit_are_refused() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let frame = (0..10_001).fold(door.range(0, 1).unwrap(), |frame, _| frame.limit(1).unwrap());
        let told = door.told("10 002 relations", in_time(SECONDS, frame.collect()).await);
        told.code(Code::PlanTooLarge).says(&["relations", "10000"]);
        door.still_answers().await;
    }
}
