//! The task between a query and its reader: it encodes a few messages ahead, waits when the reader does, and goes with it.

use std::time::Duration;

use arrow::array::RecordBatch;
use futures::poll;
use polybolos_protocol::{Code, Error, Result};
use tokio::sync::mpsc::{self, error::TrySendError};
use tonic::Status;

use super::{Encoder, Frame};
use crate::caller::Principal;
use crate::errors::Errors;
use crate::queries::Running;

/// How long the schema waits for the first batch.
const FIRST_BATCH_WAIT: Duration = Duration::from_millis(5);

/// What the reader's side gets.
#[derive(Debug)]
pub(crate) enum Part {
    /// A message.
    Frame(Frame),
    /// The end, and how it came. A stream without one was cut.
    End(Status),
}

/// A result on its way to its reader.
#[derive(Debug)]
pub(crate) struct Outgoing {
    /// The engine's id of the query, where there is one.
    pub(crate) query_id: Option<String>,
    pub(crate) parts: mpsc::Receiver<Part>,
}

/// What a pump needs beside the query.
#[derive(Debug)]
pub(crate) struct Pump {
    pub(crate) encoder: Encoder,
    pub(crate) errors: Errors,
    pub(crate) principal: Principal,
    /// Messages that may wait for the reader.
    pub(crate) ahead: usize,
    /// How long the reader may take nothing.
    pub(crate) idle_max: Duration,
    /// Whether the last message carries a trailer.
    pub(crate) trailer: bool,
    /// Whether the schema waits for the first batch however long that takes: that of a command says that it is done.
    pub(crate) is_command: bool,
}

/// Starts sending the result of a query. Dropping the parts cancels the query. What is there already is encoded at once; a task
/// does the rest.
pub(crate) async fn pump(pump: Pump, running: Running) -> Outgoing {
    let query_id = Some(running.id().to_owned());
    // The end takes no room worth counting.
    let (sender, parts) = mpsc::channel(pump.ahead.max(1) + 1);
    let mut sending = Box::pin(pump.send_all(running, sender));
    if poll!(sending.as_mut()).is_pending() {
        tokio::spawn(sending);
    }
    Outgoing { query_id, parts }
}

impl Pump {
    async fn send_all(mut self, mut running: Running, parts: mpsc::Sender<Part>) {
        let closed = parts.clone();
        let sent = tokio::select! {
            biased;
            sent = self.send(&mut running, &parts) => sent,
            () = closed.closed() => return,
        };
        let status = match sent {
            Ok(()) => {
                running.finish();
                Status::ok("")
            }
            Err(error) => {
                let status = self.errors.status(&self.principal, &error);
                running.fail(&error);
                status
            }
        };
        // A reader that has gone needs no end.
        let _ = tokio::time::timeout(self.idle_max, parts.send(Part::End(status))).await;
    }

    async fn send(&mut self, running: &mut Running, parts: &mpsc::Sender<Part>) -> Result<()> {
        // A small result goes out with its schema, in one write; a slow one does not keep its schema back.
        let wait = if self.is_command { Duration::MAX } else { FIRST_BATCH_WAIT };
        let first = tokio::time::timeout(wait, running.next()).await;
        self.give(running, parts, self.encoder.schema()).await?;
        let mut next = match first {
            Ok(first) => first?,
            Err(_) => running.next().await?,
        };
        while let Some(batch) = next {
            self.send_batch(running, parts, batch).await?;
            next = running.next().await?;
        }
        if self.trailer {
            let trailer = self.encoder.trailer(&running.trailer())?;
            self.give(running, parts, trailer).await?;
        }
        Ok(())
    }

    async fn send_batch(&mut self, running: &mut Running, parts: &mpsc::Sender<Part>, batch: RecordBatch) -> Result<()> {
        for part in self.encoder.parts(batch) {
            let frame = self.encoder.batch(&part)?;
            running.count(part.num_rows() as u64, frame.bytes() as u64);
            self.give(running, parts, frame).await?;
        }
        Ok(())
    }

    async fn give(&self, running: &mut Running, parts: &mpsc::Sender<Part>, frame: Frame) -> Result<()> {
        let gone = || Error::new(Code::Cancelled, "the client went away");
        let frame = match parts.try_send(Part::Frame(frame)) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(_)) => return Err(gone()),
            Err(TrySendError::Full(frame)) => frame,
        };
        running.waiting_for_reader(self.idle_max, parts.send(frame)).await?.map_err(|_| gone())
    }
}
