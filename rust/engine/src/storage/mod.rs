//! Storage: the roots that an engine may touch, and nothing else.
//!
//! A root is a folder, an S3-compatible bucket (or a prefix of it), or any object store that the program brings. Every path in
//! a plan or a SQL text is decided by [`Storage::locate`] from its text alone, before anything is opened or even looked at; what
//! lies outside is `PERMISSION_DENIED` with the names of the roots. DataFusion sees one store ([`Storage`] itself) whose paths
//! begin with the root's name, so EXPLAIN and errors show roots by name and two roots never mix.
//!
//! ```text
//! 'trips/*.parquet', 's3://lake/x/', 'root://data/y.csv'
//!      |  locate: text -> root + key, or PERMISSION_DENIED
//!      v
//! polybolos://storage/<root>/<key>  --- Storage (ObjectStore) ---> Folder (no symlink leaves it) | S3 | other
//! ```

mod folder;
mod locate;
mod router;
mod s3;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;
use polybolos_protocol::{Error, Result};
use tokio::runtime::Handle;

pub(crate) use locate::Location;
pub use router::Storage;
pub use s3::S3Root;

use crate::error::OrTranslated;
use folder::Folder;

/// What may be done with the files of a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Files are read only. The default.
    #[default]
    Read,
    /// Files are read, written and removed.
    ReadWrite,
}

/// The roots of an engine, in the order in which they were added; the first is where relative paths lead.
#[derive(Debug, Clone, Default)]
pub struct StorageRoots {
    roots: Vec<RootConfig>,
    whole_file_system: bool,
}

/// One root, before it is opened.
#[derive(Debug, Clone)]
struct RootConfig {
    name: String,
    access: Access,
    place: Place,
}

#[derive(Clone)]
enum Place {
    Folder(PathBuf),
    S3(S3Root),
    Store(Arc<dyn ObjectStore>),
}

impl StorageRoots {
    /// No roots: nothing can be read but data that clients send.
    pub fn none() -> Self {
        Self::default()
    }

    /// The caller's own file system, readable and writable, for an engine inside the caller's process. Relative paths start at the
    /// current folder.
    pub fn embedded() -> Self {
        Self { roots: Vec::new(), whole_file_system: true }
    }

    /// Adds a folder. It must exist when the engine is built.
    #[must_use]
    pub fn with_folder(self, name: impl Into<String>, folder: impl Into<PathBuf>, access: Access) -> Self {
        self.with(name.into(), access, Place::Folder(folder.into()))
    }

    /// Adds an S3-compatible bucket or a prefix of one.
    #[must_use]
    pub fn with_s3(self, name: impl Into<String>, root: S3Root, access: Access) -> Self {
        self.with(name.into(), access, Place::S3(root))
    }

    /// Adds any object store, such as one in memory or one that another crate provides.
    #[must_use]
    pub fn with_object_store(self, name: impl Into<String>, store: Arc<dyn ObjectStore>, access: Access) -> Self {
        self.with(name.into(), access, Place::Store(store))
    }

    fn with(mut self, name: String, access: Access, place: Place) -> Self {
        self.roots.push(RootConfig { name, access, place });
        self
    }

    /// Opens the roots. `requests` runs the requests of remote roots; `own` is the engine's private folder, which no path of a user
    /// can name.
    pub(crate) fn open(self, requests: &Handle, own: &std::path::Path) -> Result<Storage> {
        let mut roots: Vec<Arc<Root>> = Vec::new();
        for config in self.roots {
            check_name(&config.name, &roots)?;
            roots.push(Arc::new(config.open(requests)?));
        }
        if self.whole_file_system {
            let folder = Folder::open(std::path::Path::new("/"), Access::ReadWrite, FILE_SYSTEM)?;
            roots.push(Arc::new(Root::of_folder(FILE_SYSTEM.to_owned(), Access::ReadWrite, Kind::FileSystem, folder)));
        }
        let private = Folder::open(own, Access::ReadWrite, OWN)?;
        let kind = Kind::Own { folder: private.path().to_path_buf() };
        roots.push(Arc::new(Root::of_folder(OWN.to_owned(), Access::ReadWrite, kind, private)));
        Ok(Storage::new(roots))
    }
}

/// The name of the root that is the caller's whole file system.
const FILE_SYSTEM: &str = "file";
/// The name of the root for the engine's own files; no user's name can hold an `@`.
const OWN: &str = "@engine";

fn check_name(name: &str, taken: &[Arc<Root>]) -> Result<()> {
    let right = !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !right {
        return Err(Error::invalid_argument(format!("'{name}' cannot name a storage root: use 1 to 64 of A-Z a-z 0-9 - _")));
    }
    if name == FILE_SYSTEM || taken.iter().any(|root| root.name == name) {
        return Err(Error::invalid_argument(format!("the storage root '{name}' is there twice")));
    }
    Ok(())
}

impl RootConfig {
    fn open(self, requests: &Handle) -> Result<Root> {
        let Self { name, access, place } = self;
        let (kind, store, remote): (Kind, Arc<dyn ObjectStore>, bool) = match place {
            Place::Folder(given) => {
                let folder = Folder::open(&given, access, &name)?;
                let kind = Kind::Folder { given, canonical: folder.path().to_path_buf() };
                return Ok(Root::of_folder(name, access, kind, folder));
            }
            Place::S3(config) => {
                let store = config.open(&name, requests)?;
                (Kind::Bucket { bucket: config.bucket, prefix: config.prefix }, store, true)
            }
            Place::Store(store) => (Kind::Named, store, true),
        };
        Ok(Root { name, access, remote, kind, store, local: None })
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            Self::S3(root) => f.debug_tuple("S3").field(root).finish(),
            Self::Store(_) => f.debug_struct("Store").finish_non_exhaustive(),
        }
    }
}

/// An open root.
#[derive(Debug)]
pub(crate) struct Root {
    name: String,
    access: Access,
    /// Requests leave the machine: listings are worth remembering for a moment.
    remote: bool,
    kind: Kind,
    store: Arc<dyn ObjectStore>,
    /// The store again, where it is a folder of this machine.
    local: Option<Folder>,
}

/// How a path of a user names a place in a root.
#[derive(Debug)]
enum Kind {
    /// The caller's whole file system.
    FileSystem,
    /// A folder, as configured and with all links resolved.
    Folder { given: PathBuf, canonical: PathBuf },
    /// `s3://bucket/prefix/...`; keys of the store are below the prefix.
    Bucket { bucket: String, prefix: String },
    /// Only `root://name/...`.
    Named,
    /// The engine's own files: no path leads there.
    Own { folder: PathBuf },
}

impl Root {
    fn of_folder(name: String, access: Access, kind: Kind, folder: Folder) -> Self {
        Self { name, access, remote: false, kind, store: Arc::new(folder.clone()), local: Some(folder) }
    }

    /// The name that users see.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether files may be written.
    pub(crate) fn writable(&self) -> bool {
        self.access == Access::ReadWrite
    }

    /// Whether the root is reached over a network.
    pub(crate) fn remote(&self) -> bool {
        self.remote
    }

    /// Where a key lies in this machine's file system, if it does.
    pub(crate) fn local_path(&self, key: &object_store::path::Path) -> Option<PathBuf> {
        self.local.as_ref().map(|folder| folder.file_system_path(key))
    }

    /// Refuses to write where links lead out of the root.
    pub(crate) fn check_writable(&self, key: &object_store::path::Path) -> Result<()> {
        self.local.as_ref().map_or(Ok(()), |folder| folder.check_writable(key).translated())
    }

    /// The path of a key as DataFusion sees it.
    pub(crate) fn outer(&self, key: &object_store::path::Path) -> object_store::path::Path {
        router::outer(&self.name, key)
    }

    /// The folder of the engine's own root; empty for others.
    fn folder(&self) -> &std::path::Path {
        match &self.kind {
            Kind::Own { folder } => folder,
            _ => std::path::Path::new(""),
        }
    }

    /// A path of this root as its users write it.
    pub(crate) fn shown(&self, key: &str) -> String {
        match &self.kind {
            Kind::FileSystem => format!("/{key}"),
            Kind::Bucket { bucket, prefix } if prefix.is_empty() => format!("s3://{bucket}/{key}"),
            Kind::Bucket { bucket, prefix } => format!("s3://{bucket}/{prefix}/{key}"),
            Kind::Folder { .. } | Kind::Named => format!("root://{}/{key}", self.name),
            Kind::Own { .. } => "data of the session".to_owned(),
        }
    }
}
