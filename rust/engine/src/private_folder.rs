//! Private folders that vanish when they are dropped: spill files, uploads, half-written output.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use polybolos_protocol::{Code, Error, Result};

/// A folder that only this user can read, removed with all that is in it on drop.
#[derive(Debug)]
pub(crate) struct PrivateFolder(PathBuf);

impl PrivateFolder {
    /// A folder of a random name below another one.
    pub(crate) fn create(below: &PrivateFolder) -> Result<Self> {
        Self::create_named(below.path(), "session-")
    }

    /// A folder whose name begins with `prefix`.
    pub(crate) fn create_named(below: &Path, prefix: &str) -> Result<Self> {
        let path = below.join(format!("{prefix}{}", uuid::Uuid::new_v4().simple()));
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|error| {
            Error::new(Code::External, format!("cannot make a temporary folder below '{}'", below.display())).with_source(error)
        })?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
