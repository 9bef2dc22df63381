//! The Python package, as its users meet it: `python_package.py` in a process of its own, with the release build of the native half.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::figures;
use crate::report::Report;
use crate::server::Server;

pub(crate) fn measure(report: &mut Report, data: &Path, rounds: usize) {
    let python = std::env::var("POLYBOLOS_PYTHON").unwrap_or_else(|_| ".venv/bin/python".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python_package.py");
    let server = Server::start(&[data]);
    let mut program = Command::new(python);
    program.arg(script).arg(data).args([&format!("grpc://{}", server.address()), &rounds.to_string()]);
    // An installed package is compiled once, too.
    program.env("PYTHONPATH", package()).env_remove("PYTHONDONTWRITEBYTECODE");
    figures::add(report, "the Python package", &mut program);
}

/// A folder with the package of this tree over the native half beside this binary.
fn package() -> PathBuf {
    let built = std::env::current_exe().expect("a path").with_file_name("lib_native.so");
    assert!(built.exists(), "{} is missing: 'make bench' builds it", built.display());
    let folder = built.with_file_name("python-package");
    let package = folder.join("polybolos");
    std::fs::create_dir_all(&package).expect("a folder");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bindings/python/python/polybolos");
    for file in std::fs::read_dir(sources).expect("the package") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "py") {
            std::fs::copy(&path, package.join(path.file_name().expect("a name"))).expect("a copy");
        }
    }
    std::fs::copy(built, package.join("_native.abi3.so")).expect("a copy");
    folder
}
