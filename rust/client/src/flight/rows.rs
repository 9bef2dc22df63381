//! A result as it comes over Flight: schema, batches, trailer.
//!
//! The trailer is the last message of a complete result and says how many rows there were. A stream that ends without it, or
//! with other rows than it says, lost its server on the way: that is an error, never a short result.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use arrow_flight::FlightData;
use arrow_flight::decode::{DecodedPayload, FlightDataDecoder};
use arrow_flight::error::FlightError;
use arrow_schema::SchemaRef;
use futures::{Stream, StreamExt, TryStreamExt, future};
use parking_lot::Mutex;
use polybolos_protocol::error::Code;
use polybolos_protocol::transport::{QueryHandle, QueryStream};
use polybolos_protocol::wire::flight::{ResultProgress, ResultTrailer, StageProgress};
use polybolos_protocol::{Error, Result};
use tonic::{Response, Streaming};

use super::address::Address;
use super::messages;
use super::status::{damaged, error_of_flight};

/// The header of an answer that names the query as the server's lists and logs do.
const QUERY_ID: &str = "polybolos-query-id";

/// What has been told of a query beside its rows.
#[derive(Debug)]
struct Query {
    operation_id: String,
    /// The server's own id, which lists and logs have.
    server_id: OnceLock<String>,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    progress: Option<ResultProgress>,
    trailer: Option<ResultTrailer>,
    /// Rows and bytes that have come.
    rows: u64,
    bytes: u64,
}

impl QueryHandle for Query {
    fn query_id(&self) -> &str {
        self.server_id.get().unwrap_or(&self.operation_id)
    }

    fn progress(&self) -> ResultProgress {
        let told = self.told.lock();
        if let (None, Some(progress)) = (&told.trailer, &told.progress) {
            return progress.clone();
        }
        // A server does not tell by itself how far it is; what has come is known all the same.
        let arrived = StageProgress { stage: 1, rows: told.rows, bytes: told.bytes, ..Default::default() };
        ResultProgress { fraction: if told.trailer.is_some() { 1.0 } else { -1.0 }, stages: vec![arrived] }
    }

    fn trailer(&self) -> Option<ResultTrailer> {
        self.told.lock().trailer.clone()
    }
}

impl Query {
    /// Learns the server's id.
    fn call(&self, id: &str) {
        if !id.is_empty() {
            // The first one stays; a server has no second.
            let _ = self.server_id.set(id.to_owned());
        }
    }

    /// Takes what stands beside the data of a message; answers whether there is data.
    fn hear(&self, message: &FlightData) -> Result<bool> {
        if !message.app_metadata.is_empty() {
            let any = messages::any(&message.app_metadata)?;
            let mut told = self.told.lock();
            if let Some(trailer) = messages::unpack_any::<ResultTrailer>(&any)? {
                self.call(&trailer.query_id);
                told.trailer = Some(trailer);
            } else if let Some(progress) = messages::unpack_any(&any)? {
                told.progress = Some(progress);
            } else {
                return Err(Error::internal(format!("the result holds {:?}, which this client does not know", any.type_url)));
            }
        }
        self.told.lock().bytes += message.data_body.len() as u64;
        Ok(!message.data_header.is_empty())
    }
}

/// The batches after the schema.
struct Rows {
    address: Arc<Address>,
    messages: FlightDataDecoder,
    query: Arc<Query>,
    rows: u64,
    ended: bool,
}

/// Reads up to the schema.
pub(super) async fn read(address: Arc<Address>, operation_id: String, answer: Response<Streaming<FlightData>>) -> Result<QueryStream> {
    let query = Arc::new(Query { operation_id, server_id: OnceLock::new(), told: Mutex::default() });
    if let Some(Ok(id)) = answer.metadata().get(QUERY_ID).map(|id| id.to_str()) {
        query.call(id);
    }
    let messages = answer.into_inner();
    let listener = Arc::clone(&query);
    let data = messages.map_err(FlightError::from).try_filter_map(move |message| {
        let has_data = listener.hear(&message).map_err(|error| FlightError::ExternalError(Box::new(error)));
        future::ready(has_data.map(|has_data| has_data.then_some(message)))
    });
    let mut rows = Rows { address, messages: FlightDataDecoder::new(data), query: Arc::clone(&query), rows: 0, ended: false };
    let schema = rows.schema().await?;
    Ok(QueryStream::new(schema, rows.boxed(), query))
}

impl Rows {
    async fn schema(&mut self) -> Result<SchemaRef> {
        match self.messages.next().await {
            Some(Ok(first)) => match first.payload {
                DecodedPayload::Schema(schema) => Ok(schema),
                _ => Err(damaged("the result does not begin with its schema")),
            },
            Some(Err(error)) => Err(error_of_flight(&self.address, error)),
            None => Err(self.cut_off()),
        }
    }

    fn cut_off(&self) -> Error {
        let message = format!("the result broke off after {} rows: the server at {} went away", self.rows, self.address);
        Error::new(Code::Unavailable, message)
    }

    /// Whether what came is the whole result.
    fn complete(&self) -> Result<()> {
        match self.query.trailer() {
            None => Err(self.cut_off()),
            Some(trailer) if trailer.rows != self.rows => {
                Err(damaged(&format!("the result has {} rows and {} arrived", trailer.rows, self.rows)))
            }
            Some(_) => Ok(()),
        }
    }

    fn accept(&mut self, payload: DecodedPayload) -> Result<Option<RecordBatch>> {
        match payload {
            // A batch without rows only carries the trailer.
            DecodedPayload::RecordBatch(batch) if batch.num_rows() == 0 => Ok(None),
            DecodedPayload::RecordBatch(batch) => {
                self.rows += batch.num_rows() as u64;
                self.query.told.lock().rows = self.rows;
                Ok(Some(batch))
            }
            DecodedPayload::None => Ok(None),
            DecodedPayload::Schema(_) => Err(damaged("the result has a second schema")),
        }
    }
}

impl Stream for Rows {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while !self.ended {
            let taken = match std::task::ready!(self.messages.poll_next_unpin(cx)) {
                Some(Ok(decoded)) => self.accept(decoded.payload),
                Some(Err(error)) => Err(error_of_flight(&self.address, error)),
                None => {
                    self.ended = true;
                    return Poll::Ready(self.complete().err().map(Err));
                }
            };
            match taken {
                Ok(None) => {}
                Ok(Some(batch)) => return Poll::Ready(Some(Ok(batch))),
                Err(error) => {
                    self.ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        Poll::Ready(None)
    }
}
