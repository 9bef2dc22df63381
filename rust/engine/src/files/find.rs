//! Which files a place in a root means: one file, the files of a folder (with `key=value` folders below it), or all that a pattern
//! matches. Hidden files and empty ones are left out.

use datafusion::datasource::listing::ListingTableUrl;
use futures::TryStreamExt;
use glob::{MatchOptions, Pattern};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use polybolos_protocol::{Code, Error, Result};

use super::ReadFormat;
use crate::error::{OrTranslated, near_names};
use crate::storage::{Location, Storage};

/// `*` stays within one folder, `**` does not.
const GLOB: MatchOptions = MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// The files of one place.
#[derive(Debug)]
pub(crate) struct Found {
    /// The files, sorted by path.
    pub(crate) files: Vec<ObjectMeta>,
    /// The folder whose files these are, if a scan may list it again by itself.
    pub(crate) folder: Option<Folder>,
}

/// A folder that a scan lists again.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) path: Path,
    /// Only files that end so; empty for all.
    pub(crate) extension: String,
}

impl Found {
    /// Finds the files; none is not an error here.
    pub(crate) async fn find(storage: &Storage, location: &Location, format: &ReadFormat, files_max: usize) -> Result<Self> {
        let path = location.path();
        if let Some(glob) = &location.glob {
            return Ok(Self { files: matching(storage, &path, glob, files_max).await?, folder: None });
        }
        if !location.folder {
            match storage.head(&path).await {
                Ok(file) => return Ok(Self { files: vec![file], folder: None }),
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error).translated(),
            }
        }
        let files = list(storage, &path, files_max, in_folder).await?;
        Ok(Self::of_folder(path, files, format))
    }

    /// Keeps the files that look like the format; if none does, the format was said and the names are the user's.
    fn of_folder(path: Path, files: Vec<ObjectMeta>, format: &ReadFormat) -> Self {
        let named: Vec<ObjectMeta> =
            files.iter().filter(|file| file.location.filename().is_some_and(|name| format.matches(name))).cloned().collect();
        if named.is_empty() {
            return Self { files, folder: Some(Folder { path, extension: String::new() }) };
        }
        // A scan filters by one ending; files of several endings are named one by one.
        let endings = format.kind.extensions().iter().map(|extension| format!(".{extension}{}", format.compression_suffix));
        let shared = |ending: &String| named.iter().all(|file| file.location.as_ref().ends_with(ending));
        let folder = endings.into_iter().find(shared).map(|extension| Folder { path, extension });
        Self { files: named, folder }
    }

    /// The URLs under which DataFusion scans these files.
    pub(crate) fn urls(&self) -> Result<Vec<ListingTableUrl>> {
        match &self.folder {
            Some(folder) => Ok(vec![Storage::table_url(&folder.path, true)?]),
            None => self.files.iter().map(|file| Storage::table_url(&file.location, false)).collect(),
        }
    }
}

async fn matching(storage: &Storage, base: &Path, glob: &str, files_max: usize) -> Result<Vec<ObjectMeta>> {
    let pattern = Pattern::new(glob).map_err(|error| Error::invalid_argument(format!("'{glob}' is not a pattern: {error}")))?;
    list(storage, base, files_max, |rest| pattern.matches_with(rest, GLOB)).await
}

/// The files of a folder itself and of `key=value` folders below it, but not of other folders.
fn in_folder(rest: &str) -> bool {
    match rest.rsplit_once('/') {
        Some((folders, name)) => !name.starts_with('_') && folders.split('/').all(|folder| folder.contains('=')),
        None => !rest.starts_with('_'),
    }
}

async fn list(storage: &Storage, base: &Path, files_max: usize, keep: impl Fn(&str) -> bool) -> Result<Vec<ObjectMeta>> {
    let mut listed = storage.list(Some(base));
    let mut files = Vec::new();
    while let Some(file) = listed.try_next().await.translated()? {
        let rest = file.location.as_ref().strip_prefix(base.as_ref()).unwrap_or_default().trim_start_matches('/');
        if file.size == 0 || !keep(rest) {
            continue;
        }
        if files.len() >= files_max {
            let message = format!("'{}' means more than {files_max} files; read fewer at a time", storage.shown(base));
            return Err(Error::new(Code::LimitExceeded, message));
        }
        files.push(file);
    }
    files.sort_by(|a, b| a.location.cmp(&b.location));
    Ok(files)
}

/// `FILE_NOT_FOUND` with the names that stand near.
pub(crate) async fn near_files(storage: &Storage, location: &Location) -> Error {
    let shown = location.shown();
    let error = |near: Vec<String>| {
        let hint = if near.is_empty() { String::new() } else { format!("; near it: {}", crate::error::listed(&near)) };
        Error::new(Code::FileNotFound, format!("no file matches '{shown}'{hint}")).param("path", &shown).with_candidates(near)
    };
    let path = location.path();
    let Some(name) = path.filename().filter(|_| location.glob.is_none() && !location.key.is_root()).map(str::to_owned) else {
        return error(Vec::new());
    };
    let Some(parent) = path.as_ref().rsplit_once('/').and_then(|(parent, _)| Path::parse(parent).ok()) else { return error(Vec::new()) };
    match storage.list_with_delimiter(Some(&parent)).await {
        Ok(listed) => {
            let names = listed.objects.iter().map(|file| &file.location).chain(&listed.common_prefixes).filter_map(Path::filename);
            error(near_names(&name, names))
        }
        Err(_) => error(Vec::new()),
    }
}
