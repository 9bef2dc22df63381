//! `polybolos token`: a new token, shown once.

use std::io::{self, Write as _};
use std::time::SystemTime;

use polybolos_protocol::{Error, Result};
use polybolos_server::token;

use crate::args::TokenArgs;
use crate::{output, sql};

pub(crate) fn run(args: &TokenArgs) -> Result<()> {
    let expiry = args.expires.as_deref().map(expiry).transpose()?;
    let (token, line) = token::generate(&args.name, expiry)?;
    sql::say(&format!("Line for the token file:\n{line}\nThe token, shown only now:"))?;
    writeln!(io::stdout(), "{token}").map_err(|error| output::write_error(&"the token", error))
}

fn expiry(lifetime: &str) -> Result<SystemTime> {
    let lifetime = humantime::parse_duration(lifetime)
        .map_err(|error| Error::invalid_argument(format!("--expires {lifetime}: {error}; such as 90d or 12h")))?;
    SystemTime::now().checked_add(lifetime).ok_or_else(|| Error::invalid_argument("--expires is too far away"))
}
