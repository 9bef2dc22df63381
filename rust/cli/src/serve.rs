//! `polybolos serve`: configuration and flags to an engine behind a server.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use polybolos_engine::{Access, EngineBuilder, EngineLimits, LocalEngine, S3Root, StorageRoots};
use polybolos_protocol::{Code, Error, Result};
use polybolos_server::config::{ConfigLayers, EngineConfig, RootConfig, S3Config, StorageConfig};
use polybolos_server::{ServerBuilder, ServerConfig};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::ServeArgs;
use crate::output;

pub(crate) async fn run(args: ServeArgs) -> Result<()> {
    let config = configuration(&args)?;
    polybolos_server::log::start(&config.log)?;
    let scheme = if config.tls.is_some() { "grpc+tls" } else { "grpc" };
    let engine = engine(&config.engine, &config.storage)?;
    let mut server = ServerBuilder::new(Arc::new(engine)).with_config(config).build()?;
    let address = server.bind().await?;
    // Whoever reads the line may stop the server.
    let stop = asked_to_stop()?;
    writeln!(io::stdout(), "Serving at {scheme}://{address}")
        .and_then(|()| io::stdout().flush())
        .map_err(|error| output::write_error(&"the address", error))?;
    server.serve(stop).await
}

/// Defaults, then the file, then the environment (`RUST_LOG` before our own variables), then the flags.
fn configuration(args: &ServeArgs) -> Result<ServerConfig> {
    let mut layers = ConfigLayers::default();
    if let Some(file) = &args.config {
        layers = layers.with_file(file)?;
    }
    if let Some(level) = std::env::var("RUST_LOG").ok().filter(|level| !level.is_empty()) {
        layers = layers.with("log.level", &level)?;
    }
    layers = layers.with_environment()?;
    for (key, value) in flags(args) {
        layers = layers.with(key, &value)?;
    }
    let mut config = layers.build()?;
    for data in &args.data {
        config.storage.roots.push(root(data)?);
    }
    Ok(config)
}

fn flags(args: &ServeArgs) -> Vec<(&'static str, String)> {
    let path = |path: &Path| path.display().to_string();
    let all = [
        ("listen", args.listen.map(|address| address.to_string())),
        ("insecure", args.insecure.then(|| "true".to_owned())),
        ("tls.certificate", args.tls_cert.as_deref().map(path)),
        ("tls.key", args.tls_key.as_deref().map(path)),
        ("auth.tokens_file", args.tokens.as_deref().map(path)),
        ("metrics.listen", args.metrics.map(|address| address.to_string())),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// The root of `--data [NAME=]DIR`.
fn root(data: &str) -> Result<RootConfig> {
    let (name, folder) = data.split_once('=').map_or((None, data), |(name, folder)| (Some(name.to_owned()), folder));
    let folder = std::fs::canonicalize(folder).map_err(|error| {
        Error::new(Code::FileNotFound, format!("--data {folder}: {error}; name a folder that exists")).with_source(error)
    })?;
    let own = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.or(own).unwrap_or_else(|| "data".to_owned());
    Ok(RootConfig { name, folder: Some(folder), s3: None, writable: true })
}

fn engine(config: &EngineConfig, storage: &StorageConfig) -> Result<LocalEngine> {
    let mut builder = EngineBuilder::new().with_roots(roots(storage)?).with_limits(limits(config));
    if let Some(memory) = config.memory {
        builder = builder.with_memory_bytes(memory.as_usize());
    }
    if let Some(folder) = &config.spill_folder {
        builder = builder.with_spill_dir(folder);
    }
    if let Some(threads) = config.threads {
        builder = builder.with_target_partitions(threads);
    }
    builder.build()
}

fn limits(config: &EngineConfig) -> EngineLimits {
    EngineLimits {
        query_memory_share: config.query_memory_share,
        query_spill_bytes: config.query_spill.0,
        total_spill_bytes: config.total_spill.0,
        upload_memory_bytes: config.session_memory.0,
        result_rows: config.result_rows.at(),
        result_bytes: config.result_bytes.at().map(|size| size.0),
        ..EngineLimits::default()
    }
}

fn roots(storage: &StorageConfig) -> Result<StorageRoots> {
    storage.roots.iter().try_fold(StorageRoots::none(), |roots, root| {
        let access = if root.writable { Access::ReadWrite } else { Access::Read };
        match (&root.folder, &root.s3) {
            (Some(folder), None) => Ok(roots.with_folder(&root.name, folder, access)),
            (None, Some(s3)) => Ok(roots.with_s3(&root.name, s3_root(s3), access)),
            _ => Err(Error::invalid_argument(format!("storage root '{}' needs either folder or s3", root.name))),
        }
    })
}

fn s3_root(config: &S3Config) -> S3Root {
    let revealed = |secret: &Option<polybolos_server::config::Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
    S3Root {
        bucket: config.bucket.clone(),
        prefix: config.prefix.clone(),
        region: config.region.clone(),
        endpoint: config.endpoint.clone(),
        access_key_id: config.access_key_id.clone(),
        secret_access_key: revealed(&config.secret_access_key),
        session_token: revealed(&config.session_token),
        allow_http: config.allow_http,
        virtual_hosted: config.virtual_hosted,
        anonymous: config.anonymous,
    }
}

/// Completes at SIGTERM or Ctrl-C.
fn asked_to_stop() -> Result<impl Future<Output = ()> + Send> {
    let failed = |error: io::Error| Error::internal(format!("cannot listen for signals: {error}")).with_source(error);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
