//! The Rust client: DataFrames and SQL that run on a Polybolos server, or on the engine in this process.
//!
//! ```no_run
//! use polybolos_client::{col, functions as f};
//!
//! # async fn example() -> polybolos_client::Result<()> {
//! let session = polybolos_client::connect("grpc://localhost:50051").await?;
//! session
//!     .read_parquet("trips/*.parquet")?
//!     .filter(col("fare_amount").gt(0))?
//!     .group_by("passenger_count")?
//!     .agg((f::avg("tip_amount").alias("tip"), f::count(()).alias("trips")))?
//!     .sort(col("passenger_count").asc())?
//!     .show()
//!     .await
//! # }
//! ```
//!
//! * [`Session`]: where frames start (files, tables, SQL, local data) and where they run.
//! * [`DataFrame`]: a lazily built query; [`Expr`]: what its columns and conditions are made of; [`functions`].
//! * [`QueryResult`]: the batches of a running query, its progress, and the way to stop it.
//! * [`Error`]: one type, with a stable code, and the file and line of the method to blame.
//! * [`connect`], [`Connect`], [`flight`]: the way to a server. [`Session::over`] takes any other transport, such as the
//!   engine in this process.
//!
//! The crate holds no engine: it builds plans and reads Arrow.

mod arrow_ipc;
pub mod call_site;
pub mod expr;
pub mod flight;
pub mod frame;
pub mod functions;
pub mod naming;
mod plan;
mod reclaim;
mod result;
mod session;
pub mod show;
mod types;

pub use arrow_schema::DataType;
pub use polybolos_protocol as protocol;
pub use polybolos_protocol::{Code, Error, Result};

pub use expr::{
    Bound, Case, Comparison, Expr, IntoColumn, IntoColumns, IntoLiteral, IntoOperand, IntoOptional, IntoOptionalColumn, IntoQualifier,
    IntoSortKey, IntoSortKeys, Literal, SortKey, Star, Window, aggregate_call, call, case, col, columns_matching, exists, lambda, lambda2,
    lit, null, parameter, qualified, scalar, sql_expr, star, when, window_call,
};
pub use flight::{Connect, connect};
pub use frame::{
    DataFrame, DropNulls, ExplainMode, Grouped, IntoNames, JoinKind, JoinOn, Pivot, Pivoted, Sample, Unnest, Unpivot, WriteMode,
    WriteOptions, WriteSummary,
};
pub use result::{CancelHandle, QueryResult};
pub use session::{
    ArrowOptions, AvroOptions, CsvOptions, IntoPaths, IntoTableName, JsonOptions, ParquetOptions, Session, SqlOptions, TableInfo,
    ViewOptions,
};
pub use types::{IntoDataType, arrow_name, arrow_type};
