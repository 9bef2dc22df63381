//! The engine, tested by its public door.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod analyze;
mod avro_files;
mod bind_deep;
mod bind_expressions;
mod bind_names;
mod bind_relations;
mod csv_text;
mod explain;
mod files;
mod guard;
mod harness;
mod limits;
mod plans;
mod sessions;
mod sql;
mod sql_rules;
mod storage;
mod write_formats;
mod writes;
