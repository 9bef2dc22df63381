//! Writing: files that appear as a whole or not at all, tables, views, kept results.

use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::command::Kind;
use polybolos_protocol::wire::plan::write_files::Format;
use polybolos_protocol::{Code, Result};

use crate::harness::{Bench, identifier, request, rows, sql_into, sql_plan};

fn write(path: &str, mode: pb::WriteMode) -> pb::WriteFiles {
    pb::WriteFiles {
        path: path.to_owned(),
        format: Some(Format::Parquet(pb::ParquetFormat::default())),
        mode: mode as i32,
        ..Default::default()
    }
}

async fn write_files(bench: &Bench, query: &str, write: pb::WriteFiles) -> Result<String> {
    rows(&bench.session, sql_into(query, Kind::WriteFiles(write))).await
}

fn names(bench: &Bench, folder: &str) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(bench.path().join(folder)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_write_answers_rows_files_bytes_and_path() {
    let bench = Bench::new();
    let answer = write_files(&bench, "select 1 as a", write("out/", pb::WriteMode::Create)).await.unwrap();
    let size = std::fs::metadata(bench.path().join("out").join(&names(&bench, "out")[0])).unwrap().len();
    assert!(answer.contains(&format!("| 1    | 1     | {size}")) && answer.contains("root://data/out"), "{answer}");
}

#[tokio::test]
async fn create_refuses_what_is_there_and_overwrite_replaces_it() {
    let bench = Bench::new();
    write_files(&bench, "select 1 as a", write("out/", pb::WriteMode::Create)).await.unwrap();
    let error = write_files(&bench, "select 2 as a", write("out/", pb::WriteMode::Create)).await.unwrap_err();
    assert_eq!(error.code(), Code::AlreadyExists);
    write_files(&bench, "select 3 as a", write("out/", pb::WriteMode::Append)).await.unwrap();
    assert!(bench.sql("select sum(a) as s from 'out/*.parquet'").await.unwrap().contains("| 4 |"));
    write_files(&bench, "select 9 as a", write("out/", pb::WriteMode::IgnoreIfExists)).await.unwrap();
    assert!(bench.sql("select sum(a) as s from 'out/*.parquet'").await.unwrap().contains("| 4 |"));
    write_files(&bench, "select 5 as a", write("out/", pb::WriteMode::Overwrite)).await.unwrap();
    assert!(bench.sql("select sum(a) as s from 'out/*.parquet'").await.unwrap().contains("| 5 |"));
    assert_eq!(names(&bench, ""), ["out"], "nothing hidden is left");
}

#[tokio::test]
async fn one_file_is_created_and_replaced() {
    let bench = Bench::new();
    write_files(&bench, "select 1 as a", write("x.parquet", pb::WriteMode::Create)).await.unwrap();
    assert_eq!(
        write_files(&bench, "select 2 as a", write("x.parquet", pb::WriteMode::Create)).await.unwrap_err().code(),
        Code::AlreadyExists
    );
    write_files(&bench, "select 3 as a", write("x.parquet", pb::WriteMode::Overwrite)).await.unwrap();
    assert!(bench.sql("select a from 'x.parquet'").await.unwrap().contains("| 3 |"));
    assert_eq!(
        write_files(&bench, "select 2 as a", write("x.parquet", pb::WriteMode::Append)).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    assert_eq!(names(&bench, ""), ["x.parquet"]);
}

#[tokio::test]
async fn partitions_become_folders_and_come_back_as_columns() {
    let bench = Bench::new();
    let query = "select * from (values (1, 2023, 'a'), (2, 2024, 'b'), (3, 2024, null)) t(n, year, kind)";
    let by = |columns: &[&str], mode| pb::WriteFiles {
        partition_by: columns.iter().map(|name| (*name).to_owned()).collect(),
        ..write("out", mode)
    };
    write_files(&bench, query, by(&["year"], pb::WriteMode::Create)).await.unwrap();
    assert_eq!(names(&bench, "out"), ["year=2023", "year=2024"]);
    bench.run("create external table t stored as parquet location 'out/'").await.unwrap();
    assert!(bench.sql("select sum(n) as s from t where year = 2024").await.unwrap().contains("| 5 |"));
    write_files(&bench, "select 10 as n, 2024 as year, 'c' as kind", by(&["year"], pb::WriteMode::OverwritePartitions)).await.unwrap();
    assert!(bench.sql("select sum(n) as s from t").await.unwrap().contains("| 11 |"));
    write_files(&bench, query, pb::WriteFiles { path: "nulls".to_owned(), ..by(&["kind"], pb::WriteMode::Create) }).await.unwrap();
    assert_eq!(names(&bench, "nulls"), ["kind=__HIVE_DEFAULT_PARTITION__", "kind=a", "kind=b"]);
}

#[tokio::test]
async fn a_failed_write_leaves_nothing() {
    let bench = Bench::new();
    let query = "select 100 / (50000 - n) as x from generate_series(1, 100000) t(n)";
    let error = write_files(&bench, query, write("out/", pb::WriteMode::Create)).await.unwrap_err();
    assert_eq!(error.code(), Code::DivisionByZero);
    assert_eq!(names(&bench, ""), [""; 0]);
    write_files(&bench, "select 1 as x", write("out/", pb::WriteMode::Create)).await.unwrap();
    write_files(&bench, query, write("out/", pb::WriteMode::Overwrite)).await.unwrap_err();
    assert!(bench.sql("select sum(x) as s from 'out/*.parquet'").await.unwrap().contains("| 1 |"));
}

#[tokio::test]
async fn an_empty_result_still_writes_its_columns() {
    let bench = Bench::new();
    for format in ["parquet", "csv", "arrow"] {
        bench.run(&format!("copy (select 1 as a where false) to 'e.{format}' stored as {format}")).await.unwrap();
        let read = bench.sql(&format!("select * from 'e.{format}'")).await.unwrap();
        assert!(read.contains("| a |"), "{format}: {read}");
    }
}

#[tokio::test]
async fn two_columns_of_one_name_are_not_stored() {
    let error =
        Bench::new().run_error("copy (select x.a, y.a from (select 1 as a) x, (select 2 as a) y) to 'x.parquet' stored as parquet").await;
    assert_eq!(error.code(), Code::DuplicateColumn, "{error}");
}

#[tokio::test]
async fn unknown_options_are_refused_with_the_near_name() {
    let bench = Bench::new();
    let options = vec![pb::KeyValue { key: "compresion".to_owned(), value: "zstd".to_owned() }];
    let error =
        write_files(&bench, "select 1 as a", pb::WriteFiles { options, ..write("x.parquet", pb::WriteMode::Create) }).await.unwrap_err();
    assert_eq!((error.code(), error.candidates()), (Code::InvalidArgument, vec!["compression"]));
}

#[tokio::test]
async fn tables_are_created_filled_and_dropped() {
    let bench = Bench::new();
    bench.run("create table t (n bigint not null, s varchar)").await.unwrap();
    bench.run("insert into t values (1, 'a'), (2, null)").await.unwrap();
    bench.run("insert into t (s, n) select 'b', 3").await.unwrap();
    assert!(bench.sql("select count(*) as c, sum(n) as n from t").await.unwrap().contains("| 3 | 6 |"));
    let error = bench.run_error("insert into t values (null, 'x')").await;
    assert!(matches!(error.code(), Code::DataInvalid | Code::TypeMismatch | Code::InvalidExpression), "{error}");
    bench.run("insert overwrite t values (9, 'z')").await.unwrap();
    assert!(bench.sql("select * from t").await.unwrap().contains("| 9 | z |"));
    assert_eq!(bench.run_error("create table t as select 1 as a").await.code(), Code::AlreadyExists);
    bench.run("create table if not exists t as select 1 as a").await.unwrap();
    bench.run("create or replace table t as select 1 as a").await.unwrap();
    assert!(bench.sql("select a from t").await.unwrap().contains("| 1 |"));
    bench.run("drop table t").await.unwrap();
    assert_eq!(bench.run_error("drop table t").await.code(), Code::TableNotFound);
    bench.run("drop table if exists t").await.unwrap();
}

#[tokio::test]
async fn rows_are_inserted_into_an_external_table() {
    let bench = Bench::new();
    bench.run("copy (select 1 as n, 'a' as s) to 't/' stored as parquet").await.unwrap();
    bench.run("create external table t stored as parquet location 't/'").await.unwrap();
    bench.run("insert into t values (2, 'b')").await.unwrap();
    assert!(bench.sql("select sum(n) as n from t").await.unwrap().contains("| 3 |"));
    bench.run("insert overwrite t values (7, 'c')").await.unwrap();
    assert!(bench.sql("select sum(n) as n from t").await.unwrap().contains("| 7 |"));
}

#[tokio::test]
async fn a_table_write_follows_its_mode_and_matching() {
    let bench = Bench::new();
    let write = |mode: pb::WriteMode, matching: pb::ColumnMatch| {
        Kind::WriteTable(pb::WriteTable { table: identifier("t"), mode: mode as i32, column_match: matching as i32, ..Default::default() })
    };
    let run = |query: &'static str, kind| rows(&bench.session, sql_into(query, kind));
    let by_name = pb::ColumnMatch::ByName;
    run("select 1 as a, 'x' as b", write(pb::WriteMode::Create, by_name)).await.unwrap();
    run("select 'y' as b, 2 as a", write(pb::WriteMode::Append, by_name)).await.unwrap();
    run("select 3 as a", write(pb::WriteMode::Append, by_name)).await.unwrap();
    assert!(bench.sql("select sum(a) as s, count(b) as c from t").await.unwrap().contains("| 6 | 2 |"));
    let error = run("select 3 as a, 4 as c", write(pb::WriteMode::Append, by_name)).await.unwrap_err();
    assert_eq!(error.code(), Code::UnresolvedColumn);
    let error = run("select 3 as a", write(pb::WriteMode::Append, pb::ColumnMatch::ByPosition)).await.unwrap_err();
    assert_eq!(error.code(), Code::TypeMismatch);
    assert_eq!(run("select 1 as a", write(pb::WriteMode::Create, by_name)).await.unwrap_err().code(), Code::AlreadyExists);
    run("select 5 as z", write(pb::WriteMode::CreateOrReplace, by_name)).await.unwrap();
    assert!(bench.sql("select z from t").await.unwrap().contains("| 5 |"));
    run("select 6 as z", write(pb::WriteMode::Overwrite, by_name)).await.unwrap();
    assert!(bench.sql("select z from t").await.unwrap().contains("| 6 |"));
}

#[tokio::test]
async fn a_large_table_leaves_memory() {
    let bench =
        Bench::with(|builder| builder.with_limits(polybolos_engine::EngineLimits { upload_memory_bytes: 1 << 20, ..Default::default() }));
    bench.run("create table t as select n, 'some text ' || n as s from generate_series(1, 300000) t(n)").await.unwrap();
    bench.run("insert into t values (0, 'one more')").await.unwrap();
    assert!(bench.sql("select count(*) as c, max(length(s)) as m from t where n < 300000").await.unwrap().contains("| 300000 | 16 |"));
}

#[tokio::test]
async fn schemas_are_created_used_and_dropped() {
    let bench = Bench::new();
    bench.run("create schema s").await.unwrap();
    bench.run("create table s.t as select 4 as a").await.unwrap();
    assert!(bench.sql("select a from polybolos.s.t").await.unwrap().contains("| 4 |"));
    assert_eq!(bench.run_error("drop schema s").await.code(), Code::InvalidArgument);
    bench.run("drop schema s cascade").await.unwrap();
    assert_eq!(bench.sql_error("select a from s.t").await.code(), Code::TableNotFound);
    assert_eq!(bench.run_error("create table nowhere.t as select 1 as a").await.code(), Code::TableNotFound);
}

#[tokio::test]
async fn views_are_created_replaced_and_dropped() {
    let bench = Bench::new();
    let view =
        |if_exists: pb::IfExists| Kind::CreateView(pb::CreateView { name: identifier("v"), temporary: true, if_exists: if_exists as i32 });
    let run = |query: &'static str, kind| rows(&bench.session, sql_into(query, kind));
    run("select 1 as a", view(pb::IfExists::Error)).await.unwrap();
    assert_eq!(run("select 2 as a", view(pb::IfExists::Error)).await.unwrap_err().code(), Code::AlreadyExists);
    run("select 3 as a", view(pb::IfExists::Ignore)).await.unwrap();
    assert!(bench.sql("select a from v").await.unwrap().contains("| 1 |"));
    run("select 4 as a", view(pb::IfExists::Replace)).await.unwrap();
    assert!(bench.sql("select a from v").await.unwrap().contains("| 4 |"));
    assert_eq!(bench.run_error("drop table v").await.code(), Code::InvalidArgument);
    bench.run("drop view v").await.unwrap();
    assert_eq!(bench.sql_error("select a from v").await.code(), Code::TableNotFound);
}

#[tokio::test]
async fn a_result_is_kept_and_read_again() {
    let bench = Bench::new();
    let cache = Kind::Cache(pb::Cache { cache_id: "c1".to_owned(), durable: false, eager: true });
    rows(&bench.session, sql_into("select random() as r", cache)).await.unwrap();
    let cached = || {
        crate::harness::plan(
            vec![crate::harness::relation(1, &[], pb::relation::Kind::Cached(pb::CachedRef { cache_id: "c1".to_owned() }))],
            pb::plan::Root::Relation(1),
        )
    };
    let first = rows(&bench.session, cached()).await.unwrap();
    assert_eq!(rows(&bench.session, cached()).await.unwrap(), first);
    let drop = pb::DropObject { kind: pb::ObjectKind::Cache as i32, name: identifier("c1"), missing_ok: false };
    rows(&bench.session, crate::harness::plan(vec![], crate::harness::command(0, Kind::Drop(drop)))).await.unwrap();
    assert_eq!(rows(&bench.session, cached()).await.unwrap_err().code(), Code::QueryNotFound);
}

#[tokio::test]
async fn a_command_that_is_sent_twice_runs_once() {
    let bench = Bench::new();
    bench.run("create table t (n bigint)").await.unwrap();
    let insert = |text: &str| {
        let mut request = request(crate::harness::sql_command(text));
        request.operation_id = "5b2c5a66-6a37-4f43-9d6c-000000000001".to_owned();
        request
    };
    let first = crate::harness::collect(bench.session.execute(insert("insert into t values (1)")).await.unwrap()).await.unwrap();
    let second = crate::harness::collect(bench.session.execute(insert("insert into t values (1)")).await.unwrap()).await.unwrap();
    assert_eq!(first, second);
    assert!(bench.sql("select count(*) as c from t").await.unwrap().contains("| 1 |"));
    let other = crate::harness::collect(bench.session.execute(insert("insert into t values (2)")).await.unwrap()).await.unwrap_err();
    assert_eq!(other.code(), Code::InvalidArgument);
    assert!(rows(&bench.session, sql_plan("select * from t")).await.unwrap().contains("| 1 |"));
}
