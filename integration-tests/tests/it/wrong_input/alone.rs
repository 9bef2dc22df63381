//! Tests that need a process of their own: what they measure (memory, processor time) is the whole process', or the process dies.
//!
//! Such a test starts this test binary again, with only itself in it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

const ROLE: &str = "POLYBOLOS_TEST_ROLE";
/// The marker before the line that a process prints for the one that has started it.
const SAYS: &str = "to the parent: ";

/// Runs the body in a process of its own. `test` is the test's path: `concat!(module_path!(), "::name")`.
pub(crate) fn alone(test: &str, body: impl Future<Output = ()>) {
    if role().is_some() {
        return runtime().block_on(body);
    }
    let done = again(test, "alone").output().expect("the test binary starts");
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success() && out.contains("1 passed"), "{test} in its own process: {}\n{out}\n{err}", done.status);
}

/// What this process is, where a test of another one has started it.
pub(crate) fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

/// Another process of this test, in another role.
pub(crate) struct Other {
    child: Child,
    /// The line that it said.
    pub(crate) said: String,
}

impl Other {
    pub(crate) fn start(test: &str, role: &str) -> Self {
        let mut child = again(test, role).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the test binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let said = lines.find_map(|line| line.expect("text").split_once(SAYS).map(|(_, said)| said.to_owned()));
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, said: said.expect("the other process says something") }
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process ends");
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the other process: says one line, and ends with the parent.
pub(crate) fn say(line: &str) {
    println!("\n{SAYS}{line}");
    std::thread::spawn(|| {
        // The pipe closes when the parent is gone, however it went.
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(1);
    });
}

fn again(test: &str, role: &str) -> Command {
    let name = test.split_once("::").map_or(test, |(_, name)| name);
    let mut command = Command::new(std::env::current_exe().expect("a test binary"));
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(ROLE, role);
    command
}
