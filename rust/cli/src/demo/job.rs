//! The taxi job: who tips, by the number of passengers. The same DataFrame runs in this process and on a server over Flight.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use polybolos_client::functions::{avg, count};
use polybolos_client::{DataFrame, Session, col, connect};
use polybolos_protocol::{Code, Error, Result};

use crate::output;
use crate::sql::say;

/// Columns of the answer.
pub const fn columns() -> [&'static str; 4] {
    ["passenger_count", "trips", "fare", "tip_share"]
}

/// For each number of passengers: trips, mean fare, and the mean share of the fare that was tipped, over paid trips whose number of
/// passengers is known.
pub fn taxi_job(trips: &DataFrame) -> Result<DataFrame> {
    trips
        .filter(col("fare_amount").gt(0).and(col("passenger_count").is_not_null()))?
        .with_column("tip_share", col("tip_amount") / col("fare_amount"))?
        .group_by("passenger_count")?
        .agg((count(()).alias("trips"), avg("fare_amount").alias("fare"), avg("tip_share").alias("tip_share")))?
        .sort(col("passenger_count").asc().nulls_last())?
        .limit(10)
}

/// Runs the job in this process, then over Flight on a server of its own, and prints both answers.
pub(crate) async fn run(folder: &Path) -> Result<()> {
    let here = Session::over(polybolos_engine::embedded()?);
    answer("In this process", &here, folder).await?;
    let server = Server::start(folder)?;
    let there = connect(&server.url).await?;
    answer(&format!("Over Flight, from {}", server.url), &there, folder).await?;
    there.close().await
}

async fn answer(title: &str, session: &Session, folder: &Path) -> Result<()> {
    let path = format!("{}/*.parquet", folder.display());
    let trips = session.read_parquet(path.as_str())?;
    let rows = trips.count().await?;
    let started = Instant::now();
    let table = taxi_job(&trips)?.to_table_string().await?;
    let elapsed = started.elapsed();
    writeln!(io::stdout(), "\n{title}: {rows} trips in {:.0} ms\n{table}", elapsed.as_secs_f64() * 1e3)
        .map_err(|error| output::write_error(&"the answer", error))
}

/// A `polybolos serve` in a process of its own, gone when this is dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(folder: &Path) -> Result<Self> {
        let failed = |error: io::Error| Error::new(Code::Unavailable, format!("cannot start the server: {error}")).with_source(error);
        let binary = std::env::current_exe().map_err(failed)?;
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder).env("RUST_LOG", "warn").stdout(Stdio::piped());
        let mut process = command.spawn().map_err(failed)?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(failed)?;
        }
        let url = line.split_whitespace().find(|word| word.starts_with("grpc")).map(str::to_owned);
        let url = url.ok_or_else(|| Error::new(Code::Unavailable, "the server did not start; its log says why"))?;
        say("Started a server")?;
        Ok(Self { process, url })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only where the server has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
