//! The doors that every case goes through: the engine in this process, and the same engine behind a server, over Flight.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use polybolos_client::{Session, connect};
use polybolos_engine::{Access, EngineBuilder, LocalEngine, StorageRoots};
use polybolos_protocol::transport::Engine;
use polybolos_server::{ServerBuilder, ServerConfig};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::corpus;

/// An engine over the corpus' data (read only) and a scratch folder (writable).
pub fn engine(scratch: &Path) -> Arc<LocalEngine> {
    let roots = StorageRoots::none().with_folder("data", corpus::folder().join("data"), Access::Read).with_folder(
        "scratch",
        scratch,
        Access::ReadWrite,
    );
    Arc::new(EngineBuilder::new().with_roots(roots).build().expect("an engine"))
}

/// An engine over the caller's file system, as `polybolos_engine::embedded()` has it.
pub fn embedded() -> Session {
    Session::over(polybolos_engine::embedded().expect("an engine"))
}

/// A server in this process, on a port of its own; it stops when this is dropped.
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Serves this engine on loopback.
    pub async fn start(engine: Arc<dyn Engine>) -> Self {
        Self::start_with(engine, ServerConfig::default()).await
    }

    /// Serves this engine on loopback with these settings; the port is a free one.
    pub async fn start_with(engine: Arc<dyn Engine>, config: ServerConfig) -> Self {
        let config = ServerConfig { listen: "127.0.0.1:0".parse().expect("an address"), ..config };
        let mut server = ServerBuilder::new(engine).with_config(config).build().expect("a server");
        let address = server.bind().await.expect("a free port");
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            server.serve(async move { drop(stopped.await) }).await.expect("the server serves");
        });
        Self { address, stop: Some(stop), serving }
    }

    /// `grpc://127.0.0.1:port`
    pub fn url(&self) -> String {
        format!("grpc://{}", self.address)
    }

    /// A new session.
    pub async fn session(&self) -> Session {
        connect(&self.url()).await.expect("the server answers")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may have stopped already.
            let _ = stop.send(());
        }
        self.serving.abort();
    }
}
