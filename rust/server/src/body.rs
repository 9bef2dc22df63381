//! The body of a DoGet answer: each message goes out in the pieces it is made of, so that columns are not copied once more.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response};
use hyper::body::{Body, Frame as HttpFrame};
use tokio::sync::mpsc;
use tonic::Status;

use crate::encode::{Outgoing, Part};

/// An HTTP body made of the parts that a pump sends.
#[derive(Debug)]
pub(crate) struct ResultBody {
    first: Option<Part>,
    parts: mpsc::Receiver<Part>,
    pieces: VecDeque<Bytes>,
    ended: bool,
}

/// The header that names the query as lists and logs do.
pub(crate) const QUERY_ID_HEADER: &str = "polybolos-query-id";

/// How long the headers wait for the first message, to go out with it in one write.
const FIRST_PART_WAIT: Duration = Duration::from_millis(10);

/// The gRPC answer that streams these parts.
pub(crate) async fn response(outgoing: Outgoing) -> Response<tonic::body::Body> {
    let Outgoing { query_id, mut parts } = outgoing;
    let first = tokio::time::timeout(FIRST_PART_WAIT, parts.recv()).await.ok().flatten();
    let body = ResultBody { first, parts, pieces: VecDeque::new(), ended: false };
    let mut response = Response::new(tonic::body::Body::new(body));
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    if let Some(id) = query_id.and_then(|id| HeaderValue::try_from(id).ok()) {
        response.headers_mut().insert(QUERY_ID_HEADER, id);
    }
    response
}

impl ResultBody {
    fn poll_part(&mut self, cx: &mut Context<'_>) -> Poll<Option<Part>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => self.parts.poll_recv(cx),
        }
    }

    fn end(&mut self, status: &Status) -> HttpFrame<Bytes> {
        self.ended = true;
        let mut trailers = HeaderMap::new();
        if status.add_header(&mut trailers).is_err() {
            trailers.insert(Status::GRPC_STATUS, HeaderValue::from(tonic::Code::Internal as i32));
        }
        HttpFrame::trailers(trailers)
    }
}

impl Body for ResultBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<HttpFrame<Bytes>, Infallible>>> {
        loop {
            if let Some(piece) = self.pieces.pop_front() {
                return Poll::Ready(Some(Ok(HttpFrame::data(piece))));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            let frame = match ready!(self.poll_part(cx)) {
                Some(Part::Frame(frame)) => {
                    self.pieces = frame.into_grpc().into();
                    continue;
                }
                Some(Part::End(status)) => self.end(&status),
                None => self.end(&Status::internal("the result was cut short by a fault of the server")),
            };
            return Poll::Ready(Some(Ok(frame)));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }
}
