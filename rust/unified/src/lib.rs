//! No code: this crate only turns features of dependencies on, so that building one member of the workspace resolves the same
//! features as building all. Without it `cargo test -p polybolos-server` would compile another DataFusion than `cargo test` does.
