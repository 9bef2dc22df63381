//! Messages that nobody honest sends: each gets a coded answer, and the server goes on.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::{FlightData, FlightDescriptor, PutResult};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::IpcWriteOptions;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use polybolos_protocol::wire::flight::{ExecutePlan, PutLocalData, PutReceipt};
use polybolos_protocol::{Code, Error};
use polybolos_server::config::Size;
use prost::Message;
use prost_types::Any;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::harness::{Client, error, execute, pack, serve, serve_with};

fn batch(rows: i64) -> RecordBatch {
    let names: ArrayRef = Arc::new(StringArray::from_iter_values((0..rows).map(|row| format!("name {row}"))));
    RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from_iter_values(0..rows)) as ArrayRef), ("name", names)]).unwrap()
}

async fn messages(batch: RecordBatch, codec: Option<CompressionType>) -> Vec<FlightData> {
    let options = IpcWriteOptions::default().try_with_compression(codec).unwrap();
    let descriptor = FlightDescriptor::new_cmd(pack("polybolos.flight.v1.PutLocalData", &PutLocalData::default()));
    let encoder = FlightDataEncoderBuilder::new().with_options(options).with_flight_descriptor(Some(descriptor));
    encoder.build(stream::iter([Ok(batch)])).try_collect().await.unwrap()
}

async fn put(client: &Client, messages: Vec<FlightData>) -> Result<Vec<PutResult>, Error> {
    let results = client.flight.clone().do_put(client.request(stream::iter(messages))).await.map_err(error)?;
    results.into_inner().try_collect().await.map_err(error)
}

#[tokio::test]
async fn honest_local_data_is_received_and_counted() {
    let served = serve().await;
    let client = served.client().await;
    let results = put(&client, messages(batch(100_000), None).await).await.unwrap();
    let receipt = PutReceipt::decode(Any::decode(results[0].app_metadata.clone()).unwrap().value.as_slice()).unwrap();
    assert_eq!((receipt.id.as_str(), receipt.rows_received), ("data-1", 100_000));
}

/// A1 of the hazards: the first eight bytes of a compressed buffer say how much memory to take.
#[tokio::test]
async fn a_compressed_body_that_claims_a_tebibyte_is_refused_and_nobody_dies() {
    let served = serve().await;
    let client = served.client().await;
    for codec in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        let mut forged = messages(batch(1_000), Some(codec)).await;
        let data = forged.iter_mut().find(|message| !message.data_body.is_empty()).unwrap();
        let mut body = data.data_body.to_vec();
        for start in (0..body.len().saturating_sub(8)).step_by(8) {
            body[start..start + 8].copy_from_slice(&(1i64 << 40).to_le_bytes());
        }
        data.data_body = Bytes::from(body);
        assert!(put(&client, forged).await.is_err(), "{codec:?}");
        assert_eq!(client.run("rows 1").await.unwrap().rows(), 1);
    }
}

/// A2 of the hazards: schemas that the flatbuffer verifier accepts and the decoder panics on, and everything near them.
#[tokio::test]
async fn damaged_uploads_are_errors_and_nobody_dies() {
    let served = serve().await;
    let client = served.client().await;
    let honest = messages(batch(64), None).await;
    let mut random = StdRng::seed_from_u64(20_26);
    let mut refused = 0;
    for _ in 0..400 {
        let mut forged = honest.clone();
        let at = random.random_range(0..forged.len());
        let message = &mut forged[at];
        let part = if random.random_bool(0.7) || message.data_body.is_empty() { &mut message.data_header } else { &mut message.data_body };
        let mut bytes = part.to_vec();
        for _ in 0..random.random_range(1..4) {
            let byte = random.random_range(0..bytes.len());
            bytes[byte] = random.random();
        }
        if random.random_bool(0.1) {
            bytes.truncate(random.random_range(0..bytes.len()));
        }
        *part = Bytes::from(bytes);
        refused += usize::from(put(&client, forged).await.is_err());
    }
    assert!(refused > 100, "only {refused} of 400 damaged uploads were refused");
    assert_eq!(client.run("rows 1").await.unwrap().rows(), 1);
}

#[tokio::test]
async fn uploads_in_the_wrong_order_are_told_what_is_missing() {
    let served = serve().await;
    let client = served.client().await;
    let honest = messages(batch(8), None).await;
    let descriptor = honest[0].flight_descriptor.clone();
    let nothing = put(&client, Vec::new()).await.err().unwrap();
    assert_eq!(nothing.code(), Code::InvalidArgument);
    let no_descriptor =
        put(&client, honest.iter().cloned().map(|message| FlightData { flight_descriptor: None, ..message }).collect()).await;
    assert_eq!(no_descriptor.err().map(|e| e.code()), Some(Code::InvalidArgument));
    let only_descriptor = put(&client, vec![FlightData { flight_descriptor: descriptor.clone(), ..FlightData::default() }]).await;
    assert_eq!(only_descriptor.err().map(|e| e.code()), Some(Code::InvalidArgument));
    let batch_first = put(&client, vec![FlightData { flight_descriptor: descriptor, ..honest[1].clone() }]).await;
    assert_eq!(batch_first.err().map(|e| e.code()), Some(Code::DataCorrupt));
    let two_schemas = put(&client, vec![honest[0].clone(), honest[0].clone()]).await;
    assert_eq!(two_schemas.err().map(|e| e.code()), Some(Code::DataCorrupt));
}

#[tokio::test]
async fn what_is_no_known_message_is_told_what_is_known() {
    let served = serve().await;
    let client = served.client().await;
    let garbage = client.get(&b"\xff\xff\xff"[..]).await.err().unwrap();
    assert_eq!(garbage.code(), Code::PlanMalformed);
    let unknown = client.get(pack("example.Unknown", &ExecutePlan::default())).await.err().unwrap();
    assert_eq!(unknown.code(), Code::Unsupported);
    assert!(unknown.message().contains("ExecutePlan"), "{unknown}");
    let misplaced = client.get(pack("polybolos.flight.v1.PutLocalData", &PutLocalData::default())).await.err().unwrap();
    assert_eq!(misplaced.code(), Code::Unsupported);
    let no_plan = client.get(pack("polybolos.flight.v1.ExecutePlan", &ExecutePlan::default())).await.err().unwrap();
    assert_eq!(no_plan.code(), Code::PlanMissingField);
    let bad_id = client.get(crate::harness::execute_as("rows 1", "../../etc")).await.err().unwrap();
    assert_eq!(bad_id.code(), Code::InvalidArgument);
    let action = client.act_raw("NoSuchAction", Vec::new()).await.err().unwrap();
    assert_eq!(action.code(), Code::Unsupported);
    assert!(action.message().contains("polybolos.flight.v1.Analyze"), "{action}");
    let descriptor = FlightDescriptor::new_path(vec!["a".to_owned()]);
    let path = client.flight.clone().get_flight_info(client.request(descriptor)).await.map_err(error).err().unwrap();
    assert_eq!(path.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_field_that_this_build_does_not_know_is_an_error_and_not_ignored() {
    let served = serve().await;
    let client = served.client().await;
    let any = Any::decode(execute("rows 1").as_slice()).unwrap();
    // Field 1000, varint 1.
    let value = [any.value.as_slice(), &[0xc0, 0x3e, 0x01]].concat();
    let refused = client.get(Any { value, ..any }.encode_to_vec()).await.err().unwrap();
    assert_eq!(refused.code(), Code::PlanUnknownField);
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_and_the_connection_stays_good() {
    let served = serve_with(|config| config.transport.message_bytes = Size::kib(64)).await;
    let client = served.client().await;
    let large = client.get(execute(&format!("said {}", "x".repeat(100 << 10)))).await;
    assert!(large.is_err());
    assert_eq!(client.run("rows 1").await.unwrap().rows(), 1);
}

#[tokio::test]
async fn compressed_requests_are_refused_before_they_are_inflated() {
    let served = serve().await;
    let client = served.client().await.with("grpc-encoding", "gzip");
    assert_eq!(client.run("rows 1").await.err().map(|e| e.code()), Some(Code::Unsupported));
    assert_eq!(client.act_raw("GetSessionOptions", Vec::new()).await.err().map(|e| e.code()), Some(Code::Unsupported));
}

#[tokio::test]
async fn more_connections_than_allowed_are_closed_and_the_others_go_on() {
    let served = serve_with(|config| config.transport.connections_per_address = 2).await;
    let (one, two) = (served.client().await, served.client().await);
    assert!(one.run("rows 1").await.is_ok() && two.run("rows 1").await.is_ok());
    let third = tonic::transport::Endpoint::from_shared(format!("http://{}", served.address)).unwrap().connect().await;
    if let Ok(channel) = third {
        assert!(Client::over(channel).run("rows 1").await.is_err());
    }
    assert!(one.run("rows 1").await.is_ok());
    drop(two);
    let start = std::time::Instant::now();
    loop {
        let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{}", served.address)).unwrap();
        let again = match endpoint.connect().await {
            Ok(channel) => Client::over(channel).run("rows 1").await.is_ok(),
            Err(_) => false,
        };
        if again {
            break;
        }
        assert!(start.elapsed().as_secs() < 10, "a closed connection makes room");
    }
}

#[tokio::test]
async fn a_flood_of_requests_that_are_dropped_at_once_leaves_the_server_well() {
    let served = serve().await;
    let client = served.client().await;
    let dropped = stream::iter(0..500).map(|_| {
        let client = client.clone();
        async move {
            let _ = tokio::time::timeout(std::time::Duration::from_micros(300), client.run("rows 100000")).await;
        }
    });
    dropped.buffer_unordered(32).collect::<()>().await;
    let client = served.client().await;
    assert_eq!(client.run("rows 1").await.unwrap().rows(), 1);
}
