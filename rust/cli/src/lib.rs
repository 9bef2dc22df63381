//! The command line `polybolos`: it serves, runs SQL, looks at plans, makes demo data.
//!
//! [`args`] says what can be typed; each subcommand is a module; `output` writes results. A library beside the binary, so that
//! tests and benchmarks make the same data as the demo.

pub mod args;
mod config;
mod connect;
pub mod demo;
mod output;
mod plan;
mod progress;
mod queries;
mod serve;
mod shell;
mod sql;
mod statements;
mod token;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use polybolos_protocol::{Code, Error, Result};

use crate::args::{Cli, Command, DemoCommand};

/// Runs the command line of this process, and answers its exit code.
pub fn main() -> ExitCode {
    ExitCode::from(run_from(std::env::args_os()))
}

/// Parses a command line, the program's name first, runs it, and answers the exit code: 0 done, 1 failed, 2 wrong usage.
pub fn run_from<T: Into<OsString> + Clone>(args: impl IntoIterator<Item = T>) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(usage) => {
            // A closed stream leaves nobody to tell.
            let _ = usage.print();
            return u8::try_from(usage.exit_code()).unwrap_or(2);
        }
    };
    // A server has its log from its configuration.
    if !matches!(cli.command, Command::Serve(_)) {
        init_logs();
    }
    match run(cli.command) {
        Ok(()) => 0,
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => {
            // A closed stderr leaves nobody to tell.
            let _ = writeln!(io::stderr(), "error: {error}");
            if error.code() == Code::InvalidArgument && error.location().is_none() { 2 } else { 1 }
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Serve(args) => block_on(serve::run(args)),
        Command::Sql(args) => block_on(sql::run(args)),
        Command::Plan(command) => block_on(plan::run(command)),
        Command::Demo(DemoCommand::Tpch { scale_factor, output }) => demo::write_tpch(scale_factor, &output),
        Command::Demo(DemoCommand::Taxi { rows, files, seed, output }) => {
            block_on(demo::run_taxi(demo::taxi::Trips { rows, files, seed }, output))
        }
        Command::Config(command) => config::run(command),
        Command::Queries(args) => block_on(queries::run(args)),
        Command::Token(args) => token::run(&args),
        Command::Completions { shell } => completions(shell),
    }
}

/// By way of memory: the generator panics where it cannot write.
fn completions(shell: clap_complete::Shell) -> Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "polybolos", &mut text);
    io::stdout().write_all(&text).map_err(|error| output::write_error(&"the completions", error))
}

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::internal(format!("cannot start the runtime: {error}")).with_source(error))?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}

/// Whoever read our output has gone (`| head`): that is not a failure.
fn is_broken_pipe(error: &Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(current) = cause {
        if current.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe) {
            return true;
        }
        cause = current.source();
    }
    false
}

fn init_logs() {
    let filter =
        tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,polybolos=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).try_init().unwrap_or_default();
}
