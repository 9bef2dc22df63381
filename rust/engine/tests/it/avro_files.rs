//! Avro files, block by block: small blocks, large ones, and blocks that count other records than they hold.

use polybolos_protocol::{Code, Error};

use crate::harness::Bench;

const MARKER: [u8; 16] = *b"sixteen bytes 16";
const LONGS: &str = r#"{"type": "record", "name": "r", "fields": [{"name": "n", "type": "long"}, {"name": "m", "type": "long"}]}"#;

/// A number as Avro writes it.
fn long(number: i64) -> Vec<u8> {
    let mut rest = ((number << 1) ^ (number >> 63)).cast_unsigned();
    let mut bytes = Vec::new();
    while rest >= 0x80 {
        bytes.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes
}

fn text(text: &str) -> Vec<u8> {
    [long(text.len() as i64), text.as_bytes().to_vec()].concat()
}

fn header(schema: &str) -> Vec<u8> {
    [b"Obj\x01".to_vec(), long(1), text("avro.schema"), text(schema), long(0), MARKER.to_vec()].concat()
}

/// A block that claims to hold so many records, and holds these bytes.
fn block(claimed: i64, records: &[u8]) -> Vec<u8> {
    [long(claimed), long(records.len() as i64), records.to_vec(), MARKER.to_vec()].concat()
}

/// Records of two numbers each.
fn records(numbers: std::ops::Range<i64>) -> Vec<u8> {
    numbers.flat_map(|number| [long(number), long(-number)].concat()).collect()
}

fn file(bench: &Bench, name: &str, blocks: &[Vec<u8>]) {
    bench.file(name, [header(LONGS), blocks.concat()].concat());
}

async fn refused(bench: &Bench, name: &str, blocks: &[Vec<u8>]) -> Error {
    file(bench, name, blocks);
    let error = bench.sql(&format!("select sum(n) as n from '{name}'")).await.unwrap_err();
    assert_eq!(error.code(), Code::DataCorrupt, "{error}");
    assert!(error.message().contains(name), "{error}");
    error
}

#[tokio::test]
async fn blocks_of_any_size_become_rows() {
    let bench = Bench::new();
    let many: Vec<Vec<u8>> = (0..1000).map(|number| block(number % 7, &records(0..number % 7))).collect();
    file(&bench, "small.avro", &many);
    let rows: i64 = (0..1000).map(|number| number % 7).sum();
    let read = bench.sql("select count(*) as c, count(m) as m from 'small.avro'").await.unwrap();
    assert!(read.contains(&format!("| {rows} | {rows} |")), "{read}");

    file(&bench, "large.avro", &[block(50_000, &records(0..50_000)), block(3, &records(50_000..50_003))]);
    let expected = format!("| 50003 | 50002 | {} |", -(0..50_003_i64).sum::<i64>());
    let read = bench.sql("select count(*) as c, max(n) as n, sum(m) as m from 'large.avro'").await.unwrap();
    assert!(read.contains(&expected), "{read}");

    file(&bench, "none.avro", &[block(0, &[]), block(0, &[])]);
    let read = bench.sql("select count(*) as c from 'none.avro'").await.unwrap();
    assert!(read.contains("| 0 |"), "{read}");
}

#[tokio::test]
async fn a_block_that_counts_other_records_than_it_holds_is_refused() {
    let bench = Bench::new();
    for claimed in [0, 1, 4, 9, 11, 1 << 20, 1 << 40, i64::MAX, -1] {
        let name = format!("claims{claimed}.avro");
        refused(&bench, &name, &[block(10, &records(0..10)), block(claimed, &records(0..10)), block(10, &records(0..10))]).await;
    }
    // Also where the count of one block makes up for the other.
    refused(&bench, "moved.avro", &[block(5, &records(0..10)), block(15, &records(0..10))]).await;
}

#[tokio::test]
async fn a_block_that_does_not_end_where_it_says_is_refused() {
    let bench = Bench::new();
    let mut moved = block(10, &records(0..10));
    moved[1] -= 2;
    let error = refused(&bench, "moved.avro", &[moved, block(10, &records(0..10))]).await;
    assert!(error.message().contains("does not end where it says"), "{error}");
    let long = [long(10), long(i64::MAX), records(0..10), MARKER.to_vec()].concat();
    let error = refused(&bench, "long.avro", &[long]).await;
    assert!(error.message().contains("more than the file has"), "{error}");
}

#[tokio::test]
async fn columns_without_any_value_are_rows_too() {
    let bench = Bench::new();
    let nulls = r#"{"type": "record", "name": "r", "fields": [{"name": "a", "type": "null"}, {"name": "b", "type": "null"}]}"#;
    bench.file("nulls.avro", [header(nulls), block(3, &[]), block(2, &[])].concat());
    let read = bench.sql("select count(*) as c, count(b) as b from 'nulls.avro'").await.unwrap();
    assert!(read.contains("| 5 | 0 |"), "{read}");
}
