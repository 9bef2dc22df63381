//! Programs in processes of their own that print one JSON line for each figure.

use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::report::Report;

#[derive(Deserialize)]
struct Figure {
    what: String,
    value: String,
    goal: String,
    remark: String,
}

/// Runs the program and takes its figures over; where it fails, there is a line that says so.
pub(crate) fn add(report: &mut Report, name: &str, program: &mut Command) {
    let Some(output) = output(program) else {
        return report.add(name, "-", "", format!("{} cannot run it", program.get_program().to_string_lossy()));
    };
    for line in output.lines() {
        match serde_json::from_str(line) {
            Ok(Figure { what, value, goal, remark }) => report.add(what, value, goal, remark),
            Err(_) => report.add(name, "-", "", format!("no figure: {line}")),
        }
    }
}

/// What the program prints; none where it fails.
fn output(program: &mut Command) -> Option<String> {
    let output = program.stderr(Stdio::inherit()).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}
