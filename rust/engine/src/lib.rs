//! Runs plans in this process, on DataFusion.
//!
//! ```text
//! CheckedPlan --bind--> LogicalPlan --run--> record batches
//!                 |         \--write--> files, tables
//!    catalog, files, sql, storage (roots only)
//! ```
//!
//! * [`EngineBuilder`] puts an engine together: storage roots, memory, limits; [`embedded`] is the one for a caller's own process.
//! * [`LocalEngine`] implements the protocol's `Engine`; its sessions implement `Transport`.
//! * [`guard`] checks Arrow IPC bytes from outside before Arrow reads them.

mod bind;
mod builder;
mod capabilities;
mod catalog;
mod commands;
mod context;
mod coop;
mod engine;
mod error;
mod explain;
mod features;
mod files;
mod functions;
pub mod guard;
mod limits;
mod memory;
mod metrics;
mod output;
mod private_folder;
mod queries;
mod rules;
mod run;
mod runtime;
mod scan;
mod session;
mod sql;
mod state;
mod storage;
mod write;

pub use builder::{EngineBuilder, embedded};
pub use engine::LocalEngine;
pub use limits::EngineLimits;
pub use storage::{Access, S3Root, Storage, StorageRoots};
