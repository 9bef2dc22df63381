//! DoPut: local data into a session, taken as slowly as the engine takes it; updates and parameters of Flight SQL.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use arrow_flight::decode::{DecodedPayload, FlightDataDecoder};
use arrow_flight::error::FlightError;
use arrow_flight::{FlightData, PutResult};
use arrow_schema::SchemaRef;
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use polybolos_engine::guard;
use polybolos_protocol::transport::BatchStream;
use polybolos_protocol::wire::flight::PutLocalData;
use polybolos_protocol::{Code, Error, Result};
use prost::Message;
use tonic::Streaming;

use super::{Door, operation_id};
use crate::caller::Caller;
use crate::errors;
use crate::flight_sql;
use crate::messages::{Packed, pack};

impl Door {
    /// DoPut.
    pub(crate) async fn put(&self, caller: &Caller, mut messages: Streaming<FlightData>) -> Result<Option<PutResult>> {
        let first = messages.message().await.map_err(|status| errors::from_status(&status))?;
        let first = first.ok_or_else(|| Error::invalid_argument("DoPut needs a first message with a descriptor"))?;
        let descriptor = first
            .flight_descriptor
            .clone()
            .ok_or_else(|| Error::invalid_argument("the first message of a DoPut must have a descriptor"))?;
        let packed = super::info::command(&descriptor)?;
        match (packed.ours(), packed.flight_sql()) {
            (Some("PutLocalData"), _) => self.put_local(caller, &packed, Upload::new(first, messages)).await.map(Some),
            (_, Some(name)) => flight_sql::put(self, caller, name, &packed, Upload::new(first, messages)).await,
            _ => Err(packed.unknown("DoPut")),
        }
    }

    async fn put_local(&self, caller: &Caller, packed: &Packed, upload: Upload) -> Result<PutResult> {
        let message: PutLocalData = packed.strict(&self.limits)?;
        operation_id(message.operation_id)?;
        let session = self.sessions.of(caller).await?;
        let (schema, batches) = upload.batches().await?;
        let receipt = session.transport.put(schema, batches).await?;
        Ok(PutResult { app_metadata: Bytes::from(pack("polybolos.flight.v1.PutReceipt", &receipt).encode_to_vec()) })
    }
}

/// The messages of a DoPut. None of them reaches Arrow's decoder before the guard has seen it.
pub(crate) struct Upload {
    messages: FlightDataDecoder,
}

impl Upload {
    pub(crate) fn new(first: FlightData, rest: Streaming<FlightData>) -> Self {
        let messages = stream::iter([Ok(first)]).chain(rest.map_err(FlightError::from));
        // A message without a header holds a descriptor or metadata, and no data.
        let messages = messages.try_filter(|message| std::future::ready(!message.data_header.is_empty()));
        let guarded = messages.and_then(|message| async move { guarded(message) });
        Self { messages: FlightDataDecoder::new(guarded) }
    }

    /// The schema, once it is there, and the batches as they come.
    pub(crate) async fn batches(self) -> Result<(SchemaRef, BatchStream)> {
        self.batches_if_any().await?.ok_or_else(|| Error::invalid_argument("the upload has no schema message"))
    }

    /// The same, or nothing where the client sends no data at all.
    pub(crate) async fn batches_if_any(mut self) -> Result<Option<(SchemaRef, BatchStream)>> {
        let schema = loop {
            match self.next().await.transpose()? {
                Some(DecodedPayload::Schema(schema)) => break schema,
                Some(DecodedPayload::None) => {}
                Some(DecodedPayload::RecordBatch(_)) => return Err(corrupt("the data begins with a batch instead of its schema")),
                None => return Ok(None),
            }
        };
        let batches = self.map(|payload| payload.and_then(batch)).try_filter_map(|batch| async { Ok(batch) });
        Ok(Some((Arc::clone(&schema), batches.boxed())))
    }
}

impl Stream for Upload {
    type Item = Result<DecodedPayload>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // arrow-ipc has panics that a message can reach; the guard knows those we know of, and this keeps the rest from us.
        let polled = guard::without_panic(|| Ok(self.messages.poll_next_unpin(cx)));
        match polled {
            Ok(polled) => polled.map(|next| next.map(|decoded| decoded.map(|decoded| decoded.payload).map_err(broken))),
            Err(error) => Poll::Ready(Some(Err(error))),
        }
    }
}

fn batch(payload: DecodedPayload) -> Result<Option<RecordBatch>> {
    match payload {
        DecodedPayload::RecordBatch(batch) => Ok(Some(batch)),
        DecodedPayload::None => Ok(None),
        DecodedPayload::Schema(_) => Err(corrupt("the data has a second schema message")),
    }
}

/// The message, if decoding it can neither take unchecked memory nor panic in a way that is known.
fn guarded(message: FlightData) -> std::result::Result<FlightData, FlightError> {
    guard::check_message(&message.data_header, message.data_body.len()).map_err(|e| FlightError::ExternalError(Box::new(e)))?;
    Ok(message)
}

fn broken(error: FlightError) -> Error {
    match error {
        FlightError::ExternalError(source) => match source.downcast::<Error>() {
            Ok(error) => *error,
            Err(source) => corrupt("the data cannot be read").with_source(source),
        },
        FlightError::Tonic(status) => errors::from_status(&status),
        error => {
            let message = format!("the data is not valid Arrow IPC: {error}");
            Error::new(Code::DataCorrupt, message).with_source(error)
        }
    }
}

fn corrupt(what: &str) -> Error {
    Error::new(Code::DataCorrupt, what)
}
