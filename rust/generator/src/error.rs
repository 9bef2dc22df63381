//! What can be wrong with the registry, said so that the author finds the place.

use std::path::PathBuf;

/// An error of the generator. The message names the file and, where there is one, the function and the key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// No `proto/functions` folder where one was expected.
    #[error("no folder proto/functions in {} or above it", .0.display())]
    NoRegistry(PathBuf),
    /// A file is not YAML, or not of the registry's shape.
    #[error("{file}: {place}{message}")]
    Shape {
        /// File name, such as `math.yaml`.
        file: String,
        /// The function, as "function `abs`: ", or empty when the mistake is outside of a function.
        place: String,
        /// The key, what is wrong, line and column.
        message: String,
    },
    /// A function is well formed but says something that cannot be.
    #[error("{file}: function `{function}`: {key}: {message}")]
    Rule {
        /// File name, such as `math.yaml`.
        file: String,
        /// Name of the function.
        function: String,
        /// The key, such as `args[1].type`.
        key: String,
        /// What is wrong and what would be right.
        message: String,
    },
    /// Several mistakes, one a line.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Many(Vec<Error>),
}

impl Error {
    /// All mistakes as one error; `Ok` when there is none.
    pub(crate) fn all(mut errors: Vec<Error>) -> Result<(), Error> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Error::Many(errors)),
        }
    }
}

/// A mistake inside one function, before the file and the function's name are attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The key, such as `examples[0].args[1]`.
    pub(crate) key: String,
    /// What is wrong and what would be right.
    pub(crate) message: String,
}

impl Mistake {
    pub(crate) fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }

    pub(crate) fn within(self, file: &str, function: &str) -> Error {
        Error::Rule { file: file.into(), function: function.into(), key: self.key, message: self.message }
    }
}
