//! Errors of object stores and files, in both directions: a store of ours must speak `object_store::Error`.

use std::io;

use polybolos_protocol::{Code, Error};

use super::{external, text};

pub(super) fn describe(error: &object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { path, .. } => Error::new(Code::FileNotFound, format!("no file '{path}'")).param("path", path),
        object_store::Error::AlreadyExists { path, .. } => {
            Error::new(Code::AlreadyExists, format!("'{path}' exists already")).param("path", path)
        }
        object_store::Error::PermissionDenied { path, .. } | object_store::Error::Unauthenticated { path, .. } => {
            Error::new(Code::PermissionDenied, format!("the storage refuses access to '{path}'")).param("path", path)
        }
        object_store::Error::InvalidPath { source } => Error::invalid_argument(format!("not a path: {source}")),
        object_store::Error::NotImplemented { operation, .. } => Error::unsupported(format!("the storage cannot {operation}")),
        object_store::Error::NotSupported { source } => Error::unsupported(text::first_line(&source.to_string())),
        object_store::Error::Generic { source, .. } => known_cause(source.as_ref()).unwrap_or_else(|| outside(error)),
        _ => outside(error),
    }
}

/// A cause that says more than "the storage failed": an error of ours, or one of the operating system.
fn known_cause(cause: &(dyn std::error::Error + 'static)) -> Option<Error> {
    let mut next = Some(cause);
    while let Some(cause) = next {
        if cause.is::<Error>() || cause.is::<io::Error>() || cause.is::<object_store::Error>() {
            return Some(external(cause));
        }
        next = cause.source();
    }
    None
}

fn outside(error: &object_store::Error) -> Error {
    Error::new(Code::External, format!("the storage failed: {}", text::first_line(&error.to_string())))
}

pub(super) fn describe_io(error: &io::Error) -> Error {
    if let Some(cause) = error.get_ref()
        && cause.is::<Error>()
    {
        return external(cause);
    }
    if text::is_spill_full(&error.to_string()) {
        return Error::new(
            Code::ResourcesExhausted,
            "the query does not fit into its memory, and needs more spill space than one query may use",
        );
    }
    let code = match error.kind() {
        io::ErrorKind::NotFound => Code::FileNotFound,
        io::ErrorKind::PermissionDenied => Code::PermissionDenied,
        io::ErrorKind::AlreadyExists => Code::AlreadyExists,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => Code::DataCorrupt,
        _ if text::is_damage(&error.to_string()) => Code::DataCorrupt,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::OutOfMemory => Code::ResourcesExhausted,
        _ => Code::External,
    };
    Error::new(code, format!("input or output failed: {error}"))
}

/// Our error inside the error type that an object store must answer.
pub(crate) fn in_object_store(error: Error) -> object_store::Error {
    object_store::Error::Generic { store: "polybolos", source: Box::new(error) }
}
