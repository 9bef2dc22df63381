//! What SQL texts compute, and how long they may be: the session's rules for numbers, long runs of operators, the catalog's own
//! tables.

use std::time::{Duration, Instant};

use polybolos_engine::EngineLimits;
use polybolos_protocol::Code;

use crate::harness::Bench;

async fn set(bench: &Bench, options: &[(&str, &str)]) {
    let options = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    bench.session.set_options(options).await.unwrap();
}

/// The one value of a query, as it is printed.
async fn value(bench: &Bench, text: &str) -> String {
    let rows = bench.sql(text).await.unwrap_or_else(|error| panic!("{text}: {error}"));
    let line = rows.lines().nth(3).unwrap_or_default();
    line.trim_matches(['|', ' ']).to_owned()
}

const MOST: &str = "(values (9223372036854775807, 1, 0)) t(most, one, zero)";

#[tokio::test]
async fn integers_that_do_not_fit_are_what_the_session_says() {
    let bench = Bench::new();
    let calculations = ["most + one", "most * (one + one)", "-most - one - one", "-(-most - one)"];
    for calculation in calculations {
        let error = bench.sql_error(&format!("select {calculation} from {MOST}")).await;
        assert_eq!(error.code(), Code::NumericOverflow, "{calculation}: {error}");
    }
    set(&bench, &[("overflow", "null")]).await;
    for calculation in calculations {
        assert_eq!(value(&bench, &format!("select {calculation} from {MOST}")).await, "", "{calculation}");
    }
    set(&bench, &[("overflow", "wrap")]).await;
    assert_eq!(value(&bench, &format!("select most + one from {MOST}")).await, i64::MIN.to_string());
}

#[tokio::test]
async fn decimals_that_do_not_fit_are_what_the_session_says() {
    let bench = Bench::new();
    let rows = format!("(values (1, cast('{0}' as decimal(38, 0))), (2, cast('5' as decimal(38, 0)))) t(k, d)", "9".repeat(38));
    let doubled = format!("select string_agg(coalesce(cast(d * d * d as varchar), 'none'), ' ' order by k) from {rows}");
    let added = format!("select string_agg(coalesce(cast(d + 1 as varchar), 'none'), ' ' order by k) from {rows}");
    assert_eq!(bench.sql_error(&doubled).await.code(), Code::NumericOverflow);
    set(&bench, &[("overflow", "null")]).await;
    assert_eq!(value(&bench, &doubled).await, "none 125");
    assert_eq!(value(&bench, &added).await, "none 6");
    set(&bench, &[("division_by_zero", "null")]).await;
    assert_eq!(value(&bench, "select cast(x as decimal(10, 2)) / cast(y as decimal(10, 2)) from (values (1, 0)) t(x, y)").await, "");
    assert_eq!(
        value(&bench, "select cast(x as decimal(10, 2)) / cast(y as decimal(10, 2)) = 0.5 from (values (1, 2)) t(x, y)").await,
        "true"
    );
}

#[tokio::test]
async fn a_sum_that_does_not_fit_is_what_the_session_says() {
    let bench = Bench::new();
    let values = "(values (1, 9223372036854775807), (1, 1), (2, 5)) t(k, x)";
    let total = format!("select sum(x) from {values}");
    let grouped = format!(
        "select string_agg(coalesce(cast(s as varchar), 'none'), ' ' order by k) from (select k, sum(x) as s from {values} group by k)"
    );
    assert_eq!(bench.sql_error(&total).await.code(), Code::NumericOverflow);
    assert_eq!(bench.sql_error(&grouped).await.code(), Code::NumericOverflow);
    let distinct = format!("select sum(distinct x) + 0 * count(distinct k) from {values}");
    assert_eq!(bench.sql_error(&distinct).await.code(), Code::NumericOverflow);
    assert_eq!(value(&bench, &format!("select sum(distinct x) * count(distinct k) from {values} where k = 2 or x = 1")).await, "12");
    set(&bench, &[("overflow", "null")]).await;
    assert_eq!(value(&bench, &total).await, "");
    assert_eq!(value(&bench, &distinct).await, "");
    assert_eq!(value(&bench, &grouped).await, "none 5");
    set(&bench, &[("overflow", "wrap")]).await;
    assert_eq!(value(&bench, &total).await, i64::MIN.wrapping_add(5).to_string());
    set(&bench, &[("overflow", "error")]).await;
    assert_eq!(bench.sql_error(&total).await.code(), Code::NumericOverflow);
}

#[tokio::test]
async fn a_division_by_zero_is_what_the_session_says() {
    let bench = Bench::new();
    let calculations = ["one / zero", "one % zero", "cast(one as decimal(10, 2)) / cast(zero as decimal(10, 2))", "1 + one / zero * 2"];
    for calculation in calculations {
        assert_eq!(bench.sql_error(&format!("select {calculation} from {MOST}")).await.code(), Code::DivisionByZero, "{calculation}");
    }
    set(&bench, &[("division_by_zero", "null"), ("overflow", "wrap")]).await;
    for calculation in calculations {
        assert_eq!(value(&bench, &format!("select {calculation} from {MOST}")).await, "", "{calculation}");
    }
    assert_eq!(value(&bench, &format!("select 7 / (one + one) from {MOST}")).await, "3");
    assert_eq!(value(&bench, &format!("select cast(one as double) / zero from {MOST}")).await, "inf");
}

#[tokio::test]
async fn a_long_run_of_integers_is_added_up_quickly_and_from_the_left() {
    let bench = Bench::new();
    let started = Instant::now();
    let sum = vec!["x"; 1_000].join(" + ");
    assert_eq!(value(&bench, &format!("select {sum} from (values (3)) t(x)")).await, "3000");
    let mixed: String = (0..1_000).map(|n| format!(" {} {n}", if n % 2 == 0 { "+" } else { "-" })).collect();
    assert_eq!(value(&bench, &format!("select x{mixed} from (values (3)) t(x)")).await, "-497");
    let products = vec!["x * 2 * x"; 300].join(" - ");
    assert_eq!(value(&bench, &format!("select {products} from (values (3)) t(x)")).await, (18 - 299 * 18).to_string());
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    // The first two do not fit together, whatever comes later.
    let late: String = vec![" - 1"; 20].concat();
    assert_eq!(bench.sql_error(&format!("select most + one{late} from {MOST}")).await.code(), Code::NumericOverflow);
    set(&bench, &[("overflow", "null")]).await;
    assert_eq!(value(&bench, &format!("select most + one{late} from {MOST}")).await, "");
}

#[tokio::test]
async fn a_long_run_of_other_operators_is_planned() {
    let bench = Bench::new();
    let text = vec!["s"; 500].join(" || ");
    assert_eq!(value(&bench, &format!("select length({text}) from (values ('ab')) t(s)")).await, "1000");
    let any = (0..1_000).map(|n| format!("x = {n}")).collect::<Vec<_>>().join(" or ");
    assert_eq!(value(&bench, &format!("select count(*) from (values (3), (1001)) t(x) where {any}")).await, "1");
    let decimals = vec!["y"; 200].join(" + ");
    assert_eq!(value(&bench, &format!("select {decimals} from (values (1.5)) t(y)")).await, "300.0");
}

#[tokio::test]
async fn a_text_that_is_too_deep_is_refused_at_once() {
    let bench = Bench::new();
    let started = Instant::now();
    for (text, what) in [
        (format!("select {}", vec!["1"; 500_000].join("+")), "operators"),
        (format!("select 1 where {}", vec!["true"; 10_000].join(" and ")), "operators"),
        (vec!["select 1"; 10_000].join(" union all "), "set operations"),
        (format!("explain select {}", vec!["1"; 10_000].join("+")), "operators"),
    ] {
        let error = bench.sql_error(&text).await;
        assert_eq!(error.code(), Code::PlanTooDeep, "{error}");
        assert!(error.message().contains(what) && error.message().contains("4096"), "{error}");
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!(value(&bench, "select 1").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn planning_that_takes_too_long_is_answered_in_time() {
    let limits = EngineLimits { planning_time: Duration::from_millis(100), ..Default::default() };
    let bench = Bench::with(|builder| builder.with_limits(limits));
    let text = format!("select {} from (values (1)) t(y)", vec!["cast(y as double)"; 700].join(" + "));
    let started = Instant::now();
    let error = bench.sql_error(&text).await;
    assert_eq!(error.code(), Code::DeadlineExceeded, "{error}");
    assert!(error.message().contains("planning took longer than 100 ms"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(value(&bench, "select 1").await, "1");
}

#[tokio::test]
async fn show_and_the_information_schema_tell_what_the_session_has() {
    let bench = Bench::new();
    bench.run("create schema s").await.unwrap();
    bench.run("create table t as select 1 as a, 'x' as b").await.unwrap();
    bench.run("create view v as select a from t").await.unwrap();
    for (text, holds) in [
        ("show tables", "| t "),
        ("show columns from t", "| b "),
        ("show columns in v", "| a "),
        ("show functions", "| upper "),
        ("show functions like 'regexp%'", "| regexp_like "),
        ("show create table v", "| v "),
        ("describe t", "| b "),
        ("describe v", "| a "),
        ("select table_name from information_schema.tables where table_type = 'VIEW' and table_schema = 'public'", "| v "),
        ("select table_name from information_schema.views", "| v "),
        ("select column_name from information_schema.columns where table_name = 't'", "| b "),
        ("select schema_name from information_schema.schemata", "| s "),
        ("select routine_name from information_schema.routines", "| upper "),
        ("select parameter_name from information_schema.parameters", "| "),
    ] {
        let rows = bench.sql(text).await.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(rows.contains(holds), "{text}: {rows}");
        bench.run(text).await.unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    for text in ["show columns from nothing", "describe nothing", "show create table nothing"] {
        assert_eq!(bench.sql_error(text).await.code(), Code::TableNotFound, "{text}");
    }
}

#[tokio::test]
async fn the_engines_settings_stay_closed() {
    let bench = Bench::new();
    for text in [
        "select * from information_schema.df_settings",
        "table information_schema.df_settings",
        "with s as (select * from information_schema.df_settings) select * from s",
        "select (select max(value) from information_schema.df_settings) as x",
        "select 1 where exists (select 1 from polybolos.information_schema.df_settings)",
        "explain select * from information_schema.df_settings",
        "describe information_schema.df_settings",
        "show columns from information_schema.tables union select * from information_schema.df_settings",
        "show datafusion.execution.batch_size",
    ] {
        let code = bench.sql_error(text).await.code();
        assert!([Code::SqlNotAllowed, Code::SqlSyntax, Code::InvalidArgument].contains(&code), "{text}: {code:?}");
    }
    for text in [
        "create view s as select * from information_schema.df_settings",
        "create table s as select value from information_schema.df_settings",
    ] {
        assert_eq!(bench.run_error(text).await.code(), Code::SqlNotAllowed, "{text}");
    }
}
