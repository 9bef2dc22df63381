//! `polybolos config`: check a file, print a commented one.

use std::io::{self, Write as _};

use polybolos_protocol::{Code, Error, Result};
use polybolos_server::config;

use crate::args::ConfigCommand;
use crate::output;

pub(crate) fn run(command: ConfigCommand) -> Result<()> {
    let text = match command {
        ConfigCommand::Template { .. } => config::template(),
        ConfigCommand::Check { file } => {
            // A fault in the file is a failed check, not wrong usage of the command.
            config::check(&file).map_err(|error| match error.code() {
                Code::InvalidArgument => Error::new(Code::DataInvalid, error.message()),
                _ => error,
            })?;
            format!("{} is right\n", file.display())
        }
    };
    write!(io::stdout(), "{text}").map_err(|error| output::write_error(&"the answer", error))
}
