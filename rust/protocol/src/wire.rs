//! The generated types: the only place that includes them. Their documentation is the comments of `proto/`.

/// `polybolos.plan.v1`: types, expressions, functions, relations, plans.
pub mod plan {
    pub use v1::*;

    /// The package's major version.
    #[expect(clippy::large_enum_variant, reason = "generated: a plan holds each kind of relation by value")]
    pub mod v1 {
        include!(concat!(env!("OUT_DIR"), "/polybolos.plan.v1.rs"));
    }
}

/// `polybolos.flight.v1`: what travels in Flight descriptors, tickets and actions; error details.
pub mod flight {
    pub use v1::*;

    /// The package's major version.
    pub mod v1 {
        include!(concat!(env!("OUT_DIR"), "/polybolos.flight.v1.rs"));
    }
}

/// The file descriptors of the contract, encoded as a `FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
