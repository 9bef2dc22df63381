//! Writers that fail or are stopped midway leave nothing behind, and change nothing that was there.

use std::fs;
use std::path::PathBuf;

use polybolos_client::{Code, DataFrame, WriteMode, WriteOptions, col, lit};

use super::{Door, Doors, files_below, in_time, until};

/// Rows of which one of the last cannot be computed.
fn fails_late(door: &Door) -> DataFrame {
    door.range(0, 2_000_000).unwrap().with_column("x", lit(1_i64) / (col("id") - 1_999_000_i64)).unwrap()
}

/// Every file with its content.
fn contents(doors: &Doors) -> Vec<(PathBuf, Vec<u8>)> {
    files_below(doors.folder()).into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_fails_midway_leaves_nothing_behind() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let rows = fails_late(&door);
        for path in ["root://scratch/out/", "root://scratch/one.parquet", "root://scratch/deep/er/one.parquet"] {
            let told = door.told(path, rows.write_parquet(path).await);
            told.code(Code::DivisionByZero);
            assert!(files_below(doors.folder()).is_empty(), "{}: {path}: {:?}", door.name, files_below(doors.folder()));
        }
        door.told("csv", rows.write_csv("root://scratch/out.csv").await).code(Code::DivisionByZero);
        door.told("json", rows.write_json("root://scratch/out.json").await).code(Code::DivisionByZero);
        door.told("arrow", rows.write_arrow("root://scratch/out.arrow").await).code(Code::DivisionByZero);
        let parts = rows.with_column("part", col("id") % 4_i64).unwrap();
        let by_part = WriteOptions::default().partition_by(["part"]);
        door.told("partitions", parts.write_parquet_with("root://scratch/parts/", by_part).await).code(Code::DivisionByZero);
        let copy = "copy (select 1 / (id - 1999000) as x from range(0, 2000000) t(id)) to 'root://scratch/copy.parquet' stored as parquet";
        door.fails(copy).await.code(Code::DivisionByZero);
        assert!(files_below(doors.folder()).is_empty(), "{}: {:?}", door.name, files_below(doors.folder()));
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_fails_midway_changes_nothing_that_was_there() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let (good, bad) = (door.range(0, 1_000).unwrap().with_column("x", col("id")).unwrap(), fails_late(&door));
        let anew = WriteOptions::default().mode(WriteMode::Overwrite);
        good.write_parquet_with("root://scratch/kept/", anew.clone()).await.unwrap();
        let before = contents(&doors);
        for mode in [WriteMode::Append, WriteMode::Overwrite] {
            let outcome = bad.write_parquet_with("root://scratch/kept/", WriteOptions::default().mode(mode)).await;
            door.told(format!("{mode:?}"), outcome).code(Code::DivisionByZero);
            assert!(contents(&doors) == before, "{}: {mode:?} left {:?}", door.name, files_below(doors.folder()));
        }
        let told = door.told("exists", good.write_parquet("root://scratch/kept/").await);
        told.code(Code::AlreadyExists).says(&["kept"]);
        assert!(contents(&doors) == before, "{}: a refused write changed something", door.name);
        assert_eq!(door.read_parquet("root://scratch/kept/").unwrap().count().await.unwrap(), 1_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_cancelled_leaves_nothing_behind() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let many = door.range(0, 100_000_000_000).unwrap();
        let writing = tokio::spawn(async move { many.write_parquet("root://scratch/endless/").await });
        until(20, "the write runs", async || !door.queries(false).await.unwrap().is_empty()).await;
        let query = door.queries(false).await.unwrap().remove(0);
        door.cancel(&query.query_id).await.unwrap();
        door.told("the write", in_time(10, writing).await.unwrap()).code(Code::Cancelled);
        until(5, "no file is left", async || files_below(doors.folder()).is_empty()).await;
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_caller_goes_away_leaves_nothing_behind() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let many = door.range(0, 100_000_000_000).unwrap();
        let writing = tokio::spawn(async move { many.write_csv("root://scratch/endless.csv").await });
        until(20, "the write runs", async || !door.queries(false).await.unwrap().is_empty()).await;
        writing.abort();
        until(5, "no query is left", async || door.queries(false).await.unwrap().is_empty()).await;
        until(5, "no file is left", async || files_below(doors.folder()).is_empty()).await;
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_cannot_be_filled_is_not_made_and_one_that_is_there_keeps_its_rows() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let bad = fails_late(&door);
        door.told("write_table", bad.write_table("made").await).code(Code::DivisionByZero);
        door.fails("select * from made").await.code(Code::TableNotFound);
        door.fails("create table made as select 1 / (id - 5) as x from range(0, 10) t(id)").await.code(Code::DivisionByZero);
        door.fails("select * from made").await.code(Code::TableNotFound);

        door.range(0, 3).unwrap().with_column("x", col("id")).unwrap().write_table("kept").await.unwrap();
        door.told("insert_into", bad.insert_into("kept").await).code(Code::DivisionByZero);
        door.fails("insert into kept select id, 1 / (id - 5) from range(0, 10) t(id)").await.code(Code::DivisionByZero);
        assert_eq!(door.number("select count(*) from kept").await, 3, "{}", door.name);
        door.execute("drop table kept").await.unwrap().finish().await.unwrap();
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn options_of_a_format_that_are_none_are_told_before_anything_is_written() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let rows = door.range(0, 3).unwrap();
        for (key, value) in [("compresion", "zstd"), ("compression", "fast")] {
            let options = WriteOptions::default().option(key, value);
            let told = door.told(format!("{key} = {value}"), rows.write_parquet_with("root://scratch/x.parquet", options).await);
            told.code(Code::InvalidArgument).says(&[if key == "compression" { value } else { key }]);
        }
        let by_nothing = WriteOptions::default().partition_by(["year"]);
        let told = door.told("partition_by", rows.write_parquet_with("root://scratch/x/", by_nothing).await);
        told.code(Code::UnresolvedColumn).says(&["year"]);
        assert!(files_below(doors.folder()).is_empty(), "{}: {:?}", door.name, files_below(doors.folder()));
        door.still_answers().await;
    }
}
