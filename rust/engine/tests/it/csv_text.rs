//! CSV whose values are written in the caller's way: another text for null, a pattern for timestamps.

use std::fmt::Write as _;

use polybolos_protocol::Code;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::read_files::Format;

use crate::harness::{Bench, plan, relation, rows};

fn pattern(pattern: &str) -> pb::CsvFormat {
    pb::CsvFormat { header: Some(true), timestamp_format: pattern.to_owned(), ..Default::default() }
}

#[tokio::test]
async fn timestamps_are_read_by_their_pattern() {
    let bench = Bench::new();
    bench.file("x.csv", "n,seen\n1,29.02.2024 13:45\n2,\n3,01.03.2024 00:00\n");
    let table = "create external table t (n bigint, seen timestamp) stored as csv location 'x.csv' \
        options (timestamp_format '%d.%m.%Y %H:%M')";
    bench.run(table).await.unwrap();
    let read = bench.sql("select n, seen from t order by n").await.unwrap();
    assert!(read.contains("| 1 | 2024-02-29T13:45:00 |") && read.contains("| 2 |                     |"), "{read}");
    let read = bench.sql("select count(*) as c from t where seen > timestamp '2024-02-29T14:00:00'").await.unwrap();
    assert!(read.contains("| 1 |"), "{read}");
    let read = bench.sql("select seen from t where n = 3").await.unwrap();
    assert!(read.contains("| 2024-03-01T00:00:00 |"), "{read}");
}

#[tokio::test]
async fn a_pattern_of_a_day_alone_means_its_midnight_and_an_offset_is_followed() {
    let bench = Bench::new();
    bench.file("days.csv", "seen\n2024/02/29\n").file("offsets.csv", "seen\n2024-02-29 12:00 +0200\n");
    bench
        .run("create external table d (seen timestamp) stored as csv location 'days.csv' options (timestamp_format '%Y/%m/%d')")
        .await
        .unwrap();
    assert!(bench.sql("select seen from d").await.unwrap().contains("| 2024-02-29T00:00:00 |"));
    bench
        .run("create external table o (seen timestamp) stored as csv location 'offsets.csv' options (timestamp_format '%Y-%m-%d %H:%M %z')")
        .await
        .unwrap();
    assert!(bench.sql("select seen from o").await.unwrap().contains("| 2024-02-29T10:00:00 |"));
}

#[tokio::test]
async fn a_value_that_does_not_fit_the_pattern_is_told_by_file_and_line() {
    let bench = Bench::new();
    let mut text = "n,seen\n".to_owned();
    for row in 0..20_000 {
        let seen = if row == 12_345 { "yesterday" } else { "29.02.2024" };
        writeln!(text, "{row},{seen}").unwrap();
    }
    bench.file("late.csv", text).file("good.csv", "n,seen\n1,29.02.2024\n");
    bench
        .run("create external table t (n bigint, seen timestamp) stored as csv location 'late.csv' options (timestamp_format '%d.%m.%Y')")
        .await
        .unwrap();
    let error = bench.sql_error("select max(seen) from t").await;
    assert_eq!(error.code(), Code::DataInvalid, "{error}");
    for part in ["'yesterday'", "'seen'", "%d.%m.%Y", "line 12347", "late.csv"] {
        assert!(error.message().contains(part), "{part}: {error}");
    }
}

#[tokio::test]
async fn a_number_that_is_none_is_told_by_file_and_line_where_a_text_stands_for_null() {
    let bench = Bench::new();
    bench.file("x.csv", "n,s\n1,a\nNULL,b\nthree,c\n");
    bench.run("create external table t (n bigint, s varchar) stored as csv location 'x.csv' options (null_text 'NULL')").await.unwrap();
    let error = bench.sql_error("select sum(n) from t").await;
    assert_eq!(error.code(), Code::DataInvalid, "{error}");
    for part in ["'three'", "'n'", "line 4", "x.csv"] {
        assert!(error.message().contains(part), "{part}: {error}");
    }
    assert!(bench.sql("select count(s) as c from t").await.unwrap().contains("| 3 |"));
}

#[tokio::test]
async fn a_large_file_that_is_read_in_parts_tells_the_line_of_the_whole() {
    let bench = Bench::new();
    let mut text = "n,seen\n".to_owned();
    for row in 0..1_500_000 {
        writeln!(text, "{row},{}", if row == 1_400_000 { "never" } else { "29.02.2024" }).unwrap();
    }
    bench.file("large.csv", text);
    bench
        .run("create external table t (n bigint, seen timestamp) stored as csv location 'large.csv' options (timestamp_format '%d.%m.%Y')")
        .await
        .unwrap();
    let error = bench.sql_error("select max(seen) from t").await;
    assert!(error.message().contains("line 1400002"), "{error}");
}

#[tokio::test]
async fn what_is_no_pattern_is_told() {
    let bench = Bench::new();
    bench.file("x.csv", "seen\n1\n");
    let error = bench.read("x.csv", Format::Csv(pattern("%d.%!"))).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument, "{error}");
    assert!(error.message().contains("%d.%!"), "{error}");
}

#[tokio::test]
async fn columns_without_a_declared_type_are_timestamps_where_all_their_values_fit_the_pattern() {
    let bench = Bench::new();
    bench.file("x.csv", "seen,said,n\n29.02.2024,29.02.2024,1\n01.03.2024,soon,2\n,,\n");
    let read = bench.read("x.csv", Format::Csv(pattern("%d.%m.%Y"))).await.unwrap();
    assert!(
        read.contains("| 2024-02-29T00:00:00 | 29.02.2024 | 1 |") && read.contains("| 2024-03-01T00:00:00 | soon       | 2 |"),
        "{read}"
    );
}

#[tokio::test]
async fn a_folder_column_stands_beside_columns_that_are_parsed() {
    let bench = Bench::new();
    bench.file("t/year=2024/a.csv", "seen\n29.02.2024\n").file("t/year=2025/a.csv", "seen\n01.03.2025\n");
    let schema = pb::Schema {
        fields: vec![pb::Field {
            name: "seen".to_owned(),
            r#type: Some(pb::DataType {
                kind: Some(pb::data_type::Kind::Timestamp(pb::TimestampType { unit: pb::TimeUnit::Micro as i32, zone: None })),
            }),
            ..Default::default()
        }],
        ..Default::default()
    };
    let read = pb::ReadFiles {
        paths: vec!["t".to_owned()],
        format: Some(Format::Csv(pattern("%d.%m.%Y"))),
        schema: Some(schema),
        ..Default::default()
    };
    let read = plan(vec![relation(1, &[], pb::relation::Kind::ReadFiles(read))], pb::plan::Root::Relation(1));
    let read = rows(&bench.session, read).await.unwrap();
    assert!(read.contains("| 2024-02-29T00:00:00 | 2024 |") && read.contains("| 2025-03-01T00:00:00 | 2025 |"), "{read}");
}

#[tokio::test]
async fn a_column_whose_first_values_are_all_missing_keeps_the_later_ones() {
    let bench = Bench::new();
    let mut text = "n,late\n".to_owned();
    (0..5_000).for_each(|row| writeln!(text, "{row},{}", if row < 4_000 { "" } else { "here" }).unwrap());
    bench.file("x.csv", text);
    let read = bench.sql("select count(late) as c, max(late) as m from 'x.csv'").await.unwrap();
    assert!(read.contains("| 1000 | here |"), "{read}");
}

#[tokio::test]
async fn a_timestamp_that_is_none_is_told_by_file_and_line() {
    let bench = Bench::new();
    bench.file("x.csv", "n,seen\n1,2024-02-29T12:00:00\n2,noon\n");
    bench.run("create external table t (n bigint, seen timestamp) stored as csv location 'x.csv'").await.unwrap();
    let error = bench.sql_error("select max(seen) from t").await;
    assert_eq!(error.code(), Code::DataInvalid, "{error}");
    for part in ["line 3", "x.csv", "noon"] {
        assert!(error.message().contains(part), "{part}: {error}");
    }
}
