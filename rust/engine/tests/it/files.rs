//! Reading files: formats, folders, patterns, what changes between two queries, and files that are wrong.

use std::fmt::Write as _;

use polybolos_protocol::Code;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::read_files::Format;

use crate::harness::{Bench, csv, parquet, plan, read_kind, relation, rows};

async fn parquet_of(bench: &Bench, query: &str, path: &str) {
    bench.run(&format!("copy ({query}) to '{path}' stored as parquet options (mode 'overwrite')")).await.unwrap();
}

#[tokio::test]
async fn every_format_is_read_back_as_it_was_written() {
    let bench = Bench::new();
    let query = "select * from (values (1, 'a', 1.5, true), (2, null, -2.5, false)) t(n, s, f, b)";
    for (format, path) in [("parquet", "x.parquet"), ("csv", "x.csv"), ("json", "x.json"), ("arrow", "x.arrow")] {
        bench.run(&format!("copy ({query}) to '{path}' stored as {format}")).await.unwrap();
        let read = bench.sql(&format!("select n, s, f, b from '{path}' order by n")).await.unwrap();
        assert!(read.contains("| 1 | a | 1.5  | true  |") && read.contains("| 2 |   | -2.5 | false |"), "{format}:\n{read}");
    }
}

#[tokio::test]
async fn compressed_text_is_read_and_written() {
    let bench = Bench::new();
    for (name, suffix) in [("gzip", "gz"), ("bzip2", "bz2"), ("xz", "xz"), ("zstd", "zst")] {
        bench.run(&format!("copy (select 1 as a) to 'x.csv.{suffix}' stored as csv options (compression '{name}')")).await.unwrap();
        let format = Format::Csv(pb::CsvFormat { header: Some(true), compression: name.to_owned(), ..Default::default() });
        assert!(bench.read(&format!("x.csv.{suffix}"), format).await.unwrap().contains("| 1 |"), "{name}");
    }
}

#[tokio::test]
async fn csv_options_are_followed() {
    let bench = Bench::new();
    bench.file("x.csv", "# a comment\nn;s\n1;'a;b'\nNULL;c\n");
    let format = pb::CsvFormat {
        header: Some(true),
        delimiter: ";".to_owned(),
        quote: "'".to_owned(),
        comment: "#".to_owned(),
        null_text: "NULL".to_owned(),
        ..Default::default()
    };
    insta::assert_snapshot!(bench.read("x.csv", Format::Csv(format)).await.unwrap());
}

#[tokio::test]
async fn a_json_array_is_read() {
    let bench = Bench::new();
    bench.file("x.json", r#"[{"a": 1}, {"a": 2}]"#);
    let format = Format::Json(pb::JsonFormat { lines: Some(false), ..Default::default() });
    assert!(bench.read("x.json", format).await.unwrap().contains("| 2 |"));
}

#[tokio::test]
async fn patterns_stay_within_a_folder_unless_they_say_otherwise() {
    let bench = Bench::new();
    bench.file("a.csv", "n\n1\n").file("sub/b.csv", "n\n2\n").file("sub/deep/c.csv", "n\n3\n").file(".hidden.csv", "n\n4\n");
    let numbers = |text: String| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let sorted = |path: &'static str| {
        let bench = &bench;
        async move {
            numbers(
                bench
                    .sql(&format!("select string_agg(n, '' order by n) as n from (select cast(n as varchar) as n from '{path}')"))
                    .await
                    .unwrap(),
            )
        }
    };
    assert_eq!(sorted("*.csv").await, "1");
    assert_eq!(sorted("sub/*.csv").await, "2");
    assert_eq!(sorted("*/*.csv").await, "2");
    assert_eq!(sorted("**/*.csv").await, "123");
}

#[tokio::test]
async fn a_folder_is_its_files_and_its_key_value_folders() {
    let bench = Bench::new();
    bench
        .file("t/year=2023/a.csv", "n\n1\n")
        .file("t/year=2024/b.csv", "n\n2\n")
        .file("t/_SUCCESS", "")
        .file("t/year=2024/notes.txt.bak", "x");
    let read = bench.read("t", csv()).await.unwrap();
    assert!(read.contains("| 1 | 2023 |") && read.contains("| 2 | 2024 |"), "{read}");
}

#[tokio::test]
async fn a_new_file_is_seen_by_the_next_query() {
    let bench = Bench::new();
    parquet_of(&bench, "select 1 as n", "t/a.parquet").await;
    bench.run("create external table t stored as parquet location 't/'").await.unwrap();
    bench.run("create view v as select n from 't/*.parquet'").await.ok();
    let count = "select count(*) as c, sum(n) as s from t";
    assert!(bench.sql(count).await.unwrap().contains("| 1 | 1 |"));
    parquet_of(&bench, "select 10 as n", "t/b.parquet").await;
    assert!(bench.sql(count).await.unwrap().contains("| 2 | 11 |"));
    std::fs::remove_file(bench.path().join("t/a.parquet")).unwrap();
    assert!(bench.sql(count).await.unwrap().contains("| 1 | 10 |"));
}

#[tokio::test]
async fn a_replaced_file_is_seen_by_the_next_query() {
    let bench = Bench::new();
    parquet_of(&bench, "select 1 as n", "x.parquet").await;
    for expected in 2..6 {
        let seen = bench.sql("select max(n) as m, count(*) as c from 'x.parquet'").await.unwrap();
        assert!(seen.contains(&format!("| {} | {} |", expected - 1, expected - 1)), "{seen}");
        parquet_of(&bench, &format!("select * from generate_series(1, {expected}) t(n)"), "x.parquet").await;
    }
}

#[tokio::test]
async fn a_view_over_a_pattern_sees_new_files() {
    let bench = Bench::new();
    bench.file("t/a.csv", "n\n1\n");
    let view = pb::CreateView { name: crate::harness::identifier("v"), temporary: true, if_exists: pb::IfExists::Error as i32 };
    let plan = plan(vec![relation(1, &[], read_kind("t/*.csv", csv()))], crate::harness::command(1, pb::command::Kind::CreateView(view)));
    rows(&bench.session, plan).await.unwrap();
    assert!(bench.sql("select sum(n) as s from v").await.unwrap().contains("| 1 |"));
    bench.file("t/b.csv", "n\n41\n");
    assert!(bench.sql("select sum(n) as s from v").await.unwrap().contains("| 42 |"));
}

#[tokio::test]
async fn a_missing_file_is_told_with_the_near_names() {
    let bench = Bench::new();
    bench.file("trips.csv", "n\n1\n");
    let error = bench.read("trip.csv", csv()).await.unwrap_err();
    assert_eq!((error.code(), error.candidates()), (Code::FileNotFound, vec!["trips.csv"]));
    assert_eq!(bench.read("none/*.csv", csv()).await.unwrap_err().code(), Code::FileNotFound);
}

#[tokio::test]
async fn a_corrupt_parquet_file_is_named() {
    let bench = Bench::new();
    parquet_of(&bench, "select * from generate_series(1, 1000) t(n)", "t/good.parquet").await;
    bench.file("t/bad.parquet", "this is no Parquet file at all, it only says so");
    let error = bench.read("t/", parquet()).await.unwrap_err();
    assert_eq!(error.code(), Code::DataCorrupt, "{error}");
    assert!(error.message().contains("root://data/t/bad.parquet"), "{error}");
    assert!(bench.sql("select 1 as still_works").await.is_ok());
}

#[tokio::test]
async fn a_parquet_file_that_is_damaged_in_the_middle_is_named() {
    let bench = Bench::new();
    parquet_of(&bench, "select md5(n::varchar) as r, n from generate_series(1, 100000) t(n)", "t/a.parquet").await;
    parquet_of(&bench, "select md5(n::varchar) as r, n from generate_series(1, 100000) t(n)", "t/b.parquet").await;
    let path = bench.path().join("t/b.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    // So much that a header of a page is hit: the values in a page have no checksum.
    let third = bytes.len() / 3;
    for byte in bytes.iter_mut().skip(third).take(third) {
        *byte = 0xA5;
    }
    std::fs::write(&path, bytes).unwrap();
    let error = bench.sql_error("select max(r), sum(n) from 't/*.parquet'").await;
    assert_eq!(error.code(), Code::DataCorrupt, "{error}");
    assert!(error.message().contains("b.parquet"), "{error}");
}

#[tokio::test]
async fn a_bad_line_of_csv_is_named_with_its_file_and_line() {
    let bench = Bench::new();
    let mut text = String::from("n,s\n");
    for line in 2..=3_000 {
        writeln!(text, "{},x", if line == 2_500 { "oops".to_owned() } else { line.to_string() }).unwrap();
    }
    bench.file("t/a.csv", "n,s\n1,x\n").file("t/b.csv", text);
    let error = bench.sql_error("select sum(n) from 't/*.csv'").await;
    assert_eq!(error.code(), Code::DataInvalid, "{error}");
    assert!(error.message().contains("t/b.csv"), "{error}");
    assert!(error.message().contains("line 2500"), "{error}");
}

#[tokio::test]
async fn a_bad_line_deep_in_a_large_csv_keeps_its_number() {
    let bench = Bench::new();
    let mut text = String::from("n,s\n");
    for line in 2..=400_000 {
        writeln!(text, "{},some text to fill the line", if line == 390_000 { "oops".to_owned() } else { line.to_string() }).unwrap();
    }
    bench.file("big.csv", text);
    let error = bench.sql_error("select sum(n) from 'big.csv'").await;
    assert!(error.message().contains("line 390000"), "{error}");
}

#[tokio::test]
async fn a_bad_line_of_json_is_told() {
    let bench = Bench::new();
    bench.file("x.json", "{\"a\": 1}\n{\"a\": \n{\"a\": 3}\n");
    let error = bench.sql_error("select * from 'x.json'").await;
    assert_eq!(error.code(), Code::DataInvalid, "{error}");
    assert!(error.message().contains("x.json"), "{error}");
}

#[tokio::test]
async fn a_damaged_arrow_file_is_refused() {
    let bench = Bench::new();
    bench.run("copy (select * from generate_series(1, 1000) t(n)) to 'x.arrow' stored as arrow").await.unwrap();
    let good = std::fs::read(bench.path().join("x.arrow")).unwrap();
    assert!(bench.sql("select count(*) as c from 'x.arrow'").await.unwrap().contains("1000"));
    for (index, change) in [(good.len() - 7, 0x7f), (good.len() - 10, 0xff), (good.len() - 1, 0)] {
        let mut bytes = good.clone();
        bytes[index] = change;
        bench.file("y.arrow", bytes);
        let error = bench.sql_error("select count(*) as c from 'y.arrow'").await;
        assert_eq!(error.code(), Code::DataCorrupt, "{index}: {error}");
    }
    bench.file("short.arrow", &good[..good.len() / 2]);
    assert_eq!(bench.sql_error("select * from 'short.arrow'").await.code(), Code::DataCorrupt);
}

#[tokio::test]
async fn an_external_table_takes_columns_and_options() {
    let bench = Bench::new();
    bench.file("x.csv", "1|a\n2|b\n");
    bench
        .run("create external table t (n bigint, s varchar) stored as csv location 'x.csv' options (header 'false', delimiter '|')")
        .await
        .unwrap();
    assert!(bench.sql("select s from t where n = 2").await.unwrap().contains("| b |"));
    let error = bench.run_error("create external table u stored as csv location 'x.csv' options (delimeter '|')").await;
    assert_eq!((error.code(), error.candidates()), (Code::InvalidArgument, vec!["delimiter"]));
    let error = bench.run_error("create external table t stored as csv location 'x.csv'").await;
    assert_eq!(error.code(), Code::AlreadyExists);
}

#[tokio::test]
async fn a_configured_table_is_seen_by_every_session() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.csv"), "a\n7\n").unwrap();
    let bench = Bench::with(|builder| {
        builder.with_root("lake", folder.path(), polybolos_engine::Access::Read).with_table("sales.orders", "root://lake/x.csv", "csv")
    });
    assert!(bench.sql("select * from sales.orders").await.unwrap().contains("| 7 |"));
    assert!(bench.sql("select table_schema, table_name from information_schema.tables").await.unwrap().contains("orders"));
    assert_eq!(bench.run_error("drop table sales.orders").await.code(), Code::PermissionDenied);
}
