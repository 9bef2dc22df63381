//! The engine in a JVM: the native half of `polybolos-embedded`, loaded through JNI.
//!
//! ```text
//! io.polybolos.embedded (Kotlin: Transport, QueryResult, loader)
//!    └─ io.polybolos.embedded.Native
//!          └─ this crate:  natives ── sessions ── engines ── polybolos-engine
//!                             └─ query, stream (batches out and in)
//! ```
//!
//! The same plan bytes as over Flight. Messages cross as bytes of `polybolos.flight.v1`, decoded strictly; data crosses as the Arrow C
//! stream interface, both ways. There is no native for an operator.
//!
//! What the JVM may rely on:
//!
//! * **Handles are numbers, not addresses** (`handles.rs`). One that was closed, or never was, is an exception.
//! * **Errors are exceptions that carry the bytes of `grpc-status-details-bin`** (`failure.rs`), so that the client decodes them as it
//!   decodes those of a server. A panic is one too.
//! * **Waiting ends when the thread is interrupted** (`wait.rs`).
//! * **Nothing lent by Java is kept** (`layout.rs`): what a session holds is a copy, so that the JVM's allocators can close at any time.

mod engines;
mod failure;
mod handles;
mod layout;
mod natives;
#[cfg(debug_assertions)]
mod panics;
mod query;
mod sessions;
mod stream;
mod wait;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
