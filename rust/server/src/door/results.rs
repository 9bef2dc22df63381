//! Running things: DoGet, by a plan in the ticket (one round trip) or by a sealed ticket.

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::{cast, sum};
use arrow::datatypes::{DataType, Int64Type, Schema};
use polybolos_protocol::transport::ExecuteRequest;
use polybolos_protocol::wire::flight::{ExecutePlan, ResultOptions, ResultTicket};
use polybolos_protocol::{Error, Result};
use tokio::sync::mpsc;
use tonic::Status;

use super::Door;
use crate::caller::Caller;
use crate::encode::{Encoder, Outgoing, Part, Pump, pump};
use crate::flight_sql;
use crate::messages::Packed;
use crate::queries::Running;
use crate::ticket::Purpose;

/// Whether the last message of a result carries a trailer; only those who asked with a message of ours look for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trailer {
    Sent,
    Omitted,
}

impl Door {
    /// DoGet.
    pub(crate) async fn get(&self, caller: &Caller, ticket: &[u8]) -> Result<Outgoing> {
        let packed = Packed::read(ticket)?;
        match (packed.ours(), packed.flight_sql()) {
            (Some("ExecutePlan"), _) => {
                let request = self.request(packed.strict::<ExecutePlan>(&self.limits)?)?;
                self.run(caller, request, Trailer::Sent).await
            }
            (Some("ResultTicket"), _) => {
                let ticket: ResultTicket = packed.strict(&self.limits)?;
                self.fetch(caller, &ticket.sealed, Trailer::Sent).await
            }
            (_, Some(name)) => flight_sql::get(self, caller, name, &packed).await,
            _ => Err(packed.unknown("DoGet")),
        }
    }

    /// Plans, starts and streams in one step.
    pub(crate) async fn run(&self, caller: &Caller, request: ExecuteRequest, trailer: Trailer) -> Result<Outgoing> {
        let session = self.sessions.of(caller).await?;
        let options = request.options;
        let running = self.queries.run(caller, session, request).await?;
        self.stream(caller, running, &options, trailer).await
    }

    /// Streams what a sealed ticket names.
    pub(crate) async fn fetch(&self, caller: &Caller, sealed: &[u8], trailer: Trailer) -> Result<Outgoing> {
        let operation_id = self.sealer.open(Purpose::Result, &caller.principal, sealed)?;
        let (running, options) = self.queries.resume(caller, &operation_id).await?;
        self.stream(caller, running, &options, trailer).await
    }

    /// Streams a batch that is there already.
    pub(crate) fn one_batch(&self, batch: RecordBatch) -> Result<Outgoing> {
        let mut encoder = Encoder::new(&batch.schema(), &ResultOptions::default(), self.config.results.message_bytes.as_usize())?;
        let mut parts = vec![Part::Frame(encoder.schema())];
        for part in encoder.parts(batch) {
            parts.push(Part::Frame(encoder.batch(&part)?));
        }
        parts.push(Part::End(Status::ok("")));
        let (sender, receiver) = mpsc::channel(parts.len());
        for part in parts {
            sender.try_send(part).map_err(|_| Error::internal("the channel is too small for what it was made for"))?;
        }
        Ok(Outgoing { query_id: None, parts: receiver })
    }

    /// Runs a statement for its effect; answers how many rows it changed, where it says so.
    pub(crate) async fn run_to_end(&self, caller: &Caller, request: ExecuteRequest) -> Result<Option<i64>> {
        let session = self.sessions.of(caller).await?;
        let mut running = self.queries.run(caller, session, request).await?;
        let mut changed = None;
        while let Some(batch) = running.next().await? {
            changed = changed_rows(&batch).map(|rows| rows + changed.unwrap_or(0)).or(changed);
        }
        running.finish();
        Ok(changed)
    }

    async fn stream(&self, caller: &Caller, running: Running, options: &ResultOptions, trailer: Trailer) -> Result<Outgoing> {
        let results = &self.config.results;
        let encoder = Encoder::new(running.schema(), options, results.message_bytes.as_usize())?;
        let settings = Pump {
            encoder,
            errors: self.errors.clone(),
            principal: caller.principal.clone(),
            ahead: results.messages_ahead,
            idle_max: results.idle.0,
            trailer: trailer == Trailer::Sent,
            is_command: is_command(running.schema()),
        };
        Ok(pump(settings, running).await)
    }
}

/// Whether a result with this schema is what a command answers.
fn is_command(schema: &Schema) -> bool {
    schema.fields().iter().map(|field| field.name().as_str()).eq(["rows", "files", "bytes", "path"])
}

/// The number of changed rows that a command answers.
fn changed_rows(batch: &RecordBatch) -> Option<i64> {
    let counts = is_command(batch.schema_ref()).then(|| cast(batch.column(0), &DataType::Int64).ok()).flatten()?;
    sum(counts.as_primitive::<Int64Type>())
}
