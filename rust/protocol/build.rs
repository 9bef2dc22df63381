//! Compiles the contract (`proto/polybolos`) to Rust types, to the descriptor set that strict decoding walks, and to the
//! table of what each message takes in memory.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

use prost::Message as _;
use prost_types::{DescriptorProto, FileDescriptorProto, FileDescriptorSet};

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
    let mut descriptors = protox::compile(FILES, [&root]).map_err(io::Error::other)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("sizes.rs"), sizes(&descriptors))?;
    prost_build::Config::new().enable_type_names().bytes(["."]).compile_fds(descriptors.clone())?;
    descriptors.file.iter_mut().for_each(|file| file.source_code_info = None);
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    Ok(())
}

/// A Rust expression: the full name of each of our messages beside the size of its Rust type.
fn sizes(descriptors: &FileDescriptorSet) -> String {
    let mut table = String::from("&[\n");
    for file in descriptors.file.iter().filter(|file| file.package().starts_with("polybolos.")) {
        let module = rust_module(file);
        for message in &file.message_type {
            write_size(&mut table, message, file.package(), &module);
        }
    }
    table + "]\n"
}

fn rust_module(file: &FileDescriptorProto) -> String {
    let package = file.package().trim_start_matches("polybolos.");
    format!("crate::wire::{}", package.replace('.', "::"))
}

fn write_size(table: &mut String, message: &DescriptorProto, package: &str, module: &str) {
    let name = message.name();
    let _ = writeln!(table, "    (\"{package}.{name}\", size_of::<{module}::{name}>()),");
    for nested in &message.nested_type {
        write_size(table, nested, &format!("{package}.{name}"), &format!("{module}::{}", snake(name)));
    }
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (i, letter) in name.char_indices() {
        if i > 0 && letter.is_uppercase() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
