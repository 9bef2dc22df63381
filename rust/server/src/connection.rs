//! Accepting connections: each gets an id (its default session hangs on it), and there is a limit in all and for each address.
//! A server that is ending closes its listener at once, so that new clients turn elsewhere and do not wait.

use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use http::Extensions;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tokio_util::task::TaskTracker;
use tonic::transport::server::Connected;

/// How long a closed connection waits for its peer to close.
const LINGER: Duration = Duration::from_secs(2);

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

/// How many connections may be open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    pub(crate) total_max: usize,
    pub(crate) per_address_max: usize,
}

/// The connections that are open now.
#[derive(Debug, Default)]
struct Census {
    last: u64,
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

impl Census {
    fn enter(&mut self, address: IpAddr, limits: ConnectionLimits) -> Option<ConnectionId> {
        let here = self.by_address.get(&address).copied().unwrap_or(0);
        if self.total >= limits.total_max || here >= limits.per_address_max {
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
    /// Gone once the server is ending.
    listener: Option<TcpListener>,
    ending: Pin<Box<WaitForCancellationFutureOwned>>,
    limits: ConnectionLimits,
    census: Arc<Mutex<Census>>,
    closed: UnboundedSender<ConnectionId>,
    lingering: TaskTracker,
}

impl Incoming {
    /// `ending` closes the listener; `closed` hears of each connection that has ended; `lingering` counts those whose last bytes
    /// are still on their way.
    pub(crate) fn new(
        listener: TcpListener,
        ending: CancellationToken,
        limits: ConnectionLimits,
        closed: UnboundedSender<ConnectionId>,
        lingering: TaskTracker,
    ) -> Self {
        Self { listener: Some(listener), ending: Box::pin(ending.cancelled_owned()), limits, census: Arc::default(), closed, lingering }
    }

    /// Takes the connection in, or drops (and so closes) it where there are too many.
    fn admit(&self, stream: TcpStream, peer: SocketAddr) -> Option<Connection> {
        let Some(id) = self.census.lock().enter(peer.ip(), self.limits) else {
            tracing::warn!(%peer, "connection refused: too many are open");
            return None;
        };
        ::metrics::gauge!("polybolos_connections").increment(1.0);
        let guard = Guard { info: ConnectionInfo { id, peer }, census: Arc::clone(&self.census), closed: self.closed.clone() };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%peer, %error, "TCP_NODELAY cannot be set");
        }
        Some(Connection { stream: Some(stream), guard, lingering: self.lingering.clone() })
    }
}

impl Stream for Incoming {
    type Item = io::Result<Connection>;

    /// Never ends by itself: the end of the stream would close the connections that are open.
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ending.as_mut().poll(cx).is_ready() {
            self.listener = None;
        }
        let Some(listener) = &self.listener else { return Poll::Pending };
        loop {
            match listener.poll_accept(cx) {
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
        ::metrics::gauge!("polybolos_connections").decrement(1.0);
        // Nobody listens any more when the server itself is going.
        let _ = self.closed.send(self.info.id);
    }
}

/// One accepted connection.
///
/// When it is dropped, what was written still arrives: a socket that is closed while the peer's last bytes (a window update, say)
/// are unread is reset by the kernel, and the peer loses what it has not read yet. So the socket lingers until the peer
/// closes it, too, but not for long.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Option<TcpStream>,
    guard: Guard,
    lingering: TaskTracker,
}

impl Connection {
    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let (Some(stream), Ok(runtime)) = (self.stream.take(), Handle::try_current()) {
            self.lingering.spawn_on(tokio::time::timeout(LINGER, linger(stream)), &runtime);
        }
    }
}

async fn linger(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

impl Connected for Connection {
    type ConnectInfo = ConnectionInfo;

    fn connect_info(&self) -> ConnectionInfo {
        self.guard.info
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(cx)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(TcpStream::is_write_vectored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_house_refuses_and_a_leaver_makes_room() {
        let mut census = Census::default();
        let limits = ConnectionLimits { total_max: 2, per_address_max: 1 };
        let (one, two) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        assert!(census.enter(one, limits).is_some());
        assert!(census.enter(one, limits).is_none(), "one address may not take it all");
        assert!(census.enter(two, limits).is_some());
        assert!(census.enter(IpAddr::from([127, 0, 0, 3]), limits).is_none());
        census.leave(one);
        assert!(census.enter(one, limits).is_some());
    }
}
