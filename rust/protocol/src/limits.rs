//! Every number that a plan's author can reach, once, with its default, its maximum and the error it raises.
//!
//! `docs/limits.md` is printed from this table by a test.

use crate::error::{Code, Error, Result};

/// How deep the messages of a plan nest, the plan itself counted. A wall of the protobuf implementations, not a setting:
/// expressions that would go deeper are hoisted into `Plan.shared_expressions`.
pub const MESSAGE_DEPTH_MAX: u32 = 100;

/// One limit: what configuration and documentation say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The name in configuration files and in errors.
    pub name: &'static str,
    /// What holds when nobody says otherwise.
    pub default: u64,
    /// What configuration may raise it to.
    pub maximum: u64,
    /// What the number counts.
    pub unit: Unit,
    /// The error of a plan that exceeds it.
    pub code: Code,
    /// One sentence.
    pub meaning: &'static str,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Things.
    Count,
    /// Levels of nesting.
    Levels,
}

macro_rules! limits {
    ($($name:ident: $type:ty = $default:expr, $maximum:expr, $unit:ident, $code:ident, $meaning:literal;)*) => {
        /// The limits that decoding and validation enforce.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct PlanLimits { $(#[doc = $meaning] pub $name: $type,)* }

        impl Default for PlanLimits {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl PlanLimits {
            /// The table, in the order of the struct.
            pub const ALL: &'static [Limit] = &[$(Limit {
                name: stringify!($name),
                default: $default,
                maximum: $maximum,
                unit: Unit::$unit,
                code: Code::$code,
                meaning: $meaning,
            },)*];

            /// The value of the limit of this name.
            pub fn get(&self, name: &str) -> Option<u64> {
                match name { $(stringify!($name) => Some(u64::from(self.$name)),)* _ => None }
            }

            /// Sets the limit of this name; zero, and more than the maximum, are errors.
            pub fn set(&mut self, name: &str, value: u64) -> Result<()> {
                match name {
                    $(stringify!($name) => {
                        self.$name = <$type>::try_from(in_range(name, value, $maximum)?).unwrap_or(<$type>::MAX);
                        Ok(())
                    })*
                    _ => Err(unknown(name)),
                }
            }
        }
    };
}

limits! {
    plan_bytes: u64 = 16 << 20, 16 << 20, Bytes, PlanTooLarge, "An encoded plan.";
    message_bytes: u64 = 32 << 20, 64 << 20, Bytes, PlanTooLarge, "An encoded message that holds a plan, with the values of its parameters.";
    decoded_bytes: u64 = 256 << 20, 1 << 30, Bytes, PlanTooLarge, "Memory that a message would take once decoded, estimated before anything is allocated.";
    relations: u32 = 10_000, 100_000, Count, PlanTooLarge, "Relations of a plan.";
    edges: u32 = 20_000, 200_000, Count, PlanTooLarge, "Inputs of all relations together.";
    expressions: u32 = 1_000_000, 1_000_000, Count, PlanTooLarge, "Expressions of a plan, shared ones counted once.";
    expressions_inlined: u32 = 1_000_000, 4_000_000, Count, PlanTooLarge, "Expressions of a plan, shared ones counted wherever they are used.";
    expression_depth: u32 = 4_096, 4_096, Levels, PlanTooDeep, "One expression with its shared expressions followed; in SQL, operators and set operations.";
    type_depth: u32 = 32, 32, Levels, PlanTooDeep, "Nesting of one data type.";
    columns: u32 = 4_096, 65_536, Count, PlanTooLarge, "Columns of one schema, or fields of one struct type.";
    literal_bytes: u64 = 1 << 20, 16 << 20, Bytes, PlanTooLarge, "One literal, encoded.";
    identifier_bytes: u32 = 1 << 10, 1 << 10, Bytes, PlanTooLarge, "One name: of a column, table, function, option.";
    text_bytes: u32 = 64 << 10, 1 << 20, Bytes, PlanTooLarge, "One text that is neither name nor SQL: a path, the value of an option, a pattern.";
    sql_bytes: u32 = 1 << 20, 4 << 20, Bytes, PlanTooLarge, "One SQL text.";
    inline_data_bytes: u64 = 1 << 20, 16 << 20, Bytes, PlanTooLarge, "One block of Arrow data or user code inside a plan; larger data goes by DoPut.";
}

fn in_range(name: &str, value: u64, maximum: u64) -> Result<u64> {
    if (1..=maximum).contains(&value) {
        return Ok(value);
    }
    Err(Error::invalid_argument(format!("limit {name} = {value} is outside 1..={maximum}")))
}

fn unknown(name: &str) -> Error {
    let names = PlanLimits::ALL.iter().map(|limit| limit.name);
    Error::invalid_argument(format!("there is no limit {name:?}")).with_candidates(crate::names::nearest(name, names))
}

impl PlanLimits {
    /// The error of a plan that exceeds the limit of this name; `found` says by what.
    pub(crate) fn exceeded(&self, name: &'static str, found: impl std::fmt::Display) -> Error {
        let limit = self.get(name).unwrap_or_default();
        let code = Self::ALL.iter().find(|limit| limit.name == name).map_or(Code::PlanTooLarge, |limit| limit.code);
        Error::new(code, format!("{found}: the limit {name} is {limit}")).param("limit", name)
    }
}

/// The table as `docs/limits.md` shows it.
pub fn to_markdown() -> String {
    let mut page = String::from(PAGE_HEAD);
    for limit in PlanLimits::ALL {
        let Limit { name, default, maximum, unit, code, meaning } = limit;
        page += &format!("| `{name}` | {} | {} | `{code}` | {meaning} |\n", shown(*default, *unit), shown(*maximum, *unit));
    }
    page
}

const PAGE_HEAD: &str = "# Limits of a plan\n\n\
    Printed from `rust/protocol/src/limits.rs` by a test; `UPDATE_DOCS=1 cargo test -p polybolos-protocol` rewrites it.\n\n\
    Each limit is checked before memory is allocated for what exceeds it. The messages of a plan nest at most 100 deep, \
    the plan itself counted; that one is no setting.\n\n\
    | limit | default | maximum | error | what |\n| --- | ---: | ---: | --- | --- |\n";

fn shown(value: u64, unit: Unit) -> String {
    match unit {
        Unit::Bytes if value >= 1 << 30 => format!("{} GiB", value >> 30),
        Unit::Bytes if value >= 1 << 20 => format!("{} MiB", value >> 20),
        Unit::Bytes => format!("{} KiB", value >> 10),
        Unit::Levels => format!("{value} levels"),
        Unit::Count => value.to_string(),
    }
}
