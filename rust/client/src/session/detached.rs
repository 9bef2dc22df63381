//! The transport of a session that only builds plans.

use arrow_schema::SchemaRef;
use async_trait::async_trait;
use polybolos_protocol::error::Code;
use polybolos_protocol::transport::{AnalyzeRequest, BatchStream, ExecuteRequest, QueryStream, Transport};
use polybolos_protocol::wire::flight::{AnalyzeResult, CancelOutcome, Capabilities, PutReceipt, QueryInfo};
use polybolos_protocol::{Error, Result};

#[derive(Debug)]
pub(super) struct Detached;

fn nowhere<T>() -> Result<T> {
    Err(Error::new(Code::Unavailable, "this session only builds plans; connect() makes one that runs them"))
}

#[async_trait]
impl Transport for Detached {
    async fn execute(&self, _request: ExecuteRequest) -> Result<QueryStream> {
        nowhere()
    }

    async fn analyze(&self, _request: AnalyzeRequest) -> Result<AnalyzeResult> {
        nowhere()
    }

    async fn put(&self, _schema: SchemaRef, _batches: BatchStream) -> Result<PutReceipt> {
        nowhere()
    }

    async fn cancel(&self, _query_id: &str) -> Result<CancelOutcome> {
        nowhere()
    }

    async fn queries(&self, _all_states: bool) -> Result<Vec<QueryInfo>> {
        nowhere()
    }

    async fn capabilities(&self) -> Result<Capabilities> {
        nowhere()
    }

    async fn set_options(&self, _options: Vec<(String, String)>) -> Result<Vec<(String, String)>> {
        nowhere()
    }

    async fn close(&self) -> Result<()> {
        Ok(())
    }
}
