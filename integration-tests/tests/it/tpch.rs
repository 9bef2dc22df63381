//! TPC-H at scale factor 0.01: all queries as SQL and as DataFrames, embedded and over Flight, give DuckDB's answers.

use std::path::PathBuf;
use std::sync::OnceLock;

use polybolos_client::Session;
use polybolos_engine::{Access, EngineBuilder, StorageRoots};
use polybolos_integration_tests::doors::{self, Server};
use polybolos_integration_tests::tpch::{Tables, answer, difference, query, rows, sql};
use std::sync::Arc;

fn data() -> &'static PathBuf {
    static DATA: OnceLock<PathBuf> = OnceLock::new();
    DATA.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder").keep();
        polybolos_cli::demo::tpch::generate(0.01, &folder, &|_| {}).expect("tables");
        folder
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_in_this_process_are_duckdbs() {
    check(&doors::embedded()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_over_flight_are_duckdbs() {
    let roots = StorageRoots::none().with_folder("tpch", data(), Access::Read);
    let server = Server::start(Arc::new(EngineBuilder::new().with_roots(roots).build().expect("an engine"))).await;
    check(&server.session().await).await;
}

async fn check(session: &Session) {
    let tables = Tables::read(session, data()).expect("tables");
    tables.create_views().await.expect("views");
    let mut broken = Vec::new();
    for number in 1..=22 {
        let expected = answer(number);
        let frame = query(number, &tables).expect("a DataFrame").collect().await;
        let text = session.sql(sql(number)).expect("a DataFrame").collect().await;
        for (how, result) in [("as a DataFrame", frame), ("as SQL", text)] {
            let why = match result {
                Ok(batches) => difference(&expected[1..], rows(&batches).get(1..).unwrap_or_default()),
                Err(error) => Some(error.to_string()),
            };
            broken.extend(why.map(|why| format!("query {number} {how}: {why}")));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
