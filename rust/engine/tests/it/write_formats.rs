//! The formats that files are written in: each is read back with the same rows, by this engine and by the library of the format.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::command::Kind;
use polybolos_protocol::wire::plan::write_files::Format;
use polybolos_protocol::{Code, Result};

use crate::harness::{Bench, rows, sql_into};

const PEOPLE: &str = "select * from (values (1, 'Ada', 1.5, date '2024-02-29', timestamp '2024-02-29T12:00:00.000123'), \
    (2, null, -2.5, null, null)) t(id, name, score, day, seen)";

async fn write(bench: &Bench, query: &str, path: &str, format: Format) -> Result<String> {
    let write = pb::WriteFiles { path: path.to_owned(), format: Some(format), mode: pb::WriteMode::Overwrite as i32, ..Default::default() };
    rows(&bench.session, sql_into(query, Kind::WriteFiles(write))).await
}

fn stream() -> Format {
    Format::Arrow(pb::ArrowFormat { stream: Some(true) })
}

fn array() -> Format {
    Format::Json(pb::JsonFormat { lines: Some(false), ..Default::default() })
}

fn avro() -> Format {
    Format::Avro(pb::AvroFormat {})
}

fn open(bench: &Bench, name: &str) -> BufReader<File> {
    BufReader::new(File::open(bench.path().join(name)).unwrap())
}

fn only_file(folder: PathBuf) -> String {
    let mut names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let name = names.next().unwrap();
    assert_eq!(names.next(), None);
    name
}

#[tokio::test]
async fn an_arrow_stream_is_written() {
    let bench = Bench::new();
    write(&bench, PEOPLE, "people.arrows", stream()).await.unwrap();
    let batches: Vec<RecordBatch> =
        arrow_ipc::reader::StreamReader::try_new(open(&bench, "people.arrows"), None).unwrap().map(|batch| batch.unwrap()).collect();
    assert_eq!(pretty_format_batches(&batches).unwrap().to_string(), bench.sql(PEOPLE).await.unwrap().trim());
    assert_eq!(bench.sql("select * from 'people.arrows' order by id").await.unwrap(), bench.sql(PEOPLE).await.unwrap());
    bench.run("copy (select 7 as a) to 'seven.arrow' stored as arrow options (stream 'true')").await.unwrap();
    assert!(std::fs::read(bench.path().join("seven.arrow")).unwrap().starts_with(&[0xff; 4]));
}

#[tokio::test]
async fn a_json_array_is_written() {
    let bench = Bench::new();
    write(&bench, "select * from (values (1, 'Ada'), (2, 'Be\"la')) t(id, name)", "people.json", array()).await.unwrap();
    let told: serde_json::Value = serde_json::from_reader(open(&bench, "people.json")).unwrap();
    assert_eq!(told, serde_json::json!([{"id": 1, "name": "Ada"}, {"id": 2, "name": "Be\"la"}]));
    let format = pb::read_files::Format::Json(pb::JsonFormat { lines: Some(false), ..Default::default() });
    assert!(bench.read("people.json", format).await.unwrap().contains("| 2  | Be\"la |"));
}

#[tokio::test]
async fn a_json_array_is_one_array_however_many_batches_it_has() {
    let bench = Bench::new();
    bench.run("copy (select n from generate_series(1, 50000) t(n)) to 'n.json' stored as json options (lines 'false')").await.unwrap();
    let told: Vec<serde_json::Value> = serde_json::from_reader(open(&bench, "n.json")).unwrap();
    assert_eq!(told.iter().map(|row| row["n"].as_i64().unwrap()).sum::<i64>(), 50_000 * 50_001 / 2);
}

#[tokio::test]
async fn an_avro_file_is_written() {
    let bench = Bench::new();
    write(&bench, PEOPLE, "people.avro", avro()).await.unwrap();
    assert_eq!(bench.sql("select * from 'people.avro' order by id").await.unwrap(), bench.sql(PEOPLE).await.unwrap());
    bench.run("copy (select n, 'text ' || n as s from generate_series(1, 30000) t(n)) to 'many.avro' stored as avro").await.unwrap();
    let read = bench.sql("select count(*) as c, sum(n) as n, max(length(s)) as l from 'many.avro'").await.unwrap();
    assert!(read.contains("| 30000 | 450015000 | 10 |"), "{read}");
}

#[tokio::test]
async fn an_avro_file_keeps_lists_structs_decimals_and_bytes() {
    let bench = Bench::new();
    let query = "select make_array(1, null, 3) as list, named_struct('a', 1, 'b', 'x') as pair, cast(12.34 as decimal(10, 2)) as price, \
        arrow_cast('abc', 'Binary') as bytes, true as yes";
    write(&bench, query, "nested.avro", avro()).await.unwrap();
    assert_eq!(bench.sql("select * from 'nested.avro'").await.unwrap(), bench.sql(query).await.unwrap());
}

#[tokio::test]
async fn a_name_that_avro_cannot_hold_is_told_and_nothing_is_left() {
    let bench = Bench::new();
    for query in ["select 1 as \"a b\"", "select named_struct('1st', 2) as s"] {
        let error = write(&bench, query, "x.avro", avro()).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument, "{error}");
        assert!(error.message().contains("letters, digits"), "{error}");
    }
    assert_eq!(std::fs::read_dir(bench.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_failed_write_of_each_format_leaves_nothing() {
    let bench = Bench::new();
    let query = "select 100 / (50000 - n) as x from generate_series(1, 100000) t(n)";
    for format in [stream(), array(), avro()] {
        let error = write(&bench, query, "out/", format).await.unwrap_err();
        assert_eq!(error.code(), Code::DivisionByZero, "{error}");
        assert_eq!(std::fs::read_dir(bench.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_folder_gets_files_that_are_named_after_their_format() {
    let bench = Bench::new();
    for (format, folder, extension) in [(stream(), "stream", "arrows"), (array(), "array", "json"), (avro(), "avro", "avro")] {
        write(&bench, "select 1 as a", &format!("{folder}/"), format).await.unwrap();
        let name = only_file(bench.path().join(folder));
        assert!(name.ends_with(&format!(".{extension}")), "{name}");
    }
}

#[tokio::test]
async fn an_empty_result_is_an_empty_file_of_its_format() {
    let bench = Bench::new();
    let query = "select 1 as a where false";
    write(&bench, query, "e.arrows", stream()).await.unwrap();
    write(&bench, query, "e.avro", avro()).await.unwrap();
    for path in ["e.arrows", "e.avro"] {
        let read = bench.sql(&format!("select count(a) as n from '{path}'")).await.unwrap();
        assert!(read.contains("| 0 |"), "{path}: {read}");
    }
    write(&bench, query, "e.json", array()).await.unwrap();
    assert_eq!(std::fs::read_to_string(bench.path().join("e.json")).unwrap(), "[]");
}

#[tokio::test]
async fn a_partitioned_write_has_a_folder_for_each_value() {
    let bench = Bench::new();
    let query = "select * from (values (1, 'x'), (2, 'y'), (3, 'x')) t(n, kind)";
    for (format, folder, name) in [(avro(), "avro", "avro"), (stream(), "stream", "arrow")] {
        let write = pb::WriteFiles {
            path: folder.to_owned(),
            format: Some(format),
            mode: pb::WriteMode::Create as i32,
            partition_by: vec!["kind".to_owned()],
            ..Default::default()
        };
        rows(&bench.session, sql_into(query, Kind::WriteFiles(write))).await.unwrap();
        bench.run(&format!("create external table {folder}_t stored as {name} location '{folder}/'")).await.unwrap();
        let read = bench.sql(&format!("select sum(n) as s from {folder}_t where kind = 'x'")).await.unwrap();
        assert!(read.contains("| 4 |"), "{read}");
    }
}

#[tokio::test]
async fn rows_are_inserted_as_the_files_of_a_table_are_written() {
    let bench = Bench::new();
    bench.file("array/a.json", r#"[{"n": 1}]"#).file("marked/a.csv", "n,s\n1,NULL\n");
    bench.run("copy (select 1 as n) to 'avro/' stored as avro").await.unwrap();
    for (table, options) in [
        ("array", "stored as json location 'array/' options (lines 'false')"),
        ("avro", "stored as avro location 'avro/'"),
        ("marked", "stored as csv location 'marked/' options (null_text 'NULL')"),
    ] {
        bench.run(&format!("create external table {table} {options}")).await.unwrap();
        let more = if table == "marked" { "select 41, null" } else { "select 41" };
        bench.run(&format!("insert into {table} {more}")).await.unwrap();
        let read = bench.sql(&format!("select count(*) as c, sum(n) as s from {table}")).await.unwrap();
        assert!(read.contains("| 2 | 42 |"), "{table}: {read}");
    }
    assert!(bench.sql("select count(s) as c from marked").await.unwrap().contains("| 0 |"));
}
