//! Files that are not there, damaged, or not what they should be: the error names the file and, where there are lines, the line.

use std::fs;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use polybolos_client::{Code, CsvOptions, JsonOptions, Session};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Doors, in_time};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_file_is_told_with_the_near_names_and_the_line() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let (line, frame) = (line!(), door.read_parquet("peple.parquet").unwrap());
        let told = door.told("read_parquet", frame.limit(1).unwrap().collect().await);
        told.code(Code::FileNotFound).says(&["peple.parquet"]).near("people.parquet").at(file!(), line);

        let (line, frame) = (line!(), door.read_csv("nowhere/*.csv").unwrap());
        let told = door.told("read_csv", frame.collect().await);
        told.code(Code::FileNotFound).says(&["nowhere/*.csv"]).at(file!(), line);

        let told = door.fails("select * from 'peple.parquet'").await;
        told.code(Code::FileNotFound).says(&["peple.parquet"]).near("people.parquet");
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_removed_between_two_queries_is_told() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let path = doors.file("here.parquet", parquet_file());
        let frame = door.read_parquet(&path).unwrap();
        assert_eq!(frame.count().await.unwrap(), ROWS as u64);
        fs::remove_file(doors.folder().join("here.parquet")).unwrap();
        let told = door.told("count", frame.count().await);
        told.code(Code::FileNotFound).says(&["here.parquet"]);
        door.still_answers().await;
    }
}

const ROWS: usize = 20_000;

/// A Parquet file of several row groups and pages.
fn parquet_file() -> Vec<u8> {
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false), Field::new("text", DataType::Utf8, true)]));
    let numbers = Int64Array::from_iter_values(0..ROWS as i64);
    let texts = StringArray::from_iter((0..ROWS).map(|row| (row % 7 > 0).then(|| format!("text {}", row * 7919 % 10_007))));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(numbers), Arc::new(texts)]).unwrap();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROWS / 3))
        .set_data_page_row_count_limit(1_000)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// Reads every value of the file.
async fn read(session: &Session, path: &str) -> polybolos_client::Result<usize> {
    let batches = session.read_parquet(path)?.collect().await?;
    Ok(batches.iter().map(RecordBatch::num_rows).sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_parquet_file_is_told_by_name_wherever_it_ends() {
    let doors = Doors::open().await;
    let whole = parquet_file();
    for door in doors.each().await {
        for length in
            [1, 4, 7, 8, 12, 100, whole.len() / 3, whole.len() / 2, whole.len() - 100, whole.len() - 8, whole.len() - 4, whole.len() - 1]
        {
            let path = doors.file(&format!("cut-{length}.parquet"), &whole[..length]);
            let told = door.told(format!("cut at {length}"), in_time(20, read(&door, &path)).await);
            told.code(Code::DataCorrupt).says(&[&format!("cut-{length}.parquet")]);
        }
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_parquet_file_is_told_by_name() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let text = doors.file("text.parquet", "id,name\n1,Ada\n");
        door.told("text", read(&door, &text).await).code(Code::DataCorrupt).says(&["text.parquet", "Parquet"]);
        let zeros = doors.file("zeros.parquet", vec![0; 10_000]);
        door.told("zeros", read(&door, &zeros).await).code(Code::DataCorrupt).says(&["zeros.parquet"]);
        let magic = doors.file("magic.parquet", b"PAR1\xff\xff\xff\x7fPAR1");
        door.told("magic", read(&door, &magic).await).code(Code::DataCorrupt).says(&["magic.parquet"]);
        let empty = doors.file("empty.parquet", "");
        let told = door.told("empty", read(&door, &empty).await);
        assert!([Code::DataCorrupt, Code::FileNotFound].contains(&told.error.code()), "{}", told.error);
        told.says(&["empty.parquet"]);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_parquet_file_among_good_ones_is_the_one_that_is_named() {
    let doors = Doors::open().await;
    let whole = parquet_file();
    fs::create_dir(doors.folder().join("many")).unwrap();
    for part in 0..5 {
        doors.file(&format!("many/part-{part}.parquet"), &whole);
    }
    // The footer is whole; the pages of the first row group are not.
    let mut damaged = whole.clone();
    damaged[4..whole.len() / 4].fill(0xa5);
    doors.file("many/part-3.parquet", &damaged);
    for door in doors.each().await {
        let (line, frame) = (line!(), door.read_parquet("root://scratch/many").unwrap());
        let told = door.told("many", frame.collect().await);
        told.code(Code::DataCorrupt).says(&["part-3.parquet"]).at(file!(), line);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flipped_bytes_anywhere_in_a_parquet_file_give_rows_or_an_error_that_names_it() {
    const SEED: u64 = 20_261_120;
    const FILES: usize = 150;
    let doors = Doors::open().await;
    let whole = parquet_file();
    let footer = whole.len() - 8 - u32::from_le_bytes(whole[whole.len() - 8..whole.len() - 4].try_into().unwrap()) as usize;
    let [embedded, flight] = doors.each().await;
    let mut random = StdRng::seed_from_u64(SEED);
    let mut failed = 0;
    for number in 0..FILES {
        let mut bytes = whole.clone();
        // Half of the flips hit the small footer, which has the lengths that readers believe.
        let first = if number % 2 == 0 { 0 } else { footer };
        for _ in 0..random.random_range(1..4) {
            let at = random.random_range(first..bytes.len());
            bytes[at] ^= 1 << random.random_range(0..8);
        }
        let name = format!("flipped-{number}.parquet");
        let path = doors.file(&name, &bytes);
        let door = if number % 3 == 0 { &flight } else { &embedded };
        if let Err(error) = in_time(20, read(door, &path)).await {
            failed += 1;
            let about = format!("seed {SEED}, file {number}, {}", door.name);
            assert_ne!(error.code(), Code::Internal, "{about}: {error}");
            assert!(error.message().contains(&name), "{about}: the message should name {name}\n{error}");
        }
    }
    assert!(failed > FILES / 4, "only {failed} of {FILES} damaged files were noticed");
    embedded.still_answers().await;
    flight.still_answers().await;
}

fn id_and_name() -> Schema {
    Schema::new(vec![Field::new("id", DataType::Int64, true), Field::new("name", DataType::Utf8, true)])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_line_with_a_value_of_the_wrong_type_is_told_by_file_and_line() {
    let doors = Doors::open().await;
    let path = doors.file("wrong_type.csv", "id,name\n1,Ada\n2,Bela\nthree,Chen\n4,Dora\n");
    let late: String = (0..5_000).map(|row| if row == 4_321 { "x,late\n".to_owned() } else { format!("{row},row\n") }).collect();
    let late = doors.file("late.csv", format!("id,name\n{late}"));
    for door in doors.each().await {
        let options = CsvOptions::default().schema(id_and_name());
        let (line, frame) = (line!(), door.read_csv_with(&path, options.clone()).unwrap());
        let told = door.told("read_csv", frame.collect().await);
        told.code(Code::DataInvalid).says(&["wrong_type.csv", "line 4", "three"]).at(file!(), line);
        let told = door.told("late", door.read_csv_with(&late, options).unwrap().collect().await);
        told.code(Code::DataInvalid).says(&["late.csv", "line 4323", "'x'"]);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_line_with_too_many_or_too_few_fields_is_told_by_file_and_line() {
    let doors = Doors::open().await;
    let many = doors.file("many_fields.csv", "id,name\n1,Ada\n2,Bela,Budapest\n3,Chen\n");
    let few = doors.file("few_fields.csv", "id,name\n1,Ada\n2,Bela\n3\n");
    for door in doors.each().await {
        for (path, name, place) in [(&many, "many_fields.csv", "line 3"), (&few, "few_fields.csv", "line 4")] {
            let told = door.told(name, door.read_csv(path).unwrap().collect().await);
            told.code(Code::DataInvalid).says(&[name, place]);
            let known = CsvOptions::default().schema(id_and_name());
            let told = door.told(name, door.read_csv_with(path, known).unwrap().collect().await);
            told.code(Code::DataInvalid).says(&[name, place]);
        }
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_file_that_is_no_text_is_told_by_name() {
    let doors = Doors::open().await;
    let latin = doors.file("latin1.csv", b"id,name\n1,Ada\n2,B\xe9la\n");
    for door in doors.each().await {
        let told = door.told("latin1", door.read_csv(&latin).unwrap().collect().await);
        told.code(Code::DataInvalid).says(&["latin1.csv"]);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_line_that_is_no_object_is_told_by_file() {
    let doors = Doors::open().await;
    let broken = doors.file("broken.json", "{\"id\": 1}\n{\"id\": 2\n{\"id\": 3}\n");
    let wrong = doors.file("wrong.json", "{\"id\": 1}\n{\"id\": \"two\"}\n");
    for door in doors.each().await {
        let told = door.told("broken", door.read_json(&broken).unwrap().collect().await);
        told.code(Code::DataInvalid).says(&["broken.json"]);
        let options = JsonOptions::default().schema(Schema::new(vec![Field::new("id", DataType::Int64, true)]));
        let told = door.told("wrong", door.read_json_with(&wrong, options).unwrap().collect().await);
        told.code(Code::DataInvalid).says(&["wrong.json", "two"]);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_arrow_and_avro_files_are_told_by_name() {
    let doors = Doors::open().await;
    let data = polybolos_integration_tests::corpus::folder().join("data");
    let (arrow, avro) = (fs::read(data.join("people.arrow")).unwrap(), fs::read(data.join("people.avro")).unwrap());
    for door in doors.each().await {
        for length in [3, 12, arrow.len() / 2, arrow.len() - 1] {
            let path = doors.file(&format!("cut-{length}.arrow"), &arrow[..length]);
            let told = door.told(format!("arrow cut at {length}"), door.read_arrow(&path).unwrap().collect().await);
            told.code(Code::DataCorrupt).says(&[&format!("cut-{length}.arrow")]);
        }
        // The length of the footer, forged: nothing of that size may be allocated.
        let mut forged = arrow.clone();
        let at = forged.len() - 10;
        forged[at..at + 4].copy_from_slice(&0x7fff_fff0_u32.to_le_bytes());
        let path = doors.file("forged.arrow", &forged);
        let told = door.told("forged", door.read_arrow(&path).unwrap().collect().await);
        told.code(Code::DataCorrupt).says(&["forged.arrow"]);
        for length in [2, 20, avro.len() - 20] {
            let path = doors.file(&format!("cut-{length}.avro"), &avro[..length]);
            let told = door.told(format!("avro cut at {length}"), door.read_avro(&path).unwrap().collect().await);
            assert_ne!(told.error.code(), Code::Internal, "{}", told.error);
            told.says(&[&format!("cut-{length}.avro")]);
        }
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_different_columns_read_together_are_told() {
    let doors = Doors::open().await;
    fs::create_dir(doors.folder().join("mixed")).unwrap();
    doors.file("mixed/a.csv", "id,name\n1,Ada\n");
    doors.file("mixed/b.csv", "id,name\nx,Bela\n");
    for door in doors.each().await {
        let options = CsvOptions::default().schema(id_and_name());
        let told = door.told("mixed", door.read_csv_with("root://scratch/mixed/*.csv", options).unwrap().collect().await);
        told.code(Code::DataInvalid).says(&["b.csv", "line 2"]);
        door.still_answers().await;
    }
}
