//! Queries that want more memory than there is, beside others that finish as if nothing had happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::DataType;
use polybolos_client::functions::{
    array_agg, array_repeat, array_resize, coalesce, concat, concat_ws, count, generate_series, lpad, make_array, named_struct, nullif,
    range, regexp_replace, repeat, replace, rpad,
};
use polybolos_client::{Code, DataFrame, Expr, JoinKind, Session, col, lit};
use polybolos_engine::EngineLimits;

use super::{Door, Doors, Told, in_time};

const MEMORY_BYTES: usize = 64 << 20;

/// Half of a small pool for each query, and next to nothing to spill into.
async fn small() -> Doors {
    let limits = EngineLimits { query_memory_share: 0.5, query_spill_bytes: 1 << 20, ..EngineLimits::default() };
    Doors::open_with(|engine| engine.with_memory_bytes(MEMORY_BYTES).with_limits(limits)).await
}

/// Queries that need some hundred megabytes.
fn hogs(session: &Session) -> Vec<(&'static str, DataFrame)> {
    let rows = session.range(0, 8_000_000).unwrap();
    let mixed = rows.with_column("key", (col("id") * 7_919_i64) % 8_000_009_i64).unwrap();
    let other = session.range(0, 8_000_000).unwrap().alias_columns("other", ["other"]).unwrap();
    let matches = mixed.col("key").eq(other.col("other"));
    vec![
        ("sort", mixed.sort(col("key").desc()).unwrap().agg(array_agg("id")).unwrap()),
        ("group by", mixed.group_by("key").unwrap().agg(count(()).alias("n")).unwrap().sort("n").unwrap()),
        ("distinct", mixed.select("key").unwrap().distinct().unwrap().sort("key").unwrap()),
        ("array_agg", mixed.agg(array_agg("key")).unwrap()),
        ("hash join", mixed.join(&other, matches, JoinKind::Full).unwrap().sort("key").unwrap()),
    ]
}

async fn modest_queries_until(door: &Door, stop: &AtomicBool) -> usize {
    let mut answered = 0;
    while !stop.load(Ordering::Relaxed) || answered == 0 {
        let groups = door.range(0, 100_000).unwrap().group_by((col("id") % 10_i64).alias("k")).unwrap().agg(count(()).alias("n")).unwrap();
        let right = groups.filter(col("n").eq(10_000_i64)).unwrap();
        assert_eq!(in_time(60, right.count()).await.unwrap(), 10, "{}", door.name);
        answered += 1;
    }
    answered
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_over_its_memory_limit_fails_alone_and_the_others_finish_right() {
    let doors = small().await;
    for door in doors.each().await {
        let stop = Arc::new(AtomicBool::new(false));
        let beside = [doors.embedded(), doors.flight().await, doors.flight().await].map(|door| {
            let stop = Arc::clone(&stop);
            tokio::spawn(async move { modest_queries_until(&door, &stop).await })
        });
        for (name, hog) in hogs(&door) {
            let told = door.told(name, in_time(120, hog.collect()).await);
            told.code(Code::ResourcesExhausted).says(&["memory"]);
        }
        stop.store(true, Ordering::Relaxed);
        for others in beside {
            assert!(others.await.unwrap() > 0);
        }
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_can_ask_for_less_memory_and_the_error_names_the_operator() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        door.set_option("query_memory_bytes", "4000000").await.unwrap();
        let (line, all) = (line!(), door.range(0, 2_000_000).unwrap().agg(array_agg("id")).unwrap());
        let told = door.told("array_agg", all.collect().await);
        let told = told.code(Code::ResourcesExhausted).says(&["memory", "Aggregat"]);
        assert!(told.error.retryable());
        if let Some(site) = told.error.call_site() {
            assert_eq!(site.line, line, "{}", told.error);
        }
        door.set_option("query_memory_bytes", "0").await.unwrap();
        assert_eq!(all.count().await.unwrap(), 1);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_over_the_row_limit_is_an_error_and_not_a_short_result() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        door.set_option("result_rows_max", "1000").await.unwrap();
        let told = door.told("too many", door.range(0, 1_001).unwrap().collect().await);
        told.code(Code::LimitExceeded).says(&["1000 rows"]);
        assert_eq!(door.range(0, 1_000).unwrap().collect_one().await.unwrap().num_rows(), 1_000);
        door.still_answers().await;
    }
}

/// Fails as it should: by a limit, and not by a part of the engine that gave way.
fn check_refused(told: &Told, about: &str) {
    let codes = [Code::LimitExceeded, Code::ResourcesExhausted, Code::InvalidArgument, Code::UnresolvedFunction, Code::NumericOverflow];
    assert!(codes.contains(&told.error.code()), "{about}: {}", told.error);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_function_call_cannot_take_the_process_down() {
    let doors = small().await;
    for door in doors.each().await {
        for text in [
            "select repeat('x', 2000000000)",
            "select repeat(repeat('x', 30000), 100000) from generate_series(1, 10)",
            "select repeat('x', n * 1000000) from generate_series(1000, 2000) t(n)",
            "select lpad('x', 2000000000)",
            "select rpad('x', 2000000000, 'yz')",
            "select length(string_agg(repeat('x', 1000), '')) from generate_series(1, 1000000)",
            "select length(string_agg(repeat('x', 1000000) || n, '')) from generate_series(1, 10000) t(n)",
            "select array_length(array_agg(repeat('x', 1000) || n)) from generate_series(1, 1000000) t(n)",
            "select array_repeat(1, 2000000000)",
            "select array_repeat(make_array(repeat('x', 1000000)), 100000)",
            "select array_resize(make_array(1), 2000000000, 0)",
            "select array_to_string(range(0, 100000), repeat('-', 100000))",
            "select generate_series(1, 10000000000)",
            "select range(0, n * 1000000000) from generate_series(1, 10) t(n)",
            "select range(date '2000-01-01', date '2200-01-01', interval '1 microsecond')",
            "select space(2000000000)",
            "select replace(repeat('a', 100000), 'a', repeat('b', 100000))",
            "select regexp_replace(repeat('a', 100000), 'a', repeat('b', 100000), 'g')",
            "select concat(repeat('x', 10000000), n) from generate_series(1, 10000) t(n)",
            "select concat_ws(repeat('x', 10000000), n, n, n) from generate_series(1, 10000) t(n)",
            "select repeat('x', 10000000) || n from generate_series(1, 10000) t(n)",
            "select repeat('x', 10000000) from generate_series(1, 10000)",
            "select make_array(repeat('x', 10000000), n || '') from generate_series(1, 10000) t(n)",
            "select case when n > 5 then repeat('x', 10000000) else 'n' end from generate_series(1, 10000) t(n)",
            "select coalesce(case when n % 2 = 0 then n || '' end, repeat('x', 10000000)) from generate_series(1, 10000) t(n)",
            "select overlay(n || '' placing repeat('x', 10000000) from 1) from generate_series(1, 10000) t(n)",
            "select range(0, 1000000) || make_array(n) from generate_series(1, 10000) t(n)",
            "select array_concat(range(0, 1000000), make_array(n)) from generate_series(1, 10000) t(n)",
        ] {
            let told = in_time(60, door.fails(text)).await;
            check_refused(&told, &format!("{}: {text}", door.name));
        }
        door.still_answers().await;
    }
}

/// Columns that would be far larger than the machine, over some rows.
fn greedy_calls() -> Vec<(&'static str, Expr)> {
    let wide = || repeat(lit("x"), 10_000_000_i64);
    let none: [Expr; 0] = [];
    vec![
        ("repeat", repeat(col("id").cast(DataType::Utf8), 2_000_000_000_i64)),
        ("repeat of a constant", repeat(lit("x"), 2_000_000_000_i64)),
        ("a wide constant", wide()),
        ("lpad", lpad(col("id").cast(DataType::Utf8), 2_000_000_000_i64, ())),
        ("rpad", rpad(col("id").cast(DataType::Utf8), 2_000_000_000_i64, ())),
        ("array_repeat", array_repeat(col("id"), 2_000_000_000_i64)),
        ("range", range(0_i64, (col("id") + 1_i64) * 1_000_000_000_i64, ())),
        ("generate_series", generate_series(0_i64, 10_000_000_000_i64, ())),
        ("array_resize", array_resize(make_array([col("id")]), 2_000_000_000_i64, ())),
        ("replace", replace(repeat(col("id").cast(DataType::Utf8), 100_000_i64), "1", wide())),
        ("regexp_replace", regexp_replace(repeat(col("id").cast(DataType::Utf8), 100_000_i64), "1", wide(), "g")),
        ("concat", concat(wide(), [col("id").cast(DataType::Utf8)])),
        ("concat_ws", concat_ws(wide(), col("id").cast(DataType::Utf8), [col("id").cast(DataType::Utf8)])),
        ("make_array", make_array([wide(), col("id").cast(DataType::Utf8)])),
        ("coalesce", coalesce(nullif(col("id") % 2_i64, lit(0_i64)).cast(DataType::Utf8), [wide()])),
        ("named_struct", named_struct("a", wide(), none)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_of_a_frame_cannot_take_the_process_down() {
    let doors = small().await;
    for door in doors.each().await {
        for (name, call) in greedy_calls() {
            let frame = door.range(0, 10_000).unwrap().select(call.alias("v")).unwrap();
            let told = door.told(name, in_time(60, frame.collect()).await);
            check_refused(&told, &format!("{}: {name}", door.name));
        }
        let lateral = door.range(1, 10).unwrap().select((col("id") * 10_000_000_000_i64).alias("n")).unwrap();
        let series = lateral.select(generate_series(1_i64, col("n"), ()).alias("v")).unwrap();
        check_refused(&door.told("lateral", in_time(60, series.collect()).await), door.name);
        door.still_answers().await;
    }
}
