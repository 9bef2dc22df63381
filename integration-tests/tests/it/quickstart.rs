//! The Rust program of the README, word for word between the two lines of dashes; `python/test_readme.py` compares them.

use std::sync::Arc;

use polybolos_engine::{Access, EngineBuilder, StorageRoots};
use polybolos_integration_tests::doors::Server;

#[tokio::test(flavor = "multi_thread")]
async fn the_program_of_the_readme_runs_here_and_on_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let trips = polybolos_cli::demo::taxi::Trips { rows: 10_000, files: 2, seed: 1 };
    trips.generate(folder.path(), &|_| {}).expect("trips");
    let path = format!("{}/*.parquet", folder.path().display());
    program(None, &path).await.expect("the program runs in this process");
    let roots = StorageRoots::none().with_folder("trips", folder.path(), Access::Read);
    let server = Server::start(Arc::new(EngineBuilder::new().with_roots(roots).build().expect("an engine"))).await;
    program(Some(&server.url()), &path).await.expect("the program runs on a server");
}

// ----
use polybolos_client::functions::{avg, count};
use polybolos_client::{Result, Session, col, connect};

async fn program(url: Option<&str>, trips: &str) -> Result<()> {
    let session = match url {
        Some(url) => connect(url).await?,                     // a server
        None => Session::over(polybolos_engine::embedded()?), // the engine in this process
    };
    let tips = session
        .read_parquet(trips)?
        .filter(col("fare_amount").gt(0) & col("passenger_count").is_not_null())?
        .with_column("tip_share", col("tip_amount") / col("fare_amount"))?
        .group_by("passenger_count")?
        .agg((avg("tip_share").alias("tip_share"), count(()).alias("trips")))?
        .sort(col("passenger_count").asc().nulls_last())?
        .limit(10)?;
    tips.show().await?;
    session.close().await
}
// ----
