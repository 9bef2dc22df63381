//! guard
use object_store::ObjectMeta;
use polybolos_protocol::{Error, Result};

use crate::storage::Storage;

pub(crate) async fn check_file(_storage: &Storage, _file: &ObjectMeta) -> Result<()> {
    Err(Error::unsupported("Arrow files"))
}
