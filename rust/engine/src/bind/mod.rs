//! The binder: from a checked plan, whose columns are names, to DataFusion's logical plans.
//!
//! ```text
//! CheckedPlan -- for each relation --> Scope (what its users see) + Rows (how it is made)
//!                                          |                           |
//!                              names, origins, types        row-wise work, gathered;
//!                              resolve references           a LogicalPlan where one is needed
//! ```
//!
//! It promises: every name is resolved by the rule of the contract and never by guess; types are checked here, so that an
//! error names the relation and the field; thousands of steps and deep expressions cost linear time and no stack. It knows
//! of a session only what [`BindContext`] says.

mod core;
mod expr;
mod fault;
mod ipc;
pub(crate) mod literal;
pub(crate) mod nodes;
mod place;
mod relation;
mod rows;
mod scope;
pub(crate) mod semantics;
pub(crate) mod types;

use std::sync::Arc;

use datafusion::execution::{FunctionRegistry, SessionState};
use datafusion::logical_expr::{Expr, LogicalPlan, Sort, SortExpr};
use datafusion::physical_planner::ExtensionPlanner;
use polybolos_protocol::wire::flight::{ParameterValue, Warning};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::command;
use polybolos_protocol::wire::plan::plan::Root;
use polybolos_protocol::{CheckedPlan, Code, Error, Result};

use self::core::Core;
use self::expr::{Clause, ExprBinder};
use self::nodes::MappedPlanner;
use self::nodes::observe::Observation;
use self::place::{Located, Path};
use self::relation::{Binder, Rel};
use self::scope::{Scope, Visibles};
use self::semantics::SessionSemantics;
use crate::context::BindContext;
use crate::error::unresolved_column;
use crate::features::check_requirements;
use crate::functions::sum::checked_sum;
use crate::functions::{bounded, floats, rounding};

/// Gives a session the functions and options that bound plans count on.
pub(crate) fn register(state: &mut SessionState) -> datafusion::common::Result<()> {
    for aggregate in [checked_sum()].into_iter().chain(floats::all()) {
        state.register_udaf(aggregate)?;
    }
    // Those that DataFusion has for these names take dates and times for texts, and decimals for floats.
    let coalesce = state.udf("coalesce")?.as_ref().clone().with_aliases(["nvl", "ifnull"]);
    state.register_udf(Arc::new(coalesce))?;
    bounded::register(state)?;
    rounding::register(state)?;
    state.config_mut().options_mut().extensions.insert(SessionSemantics::default());
    Ok(())
}

/// What makes physical operators of this module's nodes, for the session's query planner.
pub(crate) fn planners() -> Vec<Arc<dyn ExtensionPlanner + Send + Sync>> {
    vec![Arc::new(MappedPlanner)]
}

/// A bound plan.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for each query, and it does not move much")]
pub(crate) enum Bound {
    Query(BoundQuery),
    Command(BoundCommand),
}

/// A query, ready for the optimizer.
#[derive(Debug)]
pub(crate) struct BoundQuery {
    /// Its columns have internal names; the runner restores the public ones by position.
    pub(crate) plan: LogicalPlan,
    /// Public names, which may repeat.
    pub(crate) output_names: Vec<String>,
    /// Metrics on the side; they can be read when the query has ended.
    pub(crate) observed: Vec<Arc<Observation>>,
    /// What the plan says and this engine does not do.
    pub(crate) warnings: Vec<Warning>,
}

/// A command, with its input and expressions bound.
#[derive(Debug)]
pub(crate) struct BoundCommand {
    pub(crate) kind: command::Kind,
    /// The rows to write, cache or give a name; sorted where the command says so.
    pub(crate) input: Option<BoundQuery>,
    /// `WriteTable.overwrite_where`, over the columns of that table.
    pub(crate) overwrite_where: Option<Expr>,
}

/// Binds a plan. Everything that is wrong with it is told at once, as far as one error does not hide another.
pub(crate) async fn bind(context: &dyn BindContext, plan: &CheckedPlan, parameters: &[ParameterValue]) -> Result<Bound> {
    check_requirements(plan.plan())?;
    let core = Core::new(context, plan, parameters)?;
    let mut binder = Binder::new(&core);
    binder.bind_all().await?;
    match core.plan.root.as_ref() {
        None => Err(Error::new(Code::PlanMissingField, "Plan.root is absent")),
        Some(Root::Relation(id)) => binder.query(*id, Vec::new()).map(Bound::Query),
        Some(Root::Command(command)) => binder.command(command).await.map(Bound::Command),
    }
}

impl Binder<'_> {
    /// The relation as a query, sorted where keys are given.
    fn query(&mut self, id: u32, sort: Vec<SortExpr>) -> Result<BoundQuery> {
        let rel = self.root(id)?;
        if let Some(outer) = rel.outer.first() {
            let message = format!("'{}' of relation {} belongs to an outer query, but there is none here", outer.name, outer.id);
            return Err(Error::new(Code::InvalidExpression, message).relocated(Some(outer.place.clone())));
        }
        let output_names = rel.scope.columns().iter().map(|column| column.name.to_string()).collect();
        let plan = if sort.is_empty() {
            rel.exact_plan()?
        } else {
            let sorted = LogicalPlan::Sort(Sort { expr: sort, input: rel.plan()?, fetch: None });
            relation::exact(Arc::new(sorted), rel.scope.columns().iter().map(|column| &column.column))?
        };
        let plan = Arc::unwrap_or_clone(plan);
        Ok(BoundQuery { plan, output_names, observed: std::mem::take(&mut self.observed), warnings: std::mem::take(&mut self.warnings) })
    }

    fn root(&self, id: u32) -> Result<&Rel> {
        let found = self.core.position(id).and_then(|at| self.relations.get(at)).and_then(Option::as_ref);
        found.ok_or_else(|| Error::new(Code::PlanInvalidTopology, format!("the root names relation {id}, which is not in the plan")))
    }

    async fn command(&mut self, command: &pb::Command) -> Result<BoundCommand> {
        let root = Path::relation(0);
        let root = root.field("command");
        let mut kind = command.kind.clone().ok_or_else(|| Error::new(Code::PlanMissingField, "Command.kind is absent")).at(&root)?;
        let mut overwrite_where = None;
        let mut sort = Vec::new();
        match &mut kind {
            command::Kind::Sql(sql) => self.constants(&mut sql.positional_args, &root.field("sql"))?,
            command::Kind::WriteFiles(write) => {
                let path = root.field("write_files");
                self.known_columns(command.input, &write.partition_by, &path)?;
                sort = self.write_order(command.input, &write.sort_by, &path)?;
            }
            command::Kind::WriteTable(write) => {
                let path = root.field("write_table");
                self.known_columns(command.input, &write.partition_by, &path)?;
                if let Some(condition) = &write.overwrite_where {
                    overwrite_where = Some(self.table_condition(write, condition, &path).await?);
                }
            }
            _ => {}
        }
        let input = if command.input == 0 { None } else { Some(self.query(command.input, sort)?) };
        Ok(BoundCommand { kind, input, overwrite_where })
    }

    fn known_columns(&self, input: u32, names: &[String], path: &Path) -> Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let rel = self.root(input).at(path)?;
        for (number, name) in names.iter().enumerate() {
            if rel.scope.named(name, self.core.names()).is_empty() {
                let all: Vec<String> = rel.scope.columns().iter().map(|column| column.name.to_string()).collect();
                return Err(unresolved_column(name, &all)).at(&path.item("partition_by", number));
            }
        }
        Ok(())
    }

    fn write_order(&self, input: u32, keys: &[pb::SortKey], path: &Path) -> Result<Vec<SortExpr>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let rel = self.root(input).at(path)?;
        let scopes = [(rel.at, rel.scope.as_ref())];
        let mut binder = self.over(&scopes, Clause::in_place("the order of a write"));
        binder.bind_sort_keys(keys, "sort_by", path)
    }

    /// A condition over the columns of the table that is written.
    async fn table_condition(&self, write: &pb::WriteTable, condition: &pb::Expression, path: &Path<'_>) -> Result<Expr> {
        let read = pb::ReadTable { table: write.table.clone(), ..Default::default() };
        let table = self.core.context.table(&read).await.at(&path.field("table"))?;
        self.condition_over(&table, condition, &path.field("overwrite_where"))
    }

    fn condition_over(&self, table: &LogicalPlan, condition: &pb::Expression, path: &Path) -> Result<Expr> {
        let columns = table.schema().iter().map(|(_, field)| {
            let column = datafusion::common::Column::new_unqualified(field.name());
            Arc::new(scope::Visible {
                name: field.name().as_str().into(),
                qualifiers: Vec::new(),
                column,
                field: Arc::clone(field),
                born: usize::MAX,
                from: Vec::new(),
            })
        });
        let scope = Scope::new(columns.collect());
        let scopes = [(usize::MAX, &scope)];
        let visible = Visibles { inputs: &scopes, lineage: &self.core.lineage, names: self.core.names() };
        let mut binder = ExprBinder::new(self.core, &self.relations, visible, Clause::in_place("overwrite_where"));
        binder.bind_condition(Some(condition), path).map(|condition| condition.expr)
    }
}
