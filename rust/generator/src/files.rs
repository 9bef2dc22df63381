//! Generated files and the tree that they belong to.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A file that a target wants to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// Relative to the root of the project.
    pub path: PathBuf,
    /// The whole contents.
    pub text: String,
}

/// The nearest folder at or above `start` that holds `proto/functions`.
pub fn root_above(start: &Path) -> Result<PathBuf, Error> {
    let start = start.canonicalize().map_err(|source| Error::Io { path: start.into(), source })?;
    start.ancestors().find(|folder| folder.join("proto/functions").is_dir()).map(Path::to_owned).ok_or(Error::NoRegistry(start))
}

/// Those files that are missing or differ from what stands in the tree.
pub fn stale(root: &Path, generated: &[Generated]) -> Vec<Generated> {
    let differs = |file: &&Generated| fs::read_to_string(root.join(&file.path)).ok().as_ref() != Some(&file.text);
    generated.iter().filter(differs).cloned().collect()
}

/// Writes the files into the tree, folders included.
pub fn write(root: &Path, generated: &[Generated]) -> Result<(), Error> {
    generated.iter().try_for_each(|file| {
        let path = root.join(&file.path);
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        folder.and_then(|()| fs::write(&path, &file.text)).map_err(|source| Error::Io { path, source })
    })
}
