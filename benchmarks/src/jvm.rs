//! The JVM client, as its users meet it: `polybolos-bench` in JVMs of its own, with the release build of the native library.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::figures;
use crate::report::Report;
use crate::server::Server;

/// What `polybolos-bench --json` writes, as far as it is shown.
#[derive(Deserialize)]
struct Suite {
    ends: Vec<String>,
    /// The second end over the first.
    ratio_geometric_mean: f64,
    queries: Vec<Query>,
    wrong: Vec<String>,
}

#[derive(Deserialize)]
struct Query {
    end: String,
    median_ms: f64,
}

pub(crate) fn measure(report: &mut Report, data: &Path, rounds: usize) {
    let bench = match Bench::built() {
        Ok(bench) => bench,
        Err(why) => return report.add("the JVM", "-", "", why),
    };
    let server = Server::start(&[data]);
    let url = format!("grpc://{}", server.address());
    figures::add(report, "the JVM, wire", bench.command(&[], "wire").args(["--url", &url, "--data"]).arg(data));
    figures::add(report, "the JVM, latency", bench.command(&[], "latency").args(["--url", &url]));
    figures::add(report, "the JVM, heap", bench.command(&["-Xmx512m"], "heap").args(["--url", &url]));
    tpch(report, &bench, data, &url, rounds);
}

fn tpch(report: &mut Report, bench: &Bench, data: &Path, url: &str, rounds: usize) {
    let name = "TPC-H from the JVM, over Flight / embedded";
    let json = match tempfile::NamedTempFile::new() {
        Ok(file) => file,
        Err(error) => return report.add(name, "-", "", error.to_string()),
    };
    let mut command = bench.command(&[], "tpch");
    command.args(["--embedded", "--url", url, "--runs", &rounds.to_string(), "--data"]).arg(data).arg("--json").arg(json.path());
    let answers = answers(data);
    if let Some(folder) = &answers {
        command.arg("--answers").arg(folder);
    }
    // Its table is for people, who can see it go by.
    let ran = command.stdout(std::io::stderr()).status().is_ok_and(|status| status.success());
    let suite = std::fs::read(json.path()).ok().and_then(|json| serde_json::from_slice::<Suite>(&json).ok());
    match suite {
        Some(suite) if ran && suite.wrong.is_empty() => add(report, name, &suite, answers.is_some()),
        Some(suite) if !suite.wrong.is_empty() => report.add(name, "-", "", suite.wrong.join("; ")),
        _ => report.add(name, "-", "", "polybolos-bench failed"),
    }
}

fn add(report: &mut Report, name: &str, suite: &Suite, checked: bool) {
    let sum: f64 = suite.queries.iter().filter(|query| suite.ends.get(1) == Some(&query.end)).map(|query| query.median_ms).sum();
    let answers = if checked { "answers as DuckDB's" } else { "both answer the same" };
    let remark = format!("geometric mean of 22; sum embedded {:.2} s; {answers}", sum / 1e3);
    report.add(name, format!("{:.3}", 1.0 / suite.ratio_geometric_mean), "", remark);
}

/// `polybolos-bench`, and the native library beside this binary.
struct Bench {
    jar: PathBuf,
    library: PathBuf,
}

impl Bench {
    /// Both, where they are; else what is missing.
    fn built() -> Result<Self, String> {
        let jar = concat!("../bindings/jvm/bench/target/polybolos-bench-", env!("CARGO_PKG_VERSION"), ".jar");
        let jar = Path::new(env!("CARGO_MANIFEST_DIR")).join(jar);
        let library = std::env::current_exe().map_err(|error| error.to_string())?.with_file_name("libpolybolos_jvm.so");
        for built in [&jar, &library] {
            if !built.exists() {
                return Err(format!("{} is missing: 'make bench' builds it", built.display()));
            }
        }
        Ok(Self { jar, library })
    }

    /// A command of it, with these flags for the JVM.
    fn command(&self, flags: &[&str], command: &str) -> Command {
        let mut java = Command::new("java");
        java.args(flags).arg(format!("-Dpolybolos.native.path={}", self.library.display())).arg("-jar").arg(&self.jar).arg(command);
        java
    }
}

/// DuckDB's answers beside the data, made once; none where there is no DuckDB.
fn answers(data: &Path) -> Option<PathBuf> {
    let mut folder = data.as_os_str().to_owned();
    folder.push("-answers");
    let folder = PathBuf::from(folder);
    let last = folder.join("q22.csv");
    if !last.exists() {
        let python = std::env::var("POLYBOLOS_PYTHON").unwrap_or_else(|_| ".venv/bin/python".to_owned());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../integration-tests/python/tpch_answers.py");
        Command::new(python).arg(script).arg(data).arg(&folder).stdout(Stdio::null()).status().ok()?;
    }
    last.exists().then_some(folder)
}
