//! Arrow bytes from outside: what is wrong with them is told, and the process lives.

use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int64Array, RecordBatch, StringArray, StringViewArray};
use arrow::datatypes::{Int32Type, Schema};
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use polybolos_engine::guard::{MessageKind, check_message, read_stream};
use polybolos_protocol::Code;
use proptest_lite::Bytes;

/// A small generator of changes, seeded, so that a failure can be run again.
mod proptest_lite {
    pub struct Bytes(u64);

    impl Bytes {
        pub fn seeded(seed: u64) -> Self {
            Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
        }

        pub fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }

        pub fn below(&mut self, bound: usize) -> usize {
            usize::try_from(self.next() % bound as u64).unwrap()
        }
    }
}

fn sample() -> RecordBatch {
    let dictionary: DictionaryArray<Int32Type> = ["x", "y", "x"].into_iter().collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("n", Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]))),
        ("s", Arc::new(StringArray::from(vec!["a", "bb", "ccc"]))),
        ("v", Arc::new(StringViewArray::from(vec!["short", "a text that is longer than twelve bytes", "x"]))),
        ("d", Arc::new(dictionary)),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn stream_of(batch: &RecordBatch, options: IpcWriteOptions) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new_with_options(&mut bytes, batch.schema_ref(), options).unwrap();
    writer.write(batch).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    bytes
}

#[test]
fn a_good_stream_is_read() {
    let (schema, batches) = read_stream(&stream_of(&sample(), IpcWriteOptions::default())).unwrap();
    assert_eq!((schema.fields().len(), batches.len(), batches[0].num_rows()), (4, 2, 3));
}

#[test]
fn a_compressed_stream_is_refused() {
    let options = IpcWriteOptions::default().try_with_compression(Some(arrow_ipc::CompressionType::ZSTD)).unwrap();
    let error = read_stream(&stream_of(&sample(), options)).unwrap_err();
    assert_eq!(error.code(), Code::DataInvalid, "{error}");
}

#[test]
fn a_stream_that_is_cut_short_is_damaged() {
    let bytes = stream_of(&sample(), IpcWriteOptions::default());
    for length in 0..bytes.len() - 8 {
        if let Err(error) = read_stream(&bytes[..length]) {
            assert!(matches!(error.code(), Code::DataCorrupt | Code::DataInvalid), "{length}: {error}");
        }
    }
    assert_eq!(read_stream(b"").unwrap_err().code(), Code::DataCorrupt);
    assert_eq!(read_stream(&[0xff; 64]).unwrap_err().code(), Code::DataCorrupt);
}

#[test]
fn a_claimed_length_is_not_believed() {
    // A continuation mark and a header of a gigabyte, in twelve bytes.
    let mut bytes = vec![0xff; 4];
    bytes.extend(0x4000_0000_i32.to_le_bytes());
    bytes.extend([0; 4]);
    assert_eq!(read_stream(&bytes).unwrap_err().code(), Code::DataCorrupt);
}

#[test]
fn changed_bytes_never_take_the_process() {
    let good = stream_of(&sample(), IpcWriteOptions::default());
    let silent = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for seed in 0..20_000 {
        let mut random = Bytes::seeded(seed);
        let mut bytes = good.clone();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] = u8::try_from(random.next() & 0xff).unwrap();
        }
        if let Err(error) = read_stream(&bytes) {
            assert!(matches!(error.code(), Code::DataCorrupt | Code::DataInvalid | Code::LimitExceeded), "seed {seed}: {error}");
        }
    }
    std::panic::set_hook(silent);
}

#[test]
fn a_header_is_held_against_its_body() {
    let message = arrow_ipc::writer::IpcDataGenerator::default();
    let options = IpcWriteOptions::default();
    let mut dictionaries = arrow_ipc::writer::DictionaryTracker::new(false);
    let schema = message.schema_to_bytes_with_dictionary_tracker(sample().schema_ref(), &mut dictionaries, &options);
    assert_eq!(check_message(&schema.ipc_message, 0).unwrap(), MessageKind::Schema);
    let (_, batch) = message.encode(&sample(), &mut dictionaries, &options, &mut Default::default()).unwrap();
    assert_eq!(check_message(&batch.ipc_message, batch.arrow_data.len()).unwrap(), MessageKind::Batch);
    assert_eq!(check_message(&batch.ipc_message, batch.arrow_data.len() - 8).unwrap_err().code(), Code::DataCorrupt);
    assert_eq!(check_message(b"nonsense", 0).unwrap_err().code(), Code::DataCorrupt);
}

#[test]
fn a_schema_that_nests_too_deep_is_refused() {
    let mut field = arrow::datatypes::Field::new("x", arrow::datatypes::DataType::Int64, true);
    for _ in 0..40 {
        field = arrow::datatypes::Field::new("x", arrow::datatypes::DataType::List(Arc::new(field)), true);
    }
    let batch = RecordBatch::new_empty(Arc::new(Schema::new(vec![field])));
    let error = read_stream(&stream_of(&batch, IpcWriteOptions::default())).unwrap_err();
    assert_eq!(error.code(), Code::LimitExceeded, "{error}");
}
