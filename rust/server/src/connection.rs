//! Accepting connections: each gets an id (its default session hangs on it), and there is a limit in all and for each address.

use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use http::Extensions;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedSender;
use tonic::transport::server::Connected;

/// The number of a connection in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ConnectionId(u64);

/// What a request knows of its connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionInfo {
    pub(crate) id: ConnectionId,
    pub(crate) peer: SocketAddr,
}

impl ConnectionInfo {
    pub(crate) fn of(extensions: &Extensions) -> Option<Self> {
        extensions.get::<Self>().copied()
    }
}

/// The connections that are open now.
#[derive(Debug, Default)]
struct Census {
    last: u64,
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

impl Census {
    fn enter(&mut self, address: IpAddr, total_max: usize, address_max: usize) -> Option<ConnectionId> {
        let here = self.by_address.get(&address).copied().unwrap_or(0);
        if self.total >= total_max || here >= address_max {
            return None;
        }
        self.total += 1;
        self.last += 1;
        self.by_address.insert(address, here + 1);
        Some(ConnectionId(self.last))
    }

    fn leave(&mut self, address: IpAddr) {
        self.total = self.total.saturating_sub(1);
        if let Some(here) = self.by_address.get_mut(&address) {
            *here -= 1;
            if *here == 0 {
                self.by_address.remove(&address);
            }
        }
    }
}

/// The listening socket as a stream of connections.
#[derive(Debug)]
pub(crate) struct Incoming {
    listener: TcpListener,
    total_max: usize,
    address_max: usize,
    census: Arc<Mutex<Census>>,
    closed: UnboundedSender<ConnectionId>,
}

impl Incoming {
    /// `closed` hears of each connection that has ended.
    pub(crate) fn new(listener: TcpListener, total_max: usize, address_max: usize, closed: UnboundedSender<ConnectionId>) -> Self {
        Self { listener, total_max, address_max, census: Arc::default(), closed }
    }

    /// Takes the connection in, or drops (and so closes) it where there are too many.
    fn admit(&self, stream: TcpStream, peer: SocketAddr) -> Option<Connection> {
        let Some(id) = self.census.lock().enter(peer.ip(), self.total_max, self.address_max) else {
            tracing::warn!(%peer, "connection refused: too many are open");
            return None;
        };
        metrics::gauge!("polybolos_connections").increment(1.0);
        let guard = Guard { info: ConnectionInfo { id, peer }, census: Arc::clone(&self.census), closed: self.closed.clone() };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%peer, %error, "TCP_NODELAY cannot be set");
        }
        Some(Connection { stream, guard })
    }
}

impl Stream for Incoming {
    type Item = io::Result<Connection>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match self.listener.poll_accept(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Ok((stream, peer))) => {
                    if let Some(connection) = self.admit(stream, peer) {
                        return Poll::Ready(Some(Ok(connection)));
                    }
                }
            }
        }
    }
}

/// Leaves the census and tells the sessions when the connection goes.
#[derive(Debug)]
struct Guard {
    info: ConnectionInfo,
    census: Arc<Mutex<Census>>,
    closed: UnboundedSender<ConnectionId>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.census.lock().leave(self.info.peer.ip());
        metrics::gauge!("polybolos_connections").decrement(1.0);
        // Nobody listens any more when the server itself is going.
        let _ = self.closed.send(self.info.id);
    }
}

/// One accepted connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    guard: Guard,
}

impl Connected for Connection {
    type ConnectInfo = ConnectionInfo;

    fn connect_info(&self) -> ConnectionInfo {
        self.guard.info
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_house_refuses_and_a_leaver_makes_room() {
        let mut census = Census::default();
        let (one, two) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        assert!(census.enter(one, 2, 1).is_some());
        assert!(census.enter(one, 2, 1).is_none(), "one address may not take it all");
        assert!(census.enter(two, 2, 1).is_some());
        assert!(census.enter(IpAddr::from([127, 0, 0, 3]), 2, 1).is_none());
        census.leave(one);
        assert!(census.enter(one, 2, 1).is_some());
    }
}
