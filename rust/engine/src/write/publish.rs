//! How new files take their place: built under a hidden name, then renamed; never over a file of the same name.

use std::fs;
use std::io;
use std::path::{Path as FsPath, PathBuf};

use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use polybolos_protocol::wire::plan::WriteMode;
use polybolos_protocol::{Code, Error, Result};

use crate::error::OrTranslated;
use crate::storage::{Location, Storage};

/// What to do where there are files already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Create,
    Overwrite,
    Append,
    OverwritePartitions,
    IgnoreIfExists,
}

impl Mode {
    /// The mode of a plan.
    pub(crate) fn of_plan(mode: WriteMode) -> Result<Self> {
        match mode {
            WriteMode::Unspecified => Err(Error::new(Code::PlanUnknownEnum, "a write says no mode")),
            WriteMode::Create => Ok(Self::Create),
            WriteMode::CreateOrReplace | WriteMode::Overwrite => Ok(Self::Overwrite),
            WriteMode::Append => Ok(Self::Append),
            WriteMode::OverwritePartitions => Ok(Self::OverwritePartitions),
            WriteMode::IgnoreIfExists => Ok(Self::IgnoreIfExists),
        }
    }

    /// The mode of this name, as SQL options say it.
    pub(crate) fn of_name(name: &str) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "create" => Ok(Self::Create),
            "overwrite" => Ok(Self::Overwrite),
            "append" => Ok(Self::Append),
            "overwrite_partitions" => Ok(Self::OverwritePartitions),
            "ignore" | "ignore_if_exists" => Ok(Self::IgnoreIfExists),
            _ => Err(Error::invalid_argument(format!(
                "no write mode is named '{name}'; use create, overwrite, append, overwrite_partitions or ignore"
            ))),
        }
    }
}

/// Files in the making.
#[derive(Debug)]
pub(super) struct Staging {
    storage: Storage,
    target: Location,
    single: bool,
    mode: Mode,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// In a folder: hidden beside the target until the end.
    Hidden { path: Path, staged: PathBuf, target: PathBuf },
    /// In an object store, where each file appears when it is whole; what was there before.
    InPlace { before: Vec<ObjectMeta> },
}

/// What was published.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Published {
    pub(super) files: u64,
    pub(super) bytes: u64,
}

impl Staging {
    /// Prepares a write; `None` if something is there and the mode leaves it.
    pub(super) async fn open(storage: &Storage, target: Location, single: bool, mode: Mode) -> Result<Option<Self>> {
        if single && matches!(mode, Mode::Append | Mode::OverwritePartitions) {
            return Err(Error::invalid_argument(format!(
                "'{}' is one file, which cannot be added to; name a folder (with a / at the end)",
                target.shown()
            )));
        }
        let before = existing(storage, &target, single).await?;
        match mode {
            Mode::Create if !before.is_empty() => return Err(taken(&target)),
            Mode::IgnoreIfExists if !before.is_empty() => return Ok(None),
            _ => {}
        }
        let place = match target.root.local_path(&target.key) {
            Some(local) => Self::hidden(&target, local, single)?,
            None => Place::InPlace { before },
        };
        Ok(Some(Self { storage: storage.clone(), target, single, mode, place }))
    }

    fn hidden(target: &Location, local: PathBuf, single: bool) -> Result<Place> {
        target.root.check_writable(&target.key)?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        let inside = target.key.is_root();
        if inside && single {
            return Err(Error::invalid_argument("a storage root is a folder, not a file"));
        }
        let extension = target
            .key
            .filename()
            .and_then(|name| name.split_once('.'))
            .map(|(_, extension)| format!(".{extension}"))
            .filter(|_| single)
            .unwrap_or_default();
        let name = format!(".polybolos-{id}{extension}");
        let key = match target.key.as_ref().rsplit_once('/') {
            Some((parent, _)) => format!("{parent}/{name}"),
            None => name.clone(),
        };
        let staged = if inside { local.join(&name) } else { local.with_file_name(&name) };
        let key = Path::parse(key).map_err(|error| Error::internal("a staging path does not parse").with_source(error))?;
        Ok(Place::Hidden { path: target.root.outer(&key), staged, target: local })
    }

    /// Where the sink writes, and whether that is a folder.
    pub(super) fn path(&self) -> (Path, bool) {
        match &self.place {
            Place::Hidden { path, .. } => (path.clone(), !self.single),
            Place::InPlace { .. } => (self.target.path(), !self.single),
        }
    }

    /// Lets the files appear.
    pub(super) async fn publish(self) -> Result<Published> {
        match &self.place {
            Place::Hidden { staged, target, .. } => {
                let (staged, target, single, mode) = (staged.clone(), target.clone(), self.single, self.mode);
                let moved = tokio::task::spawn_blocking(move || {
                    let published = measure(&staged)?;
                    if single {
                        publish_file(&staged, &target, mode)?
                    } else {
                        publish_folder(&staged, &target, mode)?
                    }
                    Ok(published)
                });
                let moved = moved.await.map_err(|error| Error::internal("publishing files ended early").with_source(error))?;
                moved.map_err(|error: io::Error| self.describe(error))
            }
            Place::InPlace { before } => self.publish_in_place(before).await,
        }
    }

    async fn publish_in_place(&self, before: &[ObjectMeta]) -> Result<Published> {
        let now = existing(&self.storage, &self.target, self.single).await?;
        let is_old = |file: &ObjectMeta| before.iter().any(|old| old.location == file.location && old.e_tag == file.e_tag);
        let (old, new): (Vec<_>, Vec<_>) = now.into_iter().partition(is_old);
        let replaced = |file: &&ObjectMeta| match self.mode {
            Mode::Overwrite => true,
            Mode::OverwritePartitions => new.iter().any(|new| parent(&new.location) == parent(&file.location)),
            _ => false,
        };
        for file in old.iter().filter(replaced) {
            self.storage.delete(&file.location).await.translated()?;
        }
        Ok(Published { files: new.len() as u64, bytes: new.iter().map(|file| file.size).sum() })
    }

    fn describe(&self, error: io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => taken(&self.target),
            _ => crate::error::from_datafusion(error.into()),
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Place::Hidden { staged, .. } = &self.place {
            // After publishing nothing is left of it, and these do nothing.
            drop(fs::remove_file(staged));
            drop(fs::remove_dir_all(staged));
        }
    }
}

fn taken(target: &Location) -> Error {
    let shown = target.shown();
    Error::new(Code::AlreadyExists, format!("'{shown}' exists already; write to another place, or with mode overwrite, append or ignore"))
        .param("path", shown)
}

fn parent(path: &Path) -> &str {
    path.as_ref().rsplit_once('/').map_or("", |(parent, _)| parent)
}

async fn existing(storage: &Storage, target: &Location, single: bool) -> Result<Vec<ObjectMeta>> {
    if single {
        return match storage.head(&target.path()).await {
            Ok(file) => Ok(vec![file]),
            Err(object_store::Error::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error).translated(),
        };
    }
    storage.list(Some(&target.path())).try_collect().await.translated()
}

fn measure(staged: &FsPath) -> io::Result<Published> {
    let mut published = Published::default();
    for file in files_below(staged)? {
        published.files += 1;
        published.bytes += fs::metadata(file)?.len();
    }
    Ok(published)
}

fn files_below(folder: &FsPath) -> io::Result<Vec<PathBuf>> {
    if folder.is_file() {
        return Ok(vec![folder.to_path_buf()]);
    }
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        if !folder.exists() {
            continue;
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    Ok(files)
}

fn publish_file(staged: &FsPath, target: &FsPath, mode: Mode) -> io::Result<()> {
    if mode == Mode::Overwrite {
        return fs::rename(staged, target);
    }
    // A link fails where the name is taken; a rename would replace.
    fs::hard_link(staged, target)?;
    fs::remove_file(staged)
}

fn publish_folder(staged: &FsPath, target: &FsPath, mode: Mode) -> io::Result<()> {
    fs::create_dir_all(staged)?;
    match mode {
        // Fails where the folder holds anything, hidden or not.
        Mode::Create | Mode::IgnoreIfExists if !staged.starts_with(target) => fs::rename(staged, target),
        Mode::Overwrite if !staged.starts_with(target) => swap(staged, target),
        Mode::Overwrite => {
            let old = files_outside(target, staged)?;
            move_files(staged, target)?;
            old.into_iter().try_for_each(fs::remove_file)
        }
        Mode::OverwritePartitions => leaves(staged)?.into_iter().try_for_each(|leaf| match leaf.strip_prefix(staged) {
            Ok(below) if !below.as_os_str().is_empty() => {
                let place = target.join(below);
                place.parent().map_or(Ok(()), fs::create_dir_all)?;
                swap(&leaf, &place)
            }
            _ => move_files(staged, target),
        }),
        _ => move_files(staged, target),
    }
}

/// Puts a folder in the place of another.
fn swap(staged: &FsPath, target: &FsPath) -> io::Result<()> {
    if !target.exists() {
        return fs::rename(staged, target);
    }
    let old = target.with_file_name(format!(".polybolos-old-{}", uuid::Uuid::new_v4().simple()));
    fs::rename(target, &old)?;
    if let Err(error) = fs::rename(staged, target) {
        fs::rename(&old, target)?;
        return Err(error);
    }
    fs::remove_dir_all(old)
}

/// Moves all files, each to a name that is free; takes back what it moved if one is not.
fn move_files(staged: &FsPath, target: &FsPath) -> io::Result<()> {
    let mut moved: Vec<PathBuf> = Vec::new();
    for file in files_below(staged)? {
        let place = target.join(file.strip_prefix(staged).map_err(io::Error::other)?);
        let linked = place.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::hard_link(&file, &place));
        if let Err(error) = linked {
            moved.into_iter().for_each(|file| drop(fs::remove_file(file)));
            return Err(error);
        }
        moved.push(place);
    }
    fs::remove_dir_all(staged)
}

fn files_outside(folder: &FsPath, staged: &FsPath) -> io::Result<Vec<PathBuf>> {
    let hidden = |file: &PathBuf| {
        file.strip_prefix(folder).is_ok_and(|below| below.components().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b".")))
    };
    Ok(files_below(folder)?.into_iter().filter(|file| !file.starts_with(staged) && !hidden(file)).collect())
}

/// The folders that hold files.
fn leaves(folder: &FsPath) -> io::Result<Vec<PathBuf>> {
    let mut leaves: Vec<PathBuf> = files_below(folder)?.iter().filter_map(|file| file.parent().map(FsPath::to_path_buf)).collect();
    leaves.sort();
    leaves.dedup();
    Ok(leaves)
}
