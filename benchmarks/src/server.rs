//! A server in a process of its own: the release binary beside this one.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use polybolos_client::{Session, connect};

pub(crate) struct Server {
    process: Child,
    url: String,
}

impl Server {
    /// Serves these folders on a free port of loopback.
    pub(crate) fn start(folders: &[&Path]) -> Self {
        let binary = std::env::current_exe().expect("a path").with_file_name("polybolos");
        assert!(binary.exists(), "{} is missing: 'make bench' builds it", binary.display());
        let mut command = Command::new(binary);
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("RUST_LOG", "error")
            .env("POLYBOLOS_ENGINE__SESSION_MEMORY", "1GiB")
            .stdout(Stdio::piped());
        for folder in folders {
            command.arg("--data").arg(folder);
        }
        let mut process = command.spawn().expect("a server");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let url = line.split_whitespace().find(|word| word.starts_with("grpc")).expect("an address").to_owned();
        Self { process, url }
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("grpc://")
    }

    pub(crate) async fn session(&self) -> Session {
        connect(&self.url).await.expect("the server answers")
    }

    /// Resident memory in MiB.
    pub(crate) fn resident_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("a process");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).expect("a number") / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
