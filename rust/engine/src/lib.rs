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

mod bind {
    pub(crate) mod literal;
    pub(crate) mod types;
    use datafusion::execution::SessionState;
    use datafusion::logical_expr::LogicalPlan;
    use polybolos_protocol::wire::flight::ParameterValue;
    use polybolos_protocol::wire::plan as pb;
    use polybolos_protocol::{CheckedPlan, Error, Result};
    use crate::context::BindContext;
    pub(crate) enum Bound { Query(BoundQuery), Command(BoundCommand) }
    pub(crate) struct BoundQuery { pub(crate) plan: LogicalPlan, pub(crate) output_names: Vec<String> }
    pub(crate) struct BoundCommand { pub(crate) kind: pb::command::Kind, pub(crate) input: Option<BoundQuery> }
    pub(crate) fn register(_state: &mut SessionState) -> datafusion::common::Result<()> { Ok(()) }
    pub(crate) async fn bind(context: &dyn BindContext, plan: &CheckedPlan, _parameters: &[ParameterValue]) -> Result<Bound> {
        let query = |plan: LogicalPlan| BoundQuery { output_names: plan.schema().fields().iter().map(|f| f.name().clone()).collect(), plan };
        let mut input = None;
        if let Some(relation) = plan.plan().relations.first() {
            let Some(pb::relation::Kind::Sql(sql)) = &relation.kind else { return Err(Error::unsupported("bind")) };
            input = Some(query(context.sql_query(&sql.text, &[], &[], &[]).await?));
        }
        match &plan.plan().root {
            Some(pb::plan::Root::Command(command)) => Ok(Bound::Command(BoundCommand { kind: command.kind.clone().ok_or_else(|| Error::unsupported("none"))?, input })),
            _ => input.map(Bound::Query).ok_or_else(|| Error::unsupported("bind")),
        }
    }
}
mod builder;
mod capabilities;
mod catalog;
mod commands;
mod context;
mod coop;
mod engine;
mod error;
mod explain;
mod files;
pub mod guard;
mod limits;
mod memory;
mod metrics;
mod output;
mod private_folder;
mod queries;
mod run;
mod runtime;
mod scan;
mod session;
mod sql;
mod state;
mod storage;

pub use builder::{EngineBuilder, embedded};
pub use engine::LocalEngine;
pub use limits::EngineLimits;
pub use storage::{Access, S3Root, Storage, StorageRoots};
