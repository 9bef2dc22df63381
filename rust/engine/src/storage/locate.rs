//! From the text of a path to a place in a root, by the text alone: nothing is opened, listed or looked at here.

use std::path::{Component, Path as FsPath};
use std::sync::Arc;

use object_store::path::Path;
use polybolos_protocol::{Code, Error, Result};

use super::{FILE_SYSTEM, Kind, OWN, Root, Storage};

const PATH_BYTES_MAX: usize = 4_096;

/// A place in a root: a file, a folder, or all that a pattern matches.
#[derive(Debug, Clone)]
pub(crate) struct Location {
    /// The root.
    pub(crate) root: Arc<Root>,
    /// The path below the root, without its pattern.
    pub(crate) key: Path,
    /// The pattern below `key`, such as `*/part-*.parquet`; it never crosses a `/` with one `*`.
    pub(crate) glob: Option<String>,
    /// The text ended in `/`: a folder, even if nothing is there yet.
    pub(crate) folder: bool,
}

impl Location {
    /// The path as DataFusion sees it: the root's name, then the key.
    pub(crate) fn path(&self) -> Path {
        super::router::outer(self.root.name(), &self.key)
    }

    /// The place as users write it.
    pub(crate) fn shown(&self) -> String {
        let shown = self.root.shown(self.key.as_ref());
        match &self.glob {
            Some(glob) => format!("{}/{glob}", shown.trim_end_matches('/')),
            None => shown,
        }
    }
}

impl Storage {
    /// Decides which root a path belongs to. `profile` names the root, or is empty.
    pub(crate) fn locate(&self, text: &str, profile: &str) -> Result<Location> {
        check_text(text)?;
        let named = self.profile(profile)?;
        let (root, rest) = match split_scheme(text) {
            Some(("root", rest)) => self.in_named(rest, named)?,
            Some(("s3" | "s3a", rest)) => self.in_bucket(text, rest, named)?,
            Some(("file", rest)) => self.in_folder(text, &file_url_path(text, rest)?, named)?,
            Some((scheme, _)) => return Err(self.outside(text, &format!("'{scheme}:' is no kind of storage here"))),
            None if text.starts_with('/') => self.in_folder(text, text, named)?,
            None => self.relative(text, named)?,
        };
        finish(root, &rest, text.ends_with('/')).map_err(|Leaves| self.outside(text, "the path leaves its root"))
    }

    /// Like [`Self::locate`], for a place to write to.
    pub(crate) fn locate_writable(&self, text: &str, profile: &str) -> Result<Location> {
        let location = self.locate(text, profile)?;
        if !location.root.writable() {
            let message = format!("the storage root '{}' is read-only; {}", location.root.name(), self.writable_names());
            return Err(Error::new(Code::PermissionDenied, message).param("path", text));
        }
        if location.glob.is_some() {
            return Err(Error::invalid_argument(format!("'{text}' is a pattern; name one file or folder to write to")));
        }
        Ok(location)
    }

    /// A file that the engine wrote below its private folder.
    pub(crate) fn locate_own(&self, path: &FsPath) -> Result<Location> {
        let root = self.roots().iter().find(|root| root.name() == OWN);
        let root = root.ok_or_else(|| Error::internal("the engine has no folder of its own"))?;
        let key = path.strip_prefix(root.folder()).ok().and_then(FsPath::to_str).and_then(|key| Path::parse(key).ok());
        let key = key.ok_or_else(|| Error::internal("a file of the engine is outside its folder"))?;
        Ok(Location { root: Arc::clone(root), key, glob: None, folder: false })
    }

    /// The roots that users see.
    fn visible(&self) -> impl Iterator<Item = &Arc<Root>> {
        self.roots().iter().filter(|root| root.name() != OWN)
    }

    fn profile(&self, name: &str) -> Result<Option<&Arc<Root>>> {
        if name.is_empty() {
            return Ok(None);
        }
        let root = self.visible().find(|root| root.name() == name && root.name() != FILE_SYSTEM);
        root.map(Some).ok_or_else(|| {
            Error::new(Code::PermissionDenied, format!("no storage root is named '{name}'; {}", self.names()))
                .param("storage_profile", name)
        })
    }

    fn in_named(&self, rest: &str, named: Option<&Arc<Root>>) -> Result<(Arc<Root>, String)> {
        let (name, key) = rest.split_once('/').unwrap_or((rest, ""));
        let root = self.profile(name)?.filter(|root| named.is_none_or(|named| Arc::ptr_eq(named, root)));
        match root {
            Some(root) => Ok((Arc::clone(root), key.to_owned())),
            None => Err(self.outside(&format!("root://{rest}"), "it is not in the named storage root")),
        }
    }

    fn in_bucket(&self, text: &str, rest: &str, named: Option<&Arc<Root>>) -> Result<(Arc<Root>, String)> {
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let key = percent_decoded(key);
        self.roots()
            .iter()
            .filter(|root| named.is_none_or(|named| Arc::ptr_eq(named, root)))
            .filter_map(|root| match &root.kind {
                Kind::Bucket { bucket: ours, prefix } if ours == bucket => Some((root, below(&key, prefix)?, prefix.len())),
                _ => None,
            })
            .max_by_key(|(_, _, length)| *length)
            .map(|(root, key, _)| (Arc::clone(root), key.to_owned()))
            .ok_or_else(|| self.outside(text, "it is in no configured bucket"))
    }

    fn in_folder(&self, text: &str, path: &str, named: Option<&Arc<Root>>) -> Result<(Arc<Root>, String)> {
        let path = normal(path).ok_or_else(|| self.outside(text, "the path leaves its root"))?;
        self.roots()
            .iter()
            .filter(|root| named.is_none_or(|named| Arc::ptr_eq(named, root)))
            .filter_map(|root| match &root.kind {
                Kind::FileSystem => Some((root, path.trim_start_matches('/'), 0)),
                Kind::Folder { given, canonical } => [given, canonical]
                    .into_iter()
                    .find_map(|folder| Some((root, below(&path, folder.to_str()?)?, folder.as_os_str().len()))),
                _ => None,
            })
            .max_by_key(|(_, _, length)| *length)
            .map(|(root, key, _)| (Arc::clone(root), key.to_owned()))
            .ok_or_else(|| self.outside(text, "it is in no configured folder"))
    }

    fn relative(&self, text: &str, named: Option<&Arc<Root>>) -> Result<(Arc<Root>, String)> {
        if let Some(root) = named.or_else(|| self.visible().next()) {
            if !matches!(root.kind, Kind::FileSystem) {
                return Ok((Arc::clone(root), text.to_owned()));
            }
            let current =
                std::env::current_dir().map_err(|error| Error::invalid_argument("the current folder is gone").with_source(error))?;
            return self.in_folder(text, &format!("{}/{text}", current.display()), None);
        }
        Err(self.outside(text, "this engine has no storage roots"))
    }

    fn outside(&self, text: &str, why: &str) -> Error {
        Error::new(Code::PermissionDenied, format!("'{text}' is outside the storage roots: {why}; {}", self.names())).param("path", text)
    }

    /// "the roots are 'data', 'lake'".
    fn names(&self) -> String {
        let names = quoted(self.visible().map(|root| root.name()));
        if names.is_empty() { "no roots are configured".to_owned() } else { format!("the roots are {names}") }
    }

    fn writable_names(&self) -> String {
        let names = quoted(self.visible().filter(|root| root.writable()).map(|root| root.name()));
        if names.is_empty() { "no root may be written to".to_owned() } else { format!("writable roots are {names}") }
    }
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

fn check_text(text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(Error::invalid_argument("a path is empty"));
    }
    if text.len() > PATH_BYTES_MAX {
        return Err(Error::new(Code::LimitExceeded, format!("a path has {} bytes, more than {PATH_BYTES_MAX}", text.len())));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::new(Code::PermissionDenied, format!("the path {text:?} holds control characters")));
    }
    Ok(())
}

/// `scheme:rest` and `scheme://rest`; a file name with a colon needs `./` in front.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let looks_like_one = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    looks_like_one.then(|| (scheme, rest.strip_prefix("//").unwrap_or(rest)))
}

/// The path of `file:///a%20b`; a host other than the local one is refused.
fn file_url_path(text: &str, rest: &str) -> Result<String> {
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        return Err(Error::invalid_argument(format!("'{text}' is not a file URL; write file:///path")));
    }
    Ok(percent_decoded(path))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        match tail.split_first_chunk::<2>().filter(|_| first == b'%').and_then(|(hex, after)| Some((hex_byte(*hex)?, after))) {
            Some((byte, after)) => {
                bytes.push(byte);
                rest = after;
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn hex_byte(hex: [u8; 2]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()
}

/// An absolute path without `.` and `..`; `None` if `..` climbs above the top.
fn normal(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for component in FsPath::new(path).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::ParentDir => drop(parts.pop()?),
            _ => {}
        }
    }
    Some(format!("/{}", parts.join("/")))
}

/// The part of `path` below `folder`.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let folder = folder.trim_end_matches('/');
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() || folder.is_empty() { Some(rest.trim_start_matches('/')) } else { rest.strip_prefix('/') }
}

/// The path would leave its root.
struct Leaves;

fn finish(root: Arc<Root>, rest: &str, folder: bool) -> Result<Location, Leaves> {
    let mut segments: Vec<&str> = Vec::new();
    for segment in rest.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop().ok_or(Leaves)?),
            segment if disguised(segment) => return Err(Leaves),
            segment => segments.push(segment),
        }
    }
    let literal = segments.iter().position(|segment| segment.contains(['*', '?', '['])).unwrap_or(segments.len());
    let (key, glob) = segments.split_at(literal);
    let glob = (!glob.is_empty()).then(|| glob.join("/"));
    let key = Path::parse(key.join("/")).map_err(|_| Leaves)?;
    Ok(Location { root, folder: folder || key.is_root(), key, glob })
}

/// `..` behind one or more layers of percent encoding or backslashes: no honest name looks like that.
fn disguised(segment: &str) -> bool {
    let mut decoded = segment.to_owned();
    for _ in 0..4 {
        if decoded.contains('\0') || decoded.split(['/', '\\']).any(|part| part == "..") {
            return true;
        }
        let next = percent_decoded(&decoded);
        if next == decoded {
            return false;
        }
        decoded = next;
    }
    true
}
