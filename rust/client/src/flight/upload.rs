//! Local data on its way to the server: one DoPut, taken as slowly as the server takes it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::{FlightData, FlightDescriptor};
use arrow_schema::SchemaRef;
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use polybolos_protocol::transport::BatchStream;
use polybolos_protocol::wire::flight::PutLocalData;
use polybolos_protocol::{Error, Result};
use tokio::sync::oneshot;

use crate::arrow_ipc;

use super::address::Address;
use super::messages::pack;
use super::status::error_of_flight;

/// Bytes of one message of data, about.
const MESSAGE_BYTES: usize = 2 << 20;

/// What is sent, and what tells that sending had to stop.
pub(super) struct Upload {
    pub(super) messages: Messages,
    pub(super) failed: oneshot::Receiver<Error>,
}

/// A stream with a plain name, because the compiler cannot prove `Send` of a call that holds a `dyn Stream`
/// (rust-lang/rust#102211).
pub(super) struct Messages(stream::BoxStream<'static, FlightData>);

impl Stream for Messages {
    type Item = FlightData;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<FlightData>> {
        self.0.poll_next_unpin(cx)
    }
}

/// The messages of an upload. Where a batch cannot be made or written the last message is one that no server takes for data,
/// so that half of the data is never taken for the whole; the caller hears of it through `failed`.
pub(super) fn upload(address: Arc<Address>, schema: SchemaRef, batches: BatchStream) -> Upload {
    let descriptor = FlightDescriptor::new_cmd(pack(&PutLocalData { operation_id: uuid::Uuid::new_v4().to_string() }));
    let batches = batches.map_ok(arrow_ipc::compacted).map_err(|error| FlightError::ExternalError(Box::new(error)));
    let encoded = FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .with_flight_descriptor(Some(descriptor))
        .with_options(IpcWriteOptions::default())
        .with_max_flight_data_size(MESSAGE_BYTES)
        .build(batches)
        .map_err(move |error| error_of_flight(&address, error));
    let (sender, failed) = oneshot::channel();
    Upload { messages: Messages(until_failure(encoded, sender).boxed()), failed }
}

fn until_failure(
    encoded: impl Stream<Item = Result<FlightData>> + Send + 'static,
    sender: oneshot::Sender<Error>,
) -> impl Stream<Item = FlightData> + Send {
    let state = Some((Box::pin(encoded), sender));
    stream::unfold(state, |state| async move {
        let (mut encoded, sender) = state?;
        match encoded.next().await? {
            Ok(message) => Some((message, Some((encoded, sender)))),
            Err(error) => {
                // Nobody listens any more where the call was given up already.
                let _ = sender.send(error);
                Some((FlightData { data_header: Bytes::from_static(b"given up"), ..Default::default() }, None))
            }
        }
    })
}
