//! Tests that need a process of their own: what they measure (memory, processor time) is the whole process', or the process dies.
//!
//! Such a test starts this test binary again, with only itself in it.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

const ROLE: &str = "POLYBOLOS_TEST_ROLE";

/// Runs the body in a process of its own. `test` is the test's path: `concat!(module_path!(), "::name")`.
pub fn alone(test: &str, body: impl Future<Output = ()>) {
    if role().is_some() {
        return runtime().block_on(body);
    }
    let done = again(test, "alone").stdout(Stdio::piped()).stderr(Stdio::piped()).output().expect("the test binary starts");
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success() && out.contains("1 passed"), "{test} in its own process: {}\n{out}\n{err}", done.status);
}

/// What this process is, where a test of another one has started it.
pub fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

/// The marker before the line that a process prints for the one that has started it.
pub const SAYS: &str = "to the parent: ";

/// Another process of this test, in another role; it dies with this one.
pub struct Other {
    child: Child,
    /// The first line that it said.
    pub said: String,
}

impl Other {
    pub fn start(test: &str, role: &str) -> Self {
        let mut child = again(test, role).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the test binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let said = lines.find_map(|line| line.expect("text").split_once(SAYS).map(|(_, said)| said.to_owned())).expect("the process says something");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, said }
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
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

fn again(test: &str, role: &str) -> Command {
    let name = test.split_once("::").map_or(test, |(_, name)| name);
    let mut command = Command::new(std::env::current_exe().expect("a test binary"));
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(ROLE, role);
    // SAFETY: prctl is async-signal-safe; the child only asks to die with its parent.
    unsafe {
        command.pre_exec(|| {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            Ok(())
        });
    }
    command
}

/// Waits until standard input ends, which is when the parent is gone.
#[expect(dead_code, reason = "PDEATHSIG does it on Linux")]
fn until_parent_ends() {
    let _ = std::io::stdin().read(&mut [0]);
}
