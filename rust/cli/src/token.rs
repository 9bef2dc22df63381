//! `polybolos token`: a new token, shown once.

use std::io::{self, Write as _};

use polybolos_protocol::Result;
use polybolos_server::token;

use crate::args::TokenArgs;

pub(crate) fn run(args: &TokenArgs) -> Result<()> {
    let new = token::generate(&args.name, args.expires.as_deref())?;
    let mut out = io::stdout();
    writeln!(io::stderr(), "Line for the token file:\n{}\nToken, shown only now:", new.line)
        .and_then(|()| writeln!(out, "{}", new.token))
        .map_err(|error| crate::output::write_error(&"the token", error))
}
