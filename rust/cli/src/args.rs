//! The command line: what can be typed, with examples. Nothing here does anything.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::Styles;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// A polyglot compute platform over Arrow Flight: one plan, one engine, many languages.
#[derive(Debug, Parser)]
#[command(name = "polybolos", version, propagate_version = true, styles = Styles::plain(), after_help = "\
Examples:
  polybolos sql -c \"select count(*) from 'trips/*.parquet'\"
  polybolos serve --data ./data
  polybolos sql --url grpc://localhost:50051
  polybolos demo taxi

Exit codes: 0 done, 1 the query or command failed, 2 wrong usage. Results go to stdout, errors and logs to stderr (RUST_LOG).")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve Flight and Flight SQL on one port
    Serve(ServeArgs),
    /// Run SQL, here or on a server; without -c and -f, an interactive shell, or what is piped in
    Sql(SqlArgs),
    /// Look at a plan: as text (.txtpb), JSON or binary
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Data to play with, and the taxi job end to end
    #[command(subcommand)]
    Demo(DemoCommand),
    /// Check a configuration file, or print a commented one
    #[command(subcommand)]
    Config(ConfigCommand),
    /// List the queries of a server, or cancel one
    Queries(QueriesArgs),
    /// Make a token for a server's token file
    Token(TokenArgs),
    /// Print completions for a shell
    #[command(after_help = "Example:\n  polybolos completions bash > ~/.local/share/bash-completion/completions/polybolos")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// `polybolos serve`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  polybolos serve --data ./data                      on this machine only, no token needed
  polybolos serve --config server.toml               see 'polybolos config template server'
  polybolos serve --listen 0.0.0.0:50051 --tls-cert cert.pem --tls-key key.pem --tokens tokens.txt")]
pub struct ServeArgs {
    /// Address and port to listen on [default: 127.0.0.1:50051]; port 0 takes a free one and prints it
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A folder that clients may read and write; NAME=DIR names it (default: the folder's own name); may repeat
    #[arg(long, value_name = "[NAME=]DIR")]
    pub data: Vec<String>,
    /// Certificate chain (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// File of accepted tokens, hashed; see 'polybolos token'
    #[arg(long, value_name = "FILE")]
    pub tokens: Option<PathBuf>,
    /// Address of the Prometheus metrics listener [default: none]
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<SocketAddr>,
    /// Accept a public address without TLS and tokens
    #[arg(long)]
    pub insecure: bool,
}

/// Where to run: here, or on a server.
#[derive(Debug, Args, Clone)]
pub struct Target {
    /// Server, grpc://HOST:PORT or grpc+tls://HOST:PORT [default: the engine in this process]
    #[arg(long, value_name = "URL", env = "POLYBOLOS_URL")]
    pub url: Option<String>,
    /// Token for the server; better given by POLYBOLOS_TOKEN, which other users of the machine cannot see
    #[arg(long, value_name = "TOKEN", env = "POLYBOLOS_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Certificate authority of the server (PEM) [default: the system's]
    #[arg(long, value_name = "FILE")]
    pub tls_ca: Option<PathBuf>,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people
    Table,
    /// CSV with a header
    Csv,
    /// One JSON object a line
    Json,
    /// Arrow IPC stream
    Arrow,
    /// Parquet
    Parquet,
}

/// `polybolos sql`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  polybolos sql -c \"select 1\"
  polybolos sql -c \"select * from 'data/*.csv' limit 5\" --format json
  polybolos sql --url grpc://localhost:50051 -f report.sql --format parquet -o report.parquet")]
pub struct SqlArgs {
    /// Where to run
    #[command(flatten)]
    pub target: Target,
    /// SQL to run; several statements are separated by ';'
    #[arg(short = 'c', long, value_name = "SQL", conflicts_with = "file")]
    pub command: Option<String>,
    /// File of SQL to run; '-' is standard input
    #[arg(short = 'f', long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Format of results
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// File for the results; of several statements in arrow or parquet, the last one's [default: standard output]
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Rows that a table shows at most
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub max_rows: usize,
    /// Print the time that each statement took, to stderr
    #[arg(long)]
    pub timing: bool,
}

/// `polybolos plan`
#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Print a plan in another form
    Show {
        /// Plan file: .txtpb, .json, or binary
        file: PathBuf,
        /// Form to print
        #[arg(long, value_enum, default_value_t = PlanForm::Summary)]
        form: PlanForm,
    },
    /// Check a plan against the contract; prints every fault with its place
    Validate {
        /// Plan file
        file: PathBuf,
    },
    /// Bind a plan and print how the engine would run it
    Explain {
        /// Plan file
        file: PathBuf,
        /// Where to bind it
        #[command(flatten)]
        target: Target,
        /// Run it too, and print what each step did
        #[arg(long)]
        analyze: bool,
    },
}

/// Forms of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanForm {
    /// One line a relation
    Summary,
    /// Protobuf text format
    Txtpb,
    /// Protobuf JSON
    Json,
    /// Protobuf binary
    Binary,
}

/// `polybolos demo`
#[derive(Debug, Subcommand)]
pub enum DemoCommand {
    /// Make taxi trips and run a job over them: in process, then from a server over Flight
    Taxi {
        /// Trips to make
        #[arg(long, default_value_t = 6_000_000)]
        rows: u64,
        /// Files to spread them over, one a month
        #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=120))]
        files: u32,
        /// The same seed makes the same trips
        #[arg(long, default_value_t = 20_240_101)]
        seed: u64,
        /// Folder for the files; trips that are there already are used again
        #[arg(long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// Write the TPC-H tables as Parquet
    #[command(after_help = "Example:\n  polybolos demo tpch --scale-factor 0.1 --output tpch")]
    Tpch {
        /// 1 is about 8.7 million rows and 350 MB
        #[arg(long, short = 's', default_value_t = 0.1)]
        scale_factor: f64,
        /// Folder for the tables
        #[arg(long, short = 'o', value_name = "DIR", default_value = "tpch")]
        output: PathBuf,
    },
}

/// `polybolos config`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check a configuration file; unknown keys and bad values are named with their place
    Check {
        /// The file
        file: PathBuf,
    },
    /// Print a commented configuration with every key and its default
    Template {
        /// Which one
        #[arg(default_value = "server", value_parser = ["server"])]
        name: String,
    },
}

/// `polybolos queries`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  polybolos queries --url grpc://localhost:50051
  polybolos queries --url grpc://localhost:50051 --cancel 0190f3c2-...")]
pub struct QueriesArgs {
    /// The server
    #[command(flatten)]
    pub target: Target,
    /// Cancel this query
    #[arg(long, value_name = "ID")]
    pub cancel: Option<String>,
    /// Show ended queries too
    #[arg(long)]
    pub all: bool,
}

/// `polybolos token`
#[derive(Debug, Args)]
#[command(after_help = "\
The token is printed once, on stdout; the line for the server's token file goes to stderr.

Example:
  polybolos token --name notebook --expires 90d")]
pub struct TokenArgs {
    /// Who the token is for
    #[arg(long)]
    pub name: String,
    /// Lifetime, such as 90d or 12h [default: for ever]
    #[arg(long, value_name = "DURATION")]
    pub expires: Option<String>,
}
