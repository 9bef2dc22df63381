//! TPC-H data, made once and kept beside the build.

use std::path::PathBuf;

/// The folder of the TPC-H tables at this scale factor.
pub(crate) fn tpch(scale_factor: f64) -> PathBuf {
    let cache = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let folder = cache.join(format!("bench-data/tpch-{scale_factor}"));
    let done = folder.join("complete");
    if !done.exists() {
        eprintln!("making TPC-H data at scale factor {scale_factor} in {}", folder.display());
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("an old attempt goes");
        }
        polybolos_cli::demo::tpch::generate(scale_factor, &folder, &|_| {}).expect("tables");
        std::fs::write(done, "").expect("a file");
    }
    std::fs::canonicalize(folder).expect("a folder")
}
