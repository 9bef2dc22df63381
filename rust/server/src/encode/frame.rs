//! One Flight message on its way out: a header of its own and buffers that it only borrows.

use arrow_flight::FlightData;
use bytes::{BufMut, Bytes, BytesMut};
use prost::encoding::{encode_varint, encoded_len_varint};

/// Buffers below this size are copied together; larger ones go out as they are.
const BORROW_BYTES_MIN: usize = 16 << 10;

// Tags of `FlightData`: data_header = 2, app_metadata = 3, data_body = 1000, all length-delimited.
const TAG_HEADER: u64 = 2 << 3 | 2;
const TAG_METADATA: u64 = 3 << 3 | 2;
const TAG_BODY: u64 = 1000 << 3 | 2;
const GRPC_PREFIX_BYTES: usize = 5;

/// A Flight message.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frame {
    /// The IPC message's flatbuffer.
    pub(crate) header: Bytes,
    /// `app_metadata`.
    pub(crate) metadata: Bytes,
    /// The IPC body in pieces, each padded already.
    pub(crate) body: Vec<Bytes>,
}

impl Frame {
    /// Bytes of the IPC header and body.
    pub(crate) fn bytes(&self) -> usize {
        self.header.len() + self.body_bytes()
    }

    fn body_bytes(&self) -> usize {
        self.body.iter().map(Bytes::len).sum()
    }

    /// The gRPC message in pieces: what `FlightData` would encode to, without copying large buffers into one place.
    pub(crate) fn into_grpc(self) -> Vec<Bytes> {
        let body_bytes = self.body_bytes();
        let length =
            field_bytes(TAG_HEADER, self.header.len()) + field_bytes(TAG_METADATA, self.metadata.len()) + field_bytes(TAG_BODY, body_bytes);
        let mut pieces = Pieces::with_capacity(GRPC_PREFIX_BYTES + length.min(BORROW_BYTES_MIN * 2));
        pieces.open.put_u8(0);
        pieces.open.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
        pieces.field(TAG_HEADER, &self.header);
        pieces.field(TAG_METADATA, &self.metadata);
        if body_bytes > 0 {
            pieces.start_field(TAG_BODY, body_bytes);
        }
        self.body.into_iter().for_each(|buffer| pieces.push(buffer));
        pieces.done()
    }

    /// The message as arrow-flight's own type, its body copied together.
    pub(crate) fn into_flight_data(self) -> FlightData {
        let mut body = BytesMut::with_capacity(self.body_bytes());
        self.body.iter().for_each(|buffer| body.extend_from_slice(buffer));
        FlightData { flight_descriptor: None, data_header: self.header, app_metadata: self.metadata, data_body: body.freeze() }
    }
}

fn field_bytes(tag: u64, length: usize) -> usize {
    if length == 0 { 0 } else { encoded_len_varint(tag) + encoded_len_varint(length as u64) + length }
}

/// Small pieces gathered, large ones passed on.
struct Pieces {
    open: BytesMut,
    closed: Vec<Bytes>,
}

impl Pieces {
    fn with_capacity(bytes: usize) -> Self {
        Self { open: BytesMut::with_capacity(bytes), closed: Vec::new() }
    }

    fn start_field(&mut self, tag: u64, length: usize) {
        encode_varint(tag, &mut self.open);
        encode_varint(length as u64, &mut self.open);
    }

    fn field(&mut self, tag: u64, value: &Bytes) {
        if !value.is_empty() {
            self.start_field(tag, value.len());
            self.open.extend_from_slice(value);
        }
    }

    fn push(&mut self, buffer: Bytes) {
        if buffer.len() < BORROW_BYTES_MIN {
            self.open.extend_from_slice(&buffer);
        } else {
            self.close();
            self.closed.push(buffer);
        }
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.closed.push(self.open.split().freeze());
        }
    }

    fn done(mut self) -> Vec<Bytes> {
        self.close();
        self.closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message;

    #[test]
    fn the_pieces_are_what_prost_would_have_written() {
        for body in [vec![], vec![7; 3], vec![7; BORROW_BYTES_MIN], vec![7; BORROW_BYTES_MIN * 3 + 1]] {
            let frame = Frame {
                header: Bytes::from_static(b"header"),
                metadata: Bytes::from_static(b"meta"),
                body: vec![Bytes::from(body), Bytes::from_static(&[0; 8])],
            };
            let expected = frame.clone().into_flight_data().encode_to_vec();
            let pieces = frame.into_grpc().concat();
            let (prefix, message) = pieces.split_at(GRPC_PREFIX_BYTES);
            assert_eq!(prefix[0], 0);
            assert_eq!(u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]) as usize, message.len());
            // The order of fields is free; the content is not.
            assert_eq!(FlightData::decode(message).unwrap(), FlightData::decode(expected.as_slice()).unwrap());
        }
    }
}
