//! Arrow and Avro files with flipped bytes: rows, or an error that names the file; never a part of the engine that gave way.

use std::fs;

use polybolos_client::functions::{concat, make_array};
use polybolos_client::{Code, DataFrame, Result, WriteOptions, col, lit};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Door, Doors, in_time};

const SEED: u64 = 20_261_121;
const FILES: usize = 60;
const ROWS: i64 = 3_000;

/// Numbers, texts and lists.
fn rows(door: &Door) -> DataFrame {
    let text = concat(lit("text "), [col("id").cast(arrow::datatypes::DataType::Utf8)]);
    let frame = door.range(0, ROWS).unwrap().with_column("text", text).unwrap();
    frame.with_column("list", make_array([col("id"), col("id") * 2_i64])).unwrap()
}

async fn flipped(name: &str, whole: &[u8], doors: &Doors, read: impl Fn(&Door, &str) -> Result<DataFrame>) {
    let [embedded, flight] = doors.each().await;
    let mut random = StdRng::seed_from_u64(SEED);
    for number in 0..FILES {
        let mut bytes = whole.to_vec();
        // Half of the flips hit the beginning or the end, which have the lengths that readers believe.
        let (first, end) = match number % 4 {
            0 => (0, 400),
            1 => (whole.len() - 400, whole.len()),
            _ => (0, whole.len()),
        };
        for _ in 0..random.random_range(1..4) {
            let at = random.random_range(first..end);
            bytes[at] ^= 1 << random.random_range(0..8);
        }
        let file = format!("flipped-{number}.{name}");
        let path = doors.file(&file, &bytes);
        let door = if number % 3 == 0 { &flight } else { &embedded };
        let outcome = match read(door, &path) {
            Ok(frame) => in_time(20, frame.collect()).await,
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            let about = format!("seed {SEED}, file {number}, {}", door.name);
            assert_ne!(error.code(), Code::Internal, "{about}: {error}");
            assert!(error.message().contains(&file), "{about}: the message should name {file}\n{error}");
            assert!(
                [Code::DataCorrupt, Code::DataInvalid, Code::LimitExceeded, Code::Unsupported].contains(&error.code()),
                "{about}: {error}"
            );
        }
    }
    embedded.still_answers().await;
    flight.still_answers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flipped_bytes_anywhere_in_an_arrow_file_give_rows_or_an_error_that_names_it() {
    let doors = Doors::open().await;
    let [door, _] = doors.each().await;
    rows(&door).write_arrow("root://scratch/whole.arrow").await.unwrap();
    let whole = fs::read(doors.folder().join("whole.arrow")).unwrap();
    flipped("arrow", &whole, &doors, |door, path| door.read_arrow(path)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flipped_bytes_anywhere_in_an_arrow_stream_give_rows_or_an_error_that_names_it() {
    let doors = Doors::open().await;
    let [door, _] = doors.each().await;
    rows(&door).write_arrow_with("root://scratch/whole.arrows", WriteOptions::default().arrow_stream()).await.unwrap();
    let whole = fs::read(doors.folder().join("whole.arrows")).unwrap();
    flipped("arrows", &whole, &doors, |door, path| door.read_arrow(path)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flipped_bytes_anywhere_in_an_avro_file_give_rows_or_an_error_that_names_it() {
    let doors = Doors::open().await;
    let [door, _] = doors.each().await;
    rows(&door).write_avro("root://scratch/whole.avro").await.unwrap();
    let whole = fs::read(doors.folder().join("whole.avro")).unwrap();
    flipped("avro", &whole, &doors, |door, path| door.read_avro(path)).await;
}
