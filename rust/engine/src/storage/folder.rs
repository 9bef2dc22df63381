//! A folder as an object store. Every file is opened by its resolved path, which must lie inside the folder, and must be a
//! regular file: a symbolic link that leaves the folder is refused, a named pipe or device is never opened.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::DateTime;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, RenameOptions, Result,
};
use polybolos_protocol::{Code, Error};

use super::Access;
use crate::error::in_object_store;

const STORE: &str = "folder";
const DEPTH_MAX: usize = 64;

/// A folder whose files are reached by paths below it.
#[derive(Debug, Clone)]
pub(super) struct Folder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Canonical: no links in it.
    path: PathBuf,
    name: String,
    access: Access,
    writer: LocalFileSystem,
}

impl Folder {
    /// Opens a folder that exists.
    pub(super) fn open(path: &FsPath, access: Access, name: &str) -> polybolos_protocol::Result<Self> {
        let wrong = |error: io::Error| {
            Error::new(Code::FileNotFound, format!("the folder '{}' of root '{name}' cannot be opened: {error}", path.display()))
        };
        let canonical = fs::canonicalize(path).map_err(wrong)?;
        if !fs::metadata(&canonical).map_err(wrong)?.is_dir() {
            return Err(Error::invalid_argument(format!("'{}' of root '{name}' is not a folder", path.display())));
        }
        let writer =
            LocalFileSystem::new_with_prefix(&canonical).map_err(|error| Error::internal("cannot open a folder").with_source(error))?;
        Ok(Self(Arc::new(Inner { path: canonical, name: name.to_owned(), access, writer })))
    }

    /// Where a key lies.
    pub(super) fn file_system_path(&self, key: &Path) -> PathBuf {
        self.0.file_system_path(key)
    }

    /// Refuses to write outside, or at all where the root is read-only.
    pub(super) fn check_writable(&self, key: &Path) -> Result<()> {
        self.0.check_writable(key)
    }

    /// The folder with all links resolved.
    pub(super) fn path(&self) -> &FsPath {
        &self.0.path
    }
}

impl Inner {
    fn file_system_path(&self, key: &Path) -> PathBuf {
        let mut path = self.path.clone();
        path.extend(key.parts().map(|part| part.as_ref().to_owned()));
        path
    }

    /// Opens a regular file inside the folder for reading.
    fn open(&self, key: &Path) -> Result<(File, Metadata, PathBuf)> {
        let path = fs::canonicalize(self.file_system_path(key)).map_err(|error| self.describe(key, error))?;
        self.check_inside(&path, key)?;
        if !fs::symlink_metadata(&path).map_err(|error| self.describe(key, error))?.is_file() {
            return Err(self.irregular(&path, key));
        }
        // No links are left in the path, and a pipe that takes the file's place meanwhile does not block.
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(&path);
        let file = file.map_err(|error| self.describe(key, error))?;
        let metadata = file.metadata().map_err(|error| self.describe(key, error))?;
        if metadata.is_file() { Ok((file, metadata, path)) } else { Err(self.irregular(&path, key)) }
    }

    fn check_inside(&self, canonical: &FsPath, key: &Path) -> Result<()> {
        if canonical.starts_with(&self.path) {
            return Ok(());
        }
        let message = format!("'{key}' is a link that leaves the storage root '{}'", self.name);
        Err(in_object_store(Error::new(Code::PermissionDenied, message).param("path", key.as_ref())))
    }

    /// A folder is "not found" as a file; anything else that is no file is refused.
    fn irregular(&self, path: &FsPath, key: &Path) -> object_store::Error {
        if path.is_dir() {
            return not_found(key);
        }
        in_object_store(Error::new(Code::PermissionDenied, format!("'{key}' in the storage root '{}' is not a regular file", self.name)))
    }

    fn describe(&self, key: &Path, error: io::Error) -> object_store::Error {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => not_found(key),
            io::ErrorKind::PermissionDenied => object_store::Error::PermissionDenied { path: key.to_string(), source: Box::new(error) },
            _ => object_store::Error::Generic { store: STORE, source: Box::new(error) },
        }
    }

    /// A place to write to: its nearest existing folder must lie inside, and a link is never written through.
    fn check_writable(&self, key: &Path) -> Result<()> {
        if self.access != Access::ReadWrite {
            return Err(in_object_store(Error::new(Code::PermissionDenied, format!("the storage root '{}' is read-only", self.name))));
        }
        let path = self.file_system_path(key);
        let existing = path.ancestors().find_map(|ancestor| fs::canonicalize(ancestor).ok()).unwrap_or_else(|| self.path.clone());
        self.check_inside(&existing, key)
    }

    /// The files below a folder, at any depth or only directly in it.
    fn walk(&self, prefix: &Path, deep: bool) -> Result<ListResult> {
        let mut found = ListResult { common_prefixes: Vec::new(), objects: Vec::new() };
        let mut folders = vec![(self.file_system_path(prefix), prefix.clone(), 0)];
        let mut linked = HashSet::new();
        while let Some((folder, key, depth)) = folders.pop() {
            let Some(entries) = self.read_folder(&folder, &key)? else { continue };
            for entry in entries {
                let entry = entry.map_err(|error| self.describe(&key, error))?;
                let Some((child, metadata)) = self.entry(&entry, &key, &mut linked) else { continue };
                if metadata.is_file() {
                    found.objects.push(meta(child, &metadata));
                } else if metadata.is_dir() && deep && depth < DEPTH_MAX {
                    folders.push((entry.path(), child, depth + 1));
                } else if metadata.is_dir() {
                    found.common_prefixes.push(child);
                }
            }
        }
        found.objects.sort_by(|a, b| a.location.cmp(&b.location));
        found.common_prefixes.sort();
        Ok(found)
    }

    fn read_folder(&self, folder: &FsPath, key: &Path) -> Result<Option<fs::ReadDir>> {
        let canonical = match fs::canonicalize(folder) {
            Ok(canonical) => canonical,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(None),
            Err(error) => return Err(self.describe(key, error)),
        };
        self.check_inside(&canonical, key)?;
        match fs::read_dir(&canonical) {
            Ok(entries) => Ok(Some(entries)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(self.describe(key, error)),
        }
    }

    /// An entry of a folder that may be listed: links are followed once each and only inside the folder.
    fn entry(&self, entry: &fs::DirEntry, key: &Path, linked: &mut HashSet<(u64, u64)>) -> Option<(Path, Metadata)> {
        let name = entry.file_name();
        let name = name.to_str()?;
        let child = if key.is_root() { Path::parse(name) } else { Path::parse(format!("{key}/{name}")) }.ok()?;
        let kind = entry.file_type().ok()?;
        if !kind.is_symlink() {
            return Some((child, entry.metadata().ok()?));
        }
        let target = fs::canonicalize(entry.path()).ok().filter(|target| target.starts_with(&self.path))?;
        let metadata = fs::symlink_metadata(target).ok()?;
        let fresh = !metadata.is_dir() || linked.insert((metadata.dev(), metadata.ino()));
        fresh.then_some((child, metadata))
    }
}

fn not_found(key: &Path) -> object_store::Error {
    object_store::Error::NotFound { path: key.to_string(), source: Box::new(io::Error::from(io::ErrorKind::NotFound)) }
}

fn meta(location: Path, metadata: &Metadata) -> ObjectMeta {
    let modified = DateTime::from_timestamp(metadata.mtime(), u32::try_from(metadata.mtime_nsec()).unwrap_or_default()).unwrap_or_default();
    let e_tag = format!("{:x}-{:x}{:09x}-{:x}", metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), metadata.size());
    ObjectMeta { location, last_modified: modified, size: metadata.size(), e_tag: Some(e_tag), version: None }
}

/// Exactly these bytes. What lies beyond the end of the file is asked for by a file that says wrong things of itself, and is not
/// allocated.
fn read_range(file: &File, range: &Range<u64>, size: u64) -> io::Result<Bytes> {
    if range.end > size || range.start > range.end {
        let message = format!("bytes {} to {} are not in a file of {size} bytes", range.start, range.end);
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
    }
    let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
    let mut buffer = vec![0; length];
    file.read_exact_at(&mut buffer, range.start)?;
    Ok(buffer.into())
}

/// Runs file system calls where they may block.
async fn blocking<T: Send + 'static>(call: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(call).await.map_err(|source| object_store::Error::JoinError { source })?,
        Err(_) => call(),
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "folder({})", self.0.name)
    }
}

#[async_trait]
impl ObjectStore for Folder {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        self.0.check_writable(location)?;
        self.0.writer.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.0.check_writable(location)?;
        self.0.writer.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let folder = Arc::clone(&self.0);
        let location = location.clone();
        blocking(move || {
            let (file, metadata, path) = folder.open(&location)?;
            let meta = meta(location, &metadata);
            options.check_preconditions(&meta)?;
            let range = match options.range {
                Some(range) => {
                    range.as_range(meta.size).map_err(|source| object_store::Error::Generic { store: STORE, source: Box::new(source) })?
                }
                None => 0..meta.size,
            };
            Ok(GetResult { payload: GetResultPayload::File(file, path), meta, range, attributes: object_store::Attributes::default() })
        })
        .await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let folder = Arc::clone(&self.0);
        let location = location.clone();
        let ranges = ranges.to_vec();
        blocking(move || {
            let (file, metadata, _) = folder.open(&location)?;
            ranges
                .iter()
                .map(|range| read_range(&file, range, metadata.size()).map_err(|error| folder.describe(&location, error)))
                .collect()
        })
        .await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let folder = Arc::clone(&self.0);
        let checked = locations.map(move |location| location.and_then(|location| folder.check_writable(&location).map(|()| location)));
        self.0.writer.delete_stream(checked.boxed())
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let folder = Arc::clone(&self.0);
        let prefix = prefix.cloned().unwrap_or_default();
        let listed = blocking(move || folder.walk(&prefix, true));
        stream::once(listed).map_ok(|found| stream::iter(found.objects.into_iter().map(Ok))).try_flatten().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let folder = Arc::clone(&self.0);
        let prefix = prefix.cloned().unwrap_or_default();
        blocking(move || folder.walk(&prefix, false)).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.check_writable(to)?;
        self.0.writer.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.0.check_writable(from)?;
        self.0.check_writable(to)?;
        self.0.writer.rename_opts(from, to, options).await
    }
}
