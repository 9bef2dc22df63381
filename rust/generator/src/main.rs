//! `polybolos-generate`: writes the generated files, or with `--check` says which of them are stale.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use polybolos_generator::{Error, load, render, root_above, stale, write};

const USAGE: &str = "usage: polybolos-generate [--check] [--root DIR]\n\n\
    Writes every file derived from proto/functions. With --check nothing is written: the\n\
    stale files are named and the exit code is 1.\n";

struct Options {
    check: bool,
    root: Option<PathBuf>,
}

fn main() -> ExitCode {
    let outcome = match options(std::env::args().skip(1)) {
        Ok(Some(options)) => run(&options),
        Ok(None) => Ok(say(USAGE, ExitCode::SUCCESS)),
        Err(message) => Ok(complain(&format!("{message}\n{USAGE}"), ExitCode::from(2))),
    };
    outcome.unwrap_or_else(|error| complain(&format!("{error}\n"), ExitCode::from(2)))
}

fn options(mut words: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options { check: false, root: None };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--check" => options.check = true,
            "--root" => options.root = Some(words.next().ok_or("--root needs a folder")?.into()),
            "--help" | "-h" => return Ok(None),
            other => return Err(format!("unknown argument `{other}`")),
        }
    }
    Ok(Some(options))
}

fn run(options: &Options) -> Result<ExitCode, Error> {
    let root = match &options.root {
        Some(root) => root.clone(),
        None => root_above(Path::new("."))?,
    };
    let registry = load(&root)?;
    let generated = render(&registry);
    let outdated = stale(&root, &generated);
    if outdated.is_empty() {
        return Ok(say(&format!("{} functions, {} files, nothing to do\n", registry.len(), generated.len()), ExitCode::SUCCESS));
    }
    let names: String = outdated.iter().map(|file| format!("  {}\n", file.path.display())).collect();
    if options.check {
        return Ok(complain(&format!("stale generated files (run `make generate`):\n{names}"), ExitCode::FAILURE));
    }
    write(&root, &outdated)?;
    Ok(say(&format!("{} functions, wrote\n{names}", registry.len()), ExitCode::SUCCESS))
}

fn say(text: &str, code: ExitCode) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}

fn complain(text: &str, code: ExitCode) -> ExitCode {
    match std::io::stderr().write_all(text.as_bytes()) {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}
