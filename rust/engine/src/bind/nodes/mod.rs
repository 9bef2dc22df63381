//! Operators that DataFusion does not have: each maps the batches of its input, partition by partition, in order.
//!
//! * [`steps`]: a long list of columns and conditions, evaluated one after the other without nesting;
//! * [`sample`]: a random share of the rows, the same again for the same seed;
//! * [`observe`]: passes the rows on and aggregates them on the side.
//!
//! One logical node ([`Mapped`]) and one physical operator ([`exec::MapExec`]) carry them all. The optimizer sees which columns
//! a node reads and that nothing may be moved through it.

pub(crate) mod exec;
pub(crate) mod observe;
pub(crate) mod sample;
pub(crate) mod steps;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering as Atomic};

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{Column, DFSchemaRef, Result, internal_err};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};

use self::exec::{MapExec, Mapper};

/// What one kind of node does.
pub(crate) trait Mapping: fmt::Debug + Send + Sync {
    /// Its name in EXPLAIN.
    fn name(&self) -> &'static str;
    /// One line for EXPLAIN.
    fn describe(&self, f: &mut fmt::Formatter) -> fmt::Result;
    /// The columns of the input that it reads or passes on.
    fn reads(&self) -> &[Column];
    /// How it runs.
    fn mapper(&self, input: &LogicalPlan, session: &dyn Session, planning: &PhysicalPlanningContext) -> Result<Arc<dyn Mapper>>;
}

/// The logical node.
#[derive(Debug, Clone)]
pub(crate) struct Mapped {
    input: LogicalPlan,
    mapping: Arc<dyn Mapping>,
    schema: DFSchemaRef,
    /// Equal nodes are clones of one node.
    identity: u64,
}

impl Mapped {
    /// The plan in which this mapping stands over the input.
    pub(crate) fn plan(input: LogicalPlan, mapping: Arc<dyn Mapping>, schema: DFSchemaRef) -> LogicalPlan {
        static IDENTITIES: AtomicU64 = AtomicU64::new(0);
        let node = Self { input, mapping, schema, identity: IDENTITIES.fetch_add(1, Atomic::Relaxed) };
        LogicalPlan::Extension(Extension { node: Arc::new(node) })
    }
}

impl UserDefinedLogicalNodeCore for Mapped {
    fn name(&self) -> &str {
        self.mapping.name()
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.mapping.reads().iter().cloned().map(Expr::Column).collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.mapping.describe(f)
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        let same = exprs.iter().zip(self.mapping.reads()).all(|(expr, column)| matches!(expr, Expr::Column(read) if read == column));
        match inputs.pop() {
            Some(input) if same && inputs.is_empty() => Ok(Self { input, ..self.clone() }),
            _ => internal_err!("{} cannot read other columns than before", self.mapping.name()),
        }
    }

    fn necessary_children_exprs(&self, _output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let positions = self.mapping.reads().iter().map(|column| self.input.schema().maybe_index_of_column(column));
        let mut positions: Vec<usize> = positions.collect::<Option<_>>()?;
        positions.sort_unstable();
        positions.dedup();
        Some(vec![positions])
    }
}

impl PartialEq for Mapped {
    fn eq(&self, other: &Self) -> bool {
        self.identity == other.identity && self.input == other.input
    }
}

impl Eq for Mapped {}

impl Hash for Mapped {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity.hash(state);
        self.input.hash(state);
    }
}

impl PartialOrd for Mapped {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

/// Plans [`Mapped`]; a session adds it to its query planner.
#[derive(Debug, Default)]
pub(crate) struct MappedPlanner;

#[async_trait]
impl ExtensionPlanner for MappedPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        planning: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let (Some(mapped), [input]) = (node.as_any().downcast_ref::<Mapped>(), physical_inputs) else {
            return Ok(None);
        };
        let mapper = mapped.mapping.mapper(&mapped.input, session, planning)?;
        let schema = Arc::clone(mapped.schema.inner());
        Ok(Some(Arc::new(MapExec::new(Arc::clone(input), mapper, schema))))
    }
}
