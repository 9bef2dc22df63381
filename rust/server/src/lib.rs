//! The public door: Arrow Flight in front of whatever runs plans.
//!
//! ```text
//!   TCP, TLS ── connection ── auth layer ── door ──┬── our messages (ExecutePlan, actions ...)
//!                                                  └── Flight SQL's, turned into plans
//!                                                       │
//!                             sessions, admission, query life cycle, sealed tickets
//!                                                       │
//!                                    polybolos_protocol::transport::Engine
//! ```
//!
//! It knows plans, sessions, tickets and principals; it never sees the engine's insides. Every request passes the one
//! authentication layer; every client byte that would reach Arrow's IPC decoder passes the guard first.

mod auth;
mod body;
mod builder;
mod caller;
pub mod config;
mod connection;
mod door;
mod encode;
mod ending;
mod errors;
mod flight_sql;
pub mod log;
mod messages;
mod metrics;
mod queries;
mod router;
mod sessions;
mod ticket;
mod tls;

pub use auth::token;
pub use builder::{Server, ServerBuilder};
pub use config::ServerConfig;
