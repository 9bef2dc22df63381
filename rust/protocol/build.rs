//! Compiles the contract (`proto/polybolos`) to Rust types and to the descriptor set that strict decoding walks.

use std::path::PathBuf;
use std::{env, fs, io};

use prost::Message as _;

const FILES: [&str; 6] = [
    "polybolos/plan/v1/types.proto",
    "polybolos/plan/v1/expression.proto",
    "polybolos/plan/v1/function.proto",
    "polybolos/plan/v1/relation.proto",
    "polybolos/plan/v1/plan.proto",
    "polybolos/flight/v1/flight.proto",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    for file in FILES {
        println!("cargo:rerun-if-changed={}", root.join(file).display());
    }
    let descriptors = protox::compile(FILES, [&root]).map_err(io::Error::other)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    prost_build::Config::new()
        .enable_type_names()
        .bytes(["."])
        .compile_fds(descriptors)?;
    Ok(())
}
