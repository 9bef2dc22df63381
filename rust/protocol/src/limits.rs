//! Every number that a plan's author can reach, once, with its default, its maximum and the error it raises.

/// The limits that decoding and validation enforce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanLimits {
    /// Bytes of an encoded plan. Default and maximum 16 MiB; `PLAN_TOO_LARGE`.
    pub plan_bytes: u64,
    /// Relations of a plan. Default 10 000, maximum 100 000; `PLAN_TOO_LARGE`.
    pub relations: u32,
    /// Expressions of a plan, shared ones counted once. Default 1 000 000; `PLAN_TOO_LARGE`.
    pub expressions: u32,
    /// Depth of one expression with its shared expressions followed. Default and maximum 4 096 (binding it takes stack);
    /// `PLAN_TOO_DEEP`. The messages themselves nest at most 100 deep.
    pub expression_depth: u32,
    /// Columns of one schema. Default 4 096, maximum 65 536; `PLAN_TOO_LARGE`.
    pub columns: u32,
    /// Nesting of one data type. Default and maximum 32; `PLAN_TOO_DEEP`.
    pub type_depth: u32,
    /// Bytes of one literal. Default 1 MiB, maximum 16 MiB; `PLAN_TOO_LARGE`.
    pub literal_bytes: u64,
    /// Bytes of one identifier. Default and maximum 1 KiB; `PLAN_TOO_LARGE`.
    pub identifier_bytes: u32,
    /// Bytes of a SQL text. Default 1 MiB, maximum 4 MiB; `PLAN_TOO_LARGE`.
    pub sql_bytes: u32,
    /// Bytes of Arrow data inside a plan. Default 1 MiB, maximum 16 MiB; larger data goes by DoPut; `PLAN_TOO_LARGE`.
    pub inline_data_bytes: u64,
}

impl Default for PlanLimits {
    fn default() -> Self {
        Self {
            plan_bytes: 16 << 20,
            relations: 10_000,
            expressions: 1_000_000,
            expression_depth: 4_096,
            columns: 4_096,
            type_depth: 32,
            literal_bytes: 1 << 20,
            identifier_bytes: 1 << 10,
            sql_bytes: 1 << 20,
            inline_data_bytes: 1 << 20,
        }
    }
}
