//! SQL texts: what they may be, and how their errors read.

use polybolos_protocol::Code;
use polybolos_protocol::wire::plan as pb;

use crate::harness::{Bench, plan, relation, rows};

#[tokio::test]
async fn a_query_answers_rows() {
    let bench = Bench::new();
    insta::assert_snapshot!(bench.sql("select 1 as one, 'a' as a, null as n").await.unwrap());
}

#[tokio::test]
async fn a_syntax_error_shows_the_line_with_a_caret() {
    let error = Bench::new().sql_error("select 1 as x,\n  2 as y\nfrm t").await;
    assert_eq!(error.code(), Code::SqlSyntax);
    insta::assert_snapshot!(error.message());
    assert_eq!(error.location().unwrap().sql_range, (24, 27));
}

#[tokio::test]
async fn an_unknown_column_is_underlined_and_near_names_are_told() {
    let bench = Bench::new();
    bench.run("create table trips as select 1.5 as amount, 'x' as kind").await.unwrap();
    let error = bench.sql_error("select kind,\n       amout from trips").await;
    assert_eq!(error.code(), Code::UnresolvedColumn);
    assert_eq!(error.candidates(), ["amount"]);
    insta::assert_snapshot!(error.message());
}

#[tokio::test]
async fn an_unknown_table_is_underlined_and_near_names_are_told() {
    let bench = Bench::new();
    bench.run("create table trips as select 1 as a").await.unwrap();
    let error = bench.sql_error("select * from trps").await;
    assert_eq!(error.code(), Code::TableNotFound);
    assert_eq!(error.candidates(), ["trips"]);
    insta::assert_snapshot!(error.message());
}

#[tokio::test]
async fn an_unknown_function_is_an_unresolved_function() {
    assert_eq!(Bench::new().sql_error("select frobnicate(1)").await.code(), Code::UnresolvedFunction);
}

#[tokio::test]
async fn an_ambiguous_column_is_told() {
    let error = Bench::new().sql_error("select x from (select 1 as x) a, (select 2 as x) b").await;
    assert_eq!(error.code(), Code::AmbiguousColumn, "{error}");
}

#[tokio::test]
async fn statements_outside_the_policy_are_refused_by_name() {
    let bench = Bench::new();
    let refused = [
        "set datafusion.runtime.memory_limit = '100G'",
        "set datafusion.runtime.temp_directory = '/tmp/x'",
        "reset datafusion.runtime.memory_limit",
        "create function f(int) returns int return $1",
        "drop function f",
        "create database d",
        "use other",
        "delete from t",
        "update t set a = 1",
        "truncate table t",
        "alter table t add column b int",
        "prepare p as select 1",
        "execute p",
        "deallocate p",
        "begin",
        "commit",
        "grant select on t to bob",
        "vacuum t",
        "call f()",
        "attach database 'x.db' as x",
        "copy t from '/etc/passwd'",
        "merge into t using s on t.a = s.a when matched then delete",
        "create index i on t(a)",
        "explain create table t as select 1",
        "pragma table_info('t')",
        "kill 5",
    ];
    for text in refused {
        let error = bench.run_error(text).await;
        let code = error.code();
        assert!(matches!(code, Code::SqlNotAllowed | Code::InvalidArgument | Code::SqlSyntax), "{text}: {error}");
        assert!(
            code == Code::SqlNotAllowed
                || text.starts_with("set ")
                || text.starts_with("copy ")
                || text.starts_with("vacuum")
                || text.starts_with("reset"),
            "{text}: {error}"
        );
    }
}

#[tokio::test]
async fn the_engines_own_settings_cannot_be_read_or_set() {
    let bench = Bench::new();
    let error = bench.run_error("set datafusion.execution.batch_size = 1").await;
    assert_eq!(error.code(), Code::InvalidArgument);
    assert_eq!(bench.sql_error("select * from information_schema.df_settings").await.code(), Code::SqlNotAllowed);
    assert_eq!(bench.sql_error("show datafusion.runtime.temp_directory").await.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_command_is_no_query() {
    let error = Bench::new().sql_error("create view v as select 1").await;
    assert_eq!(error.code(), Code::SqlNotAllowed);
    assert!(error.message().starts_with("CREATE VIEW is a command"), "{error}");
}

#[tokio::test]
async fn set_and_show_reach_the_sessions_options() {
    let bench = Bench::new();
    bench.run("set time_zone = 'Europe/Berlin'").await.unwrap();
    bench.run("set batch_size = 1024").await.unwrap();
    insta::assert_snapshot!(
        bench.run("show all").await.unwrap().replace(&format!(" {} ", std::thread::available_parallelism().unwrap()), " N ")
    );
    let error = bench.run_error("set time_zome = 'UTC'").await;
    assert_eq!((error.code(), error.candidates()), (Code::InvalidArgument, vec!["time_zone"]));
}

#[tokio::test]
async fn tables_can_be_listed_and_described() {
    let bench = Bench::new();
    bench.run("create table t as select 1 as a, 'x' as b").await.unwrap();
    bench.run("create view v as select a from t").await.unwrap();
    insta::assert_snapshot!(
        bench
            .sql("select table_schema, table_name, table_type from information_schema.tables where table_schema = 'public' order by 2")
            .await
            .unwrap()
    );
    insta::assert_snapshot!(bench.sql("describe t").await.unwrap());
    assert!(bench.sql("show tables").await.unwrap().contains("| v"));
    assert!(bench.sql("show columns from t").await.unwrap().contains("| b"));
    assert!(bench.sql("show create table v").await.unwrap().contains("CREATE VIEW v"));
    assert!(bench.sql("show functions like 'abs'").await.unwrap().contains("abs"));
}

#[tokio::test]
async fn the_engines_settings_are_told_in_no_way() {
    let bench = Bench::new();
    let settings = "select name from information_schema.df_settings";
    let in_words = "x'' union all select name, value, null, null, null, null, null from information_schema.df_settings --";
    for text in [
        settings.to_owned(),
        format!("explain {settings}"),
        "select * from information_schema.\"DF_SETTINGS\"".to_owned(),
        "select * from polybolos.information_schema.\"Df_Settings\"".to_owned(),
        "select 1 as x where exists (select 1 from information_schema.\"DF_settings\")".to_owned(),
        format!("show functions like '{in_words}'"),
    ] {
        let told = bench.sql(&text).await;
        assert!(told.as_ref().is_err_and(|error| matches!(error.code(), Code::SqlNotAllowed | Code::SqlSyntax)), "{text}: {told:?}");
    }
    let named = |parts: &[&str]| {
        let table = pb::Identifier { parts: parts.iter().map(|part| (*part).to_owned()).collect() };
        let read = pb::ReadTable { table: Some(table), ..Default::default() };
        plan(vec![relation(1, &[], pb::relation::Kind::ReadTable(read))], pb::plan::Root::Relation(1))
    };
    for parts in [["information_schema", "df_settings"], ["information_schema", "DF_SETTINGS"]] {
        let told = rows(&bench.session, named(&parts)).await;
        assert!(told.is_err(), "{parts:?}: {told:?}");
    }
}

#[tokio::test]
async fn an_explain_answers_a_plan() {
    let explained = Bench::new().sql("explain select 1 + 2").await.unwrap();
    assert!(explained.contains("physical_plan"), "{explained}");
    let analyzed = Bench::new().sql("explain analyze select 1 + 2").await.unwrap();
    assert!(analyzed.contains("metrics"), "{analyzed}");
}

#[tokio::test]
async fn parameters_are_filled_by_number_and_by_name() {
    let bench = Bench::new();
    let sql = |text: &str, positional: Vec<i64>, named: Vec<(&str, i64)>| {
        let kind = pb::relation::Kind::Sql(pb::SqlQuery {
            text: text.to_owned(),
            positional_args: positional.into_iter().map(crate::plans::int).collect(),
            named_args: named
                .into_iter()
                .map(|(name, value)| pb::NamedExpr { name: name.to_owned(), expr: Some(crate::plans::int(value)), ..Default::default() })
                .collect(),
            ..Default::default()
        });
        plan(vec![relation(1, &[], kind)], pb::plan::Root::Relation(1))
    };
    let answer = rows(&bench.session, sql("select $1 + $2 as x", vec![1, 2], vec![])).await.unwrap();
    assert!(answer.contains("| 3 |"), "{answer}");
    let answer = rows(&bench.session, sql("select $three + $four as x", vec![], vec![("four", 4), ("three", 3)])).await.unwrap();
    assert!(answer.contains("| 7 |"), "{answer}");
    let answer = rows(&bench.session, sql("select ? * 10 + ? as x, '?' as mark -- ?", vec![1, 2], vec![])).await.unwrap();
    assert!(answer.contains("| 12 | ?    |"), "{answer}");
    let both = rows(&bench.session, sql("select ? + $1", vec![1], vec![])).await.unwrap_err();
    assert_eq!(both.code(), Code::ParameterMismatch);
    let missing = rows(&bench.session, sql("select $1 + $2", vec![1], vec![])).await.unwrap_err();
    assert_eq!(missing.code(), Code::ParameterMismatch);
    assert!(missing.message().contains("$2"), "{missing}");
    let unused = rows(&bench.session, sql("select $1", vec![1, 2], vec![])).await.unwrap_err();
    assert_eq!(unused.code(), Code::ParameterMismatch);
}

#[tokio::test]
async fn parameters_of_a_command_are_filled() {
    let bench = Bench::new();
    bench.run("create table t as select 1 as id").await.unwrap();
    let insert = |text: &str, values: Vec<i64>| {
        let positional_args = values.into_iter().map(crate::plans::int).collect();
        let sql = pb::SqlCommand { text: text.to_owned(), positional_args, ..Default::default() };
        plan(vec![], crate::harness::command(0, pb::command::Kind::Sql(sql)))
    };
    rows(&bench.session, insert("insert into t values (?), ($2)", vec![2, 3])).await.unwrap_err();
    rows(&bench.session, insert("insert into t values (?), (?)", vec![2, 3])).await.unwrap();
    let answer = rows(&bench.session, insert("select sum(id) as total from t where id > $1", vec![1])).await.unwrap();
    assert!(answer.contains("| 5     |"), "{answer}");
    let missing = rows(&bench.session, insert("insert into t values ($1)", vec![])).await.unwrap_err();
    assert_eq!(missing.code(), Code::ParameterMismatch);
}

#[tokio::test]
async fn inputs_are_tables_of_the_text() {
    let bench = Bench::new();
    let sql = |text: &str, inputs: &[&str]| {
        pb::relation::Kind::Sql(pb::SqlQuery {
            text: text.to_owned(),
            input_names: inputs.iter().map(|name| (*name).to_owned()).collect(),
            ..Default::default()
        })
    };
    let plan = plan(
        vec![
            relation(1, &[], sql("select 7 as n", &[])),
            relation(2, &[1, 1], sql("select a.n + b.n as s from a join Bee b on a.n = b.n", &["a", "Bee"])),
        ],
        pb::plan::Root::Relation(2),
    );
    assert!(rows(&bench.session, plan).await.unwrap().contains("| 14 |"));
}

#[tokio::test]
async fn integers_that_do_not_fit_are_errors_unless_the_session_wraps() {
    let bench = Bench::new();
    assert_eq!(bench.sql_error("select 9223372036854775807 + x from (values (1)) t(x)").await.code(), Code::NumericOverflow);
    assert_eq!(bench.sql_error("select sum(x) from (values (9223372036854775807), (1)) t(x)").await.code(), Code::NumericOverflow);
    bench.session.set_options(vec![("overflow".to_owned(), "wrap".to_owned())]).await.unwrap();
    assert!(bench.sql("select 9223372036854775807 + x as y from (values (1)) t(x)").await.unwrap().contains("-9223372036854775808"));
}

#[tokio::test]
async fn wrong_values_have_their_codes() {
    let bench = Bench::new();
    for (text, code) in [
        ("select 1 / x from (values (0)) t(x)", Code::DivisionByZero),
        ("select cast(x as int) from (values ('abc')) t(x)", Code::CastFailed),
        ("select cast(x as timestamp) from (values ('abc')) t(x)", Code::CastFailed),
        ("select cast(x as tinyint) from (values (1000)) t(x)", Code::CastFailed),
        ("select (select x from (values (1), (2)) t(x)) as y", Code::CardinalityViolation),
        ("select 1 + interval '1 day'", Code::TypeMismatch),
        ("select 'a' + 1 from (values (1)) t(x) where x", Code::TypeMismatch),
    ] {
        let error = bench.sql_error(text).await;
        assert_eq!(error.code(), code, "{text}: {error}");
    }
}

#[tokio::test]
async fn a_text_that_nests_too_deep_is_refused() {
    let text = format!("select {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    let error = Bench::new().sql_error(&text).await;
    assert!(matches!(error.code(), Code::PlanTooDeep | Code::SqlSyntax), "{error}");
}

#[tokio::test]
async fn a_long_chain_of_conditions_is_planned() {
    let text = format!("select {} as x", (0..1_000).map(|n| n.to_string()).collect::<Vec<_>>().join(" + "));
    assert!(Bench::new().sql(&text).await.unwrap().contains("499500"));
}

#[tokio::test]
async fn two_statements_are_refused() {
    assert_eq!(Bench::new().sql_error("select 1; select 2").await.code(), Code::SqlSyntax);
    assert_eq!(Bench::new().sql_error("-- nothing").await.code(), Code::SqlSyntax);
}

#[tokio::test]
async fn functions_that_a_session_has_are_known() {
    let bench = Bench::new();
    let functions =
        bench.sql("select distinct function_name from information_schema.routines where function_type is not null order by 1").await;
    let functions = match functions {
        Ok(functions) => functions,
        Err(_) => bench.sql("select distinct routine_name from information_schema.routines order by 1").await.unwrap(),
    };
    for reaching_out in ["read_csv", "read_parquet", "parquet_metadata", "glob", "read_text", "getenv", "pg_read_file", "http_get"] {
        assert!(!functions.contains(&format!("| {reaching_out} ")), "{reaching_out}");
    }
    insta::assert_snapshot!(functions);
}
