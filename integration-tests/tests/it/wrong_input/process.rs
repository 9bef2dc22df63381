//! What this process uses, as the kernel counts it.

use std::fs;
use std::time::{Duration, Instant};

/// Resident memory in MiB.
pub(crate) fn memory_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.split_whitespace().next().expect("a number").parse::<u64>().expect("a number") >> 10
}

/// Processor time of all threads so far.
pub(crate) fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("a stat");
    let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

/// Waits until the process uses less than a tenth of one core; it must within so many seconds.
pub(crate) async fn until_idle(seconds: u64) {
    const WINDOW: Duration = Duration::from_millis(400);
    let deadline = Instant::now() + Duration::from_secs(seconds) + WINDOW;
    let mut window = tokio::time::interval(WINDOW);
    window.tick().await;
    loop {
        let before = processor_time();
        window.tick().await;
        let used = processor_time() - before;
        if used * 10 < WINDOW {
            return;
        }
        assert!(Instant::now() < deadline, "the process still uses {used:?} of processor time in {WINDOW:?} after {seconds} s");
    }
}
