//! Relations: each becomes a scope (what its users see) and rows (how DataFusion makes it).

mod aggregate;
mod columns;
mod describe;
mod distinct;
mod join;
mod leaf;
mod limit;
mod pivot;
mod project;
pub(crate) mod set_op;
mod side;
mod table_function;
mod unnest;
mod unpivot;
mod values;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use arrow::datatypes::FieldRef;
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::{Expr, LogicalPlan, Projection, SortExpr};
use indexmap::IndexSet;
use polybolos_protocol::error::PlanPlace;
use polybolos_protocol::wire::flight::{PlanLocation, Precision, Warning};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::relation::Kind;
use polybolos_protocol::{Code, Error, Result};

use super::core::Core;
use super::expr::{Clause, ExprBinder, Typed, missing};
use super::fault::planned;
use super::nodes::observe::Observation;
use super::place::{Located, Path};
use super::rows::Rows;
use super::scope::{Scope, Visible, Visibles};

/// Relations of the tree that a plan becomes when shared relations are copied to each of their users.
const TREE_MAX: u64 = 100_000;
/// Errors that are reported at once.
const ERRORS_MAX: usize = 16;
/// What the depth of a plan may cost ([`nesting_of`]): planning takes the square of it in time and memory.
const NESTING_MAX: u32 = 4_000;

/// A bound relation.
#[derive(Debug)]
pub(crate) struct Rel {
    pub(crate) id: u32,
    /// Position in the plan's list.
    pub(crate) at: usize,
    pub(crate) scope: Arc<Scope>,
    pub(crate) rows: Rows,
    /// References to queries further out.
    pub(crate) outer: Vec<OuterRef>,
    /// In which order the rows come, where a sort has said it.
    pub(crate) order: Option<Arc<[SortExpr]>>,
    /// Relations in the tree below, this one included.
    pub(crate) weight: u64,
    /// What its depth costs: operators that run one inside the other, below and including this one.
    pub(crate) nesting: u32,
    /// The inputs of a UNION ALL, each with exactly the columns of the scope: one more union adds to them.
    pub(crate) parts: Option<Parts>,
    plan: OnceLock<Arc<LogicalPlan>>,
}

/// The inputs of a UNION ALL.
pub(crate) type Parts = Arc<[Arc<LogicalPlan>]>;

/// A reference from inside a subquery to a column of an outer query.
#[derive(Debug, Clone)]
pub(crate) struct OuterRef {
    /// The relation that has the column.
    pub(crate) id: u32,
    /// Its position.
    pub(crate) at: usize,
    pub(crate) name: String,
    pub(crate) column: Column,
    pub(crate) place: PlanPlace,
}

impl Rel {
    /// A plan with at least the columns of the scope.
    pub(crate) fn plan(&self) -> Result<Arc<LogicalPlan>> {
        if let Some(plan) = self.plan.get() {
            return Ok(Arc::clone(plan));
        }
        let plan = self.rows.plan(&self.columns())?;
        Ok(Arc::clone(self.plan.get_or_init(|| plan)))
    }

    /// A plan with exactly the columns of the scope, in their order. A column that occurs twice has another name the second time.
    pub(crate) fn exact_plan(&self) -> Result<Arc<LogicalPlan>> {
        exact(self.plan()?, self.scope.columns().iter().map(|column| &column.column))
    }

    /// The exact plan with a projection on top, for places where DataFusion looks for one.
    pub(crate) fn projected_plan(&self) -> Result<Arc<LogicalPlan>> {
        let plan = self.exact_plan()?;
        if matches!(plan.as_ref(), LogicalPlan::Projection(_)) { Ok(plan) } else { projected(plan) }
    }

    /// The different columns of the scope.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let columns: IndexSet<Column> = self.scope.columns().iter().map(|column| column.column.clone()).collect();
        columns.into_iter().collect()
    }
}

/// The plan with exactly these columns.
pub(crate) fn exact<'c>(plan: Arc<LogicalPlan>, columns: impl Iterator<Item = &'c Column>) -> Result<Arc<LogicalPlan>> {
    let mut times: HashMap<&Column, usize> = HashMap::new();
    let mut exprs = Vec::new();
    for column in columns {
        let time = times.entry(column).or_default();
        *time += 1;
        exprs.push(match *time {
            1 => Expr::Column(column.clone()),
            time => Expr::Column(column.clone()).alias(format!("{}#again{time}", column.name)),
        });
    }
    let already = plan.schema().columns();
    let same =
        already.len() == exprs.len() && already.iter().zip(&exprs).all(|(have, want)| matches!(want, Expr::Column(want) if want == have));
    if same {
        return Ok(plan);
    }
    planned(Projection::try_new(exprs, plan)).map(|projection| Arc::new(LogicalPlan::Projection(projection)))
}

/// A projection of all columns of a plan.
pub(crate) fn projected(plan: Arc<LogicalPlan>) -> Result<Arc<LogicalPlan>> {
    let columns = plan.schema().columns().into_iter().map(Expr::Column).collect();
    planned(Projection::try_new(columns, plan)).map(|projection| Arc::new(LogicalPlan::Projection(projection)))
}

/// The plan with other columns of the outer query in the place of these.
pub(crate) fn with_outer_columns(plan: Arc<LogicalPlan>, replaced: &[(Column, Column)]) -> Result<Arc<LogicalPlan>> {
    if replaced.is_empty() {
        return Ok(plan);
    }
    let replacement = |expr: Expr| match &expr {
        Expr::OuterReferenceColumn(field, column) => match replaced.iter().find(|(old, _)| old == column) {
            Some((_, new)) => Ok(Transformed::yes(Expr::OuterReferenceColumn(Arc::clone(field), new.clone()))),
            None => Ok(Transformed::no(expr)),
        },
        _ => Ok(Transformed::no(expr)),
    };
    let changed =
        Arc::unwrap_or_clone(plan).transform_up_with_subqueries(|plan| plan.map_expressions(|expr| expr.transform_up(replacement)));
    planned(changed).map(|changed| Arc::new(changed.data))
}

/// Binds the relations of a plan one after the other, each from those before it.
pub(crate) struct Binder<'a> {
    pub(crate) core: &'a Core<'a>,
    pub(crate) relations: Vec<Option<Rel>>,
    pub(crate) errors: Vec<Error>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) observed: Vec<Arc<Observation>>,
    /// Inputs of the relation at hand under other columns.
    copies: HashMap<usize, Rel>,
}

/// What the parts of one relation know of it.
#[derive(Clone, Copy)]
pub(crate) struct Here<'r> {
    pub(crate) relation: &'r pb::Relation,
    pub(crate) at: usize,
}

impl Here<'_> {
    pub(crate) fn id(&self) -> u32 {
        self.relation.id
    }
}

impl<'a> Binder<'a> {
    pub(crate) fn new(core: &'a Core<'a>) -> Self {
        Self {
            core,
            relations: Vec::with_capacity(core.plan.relations.len()),
            errors: Vec::new(),
            warnings: Vec::new(),
            observed: Vec::new(),
            copies: HashMap::new(),
        }
    }

    /// Binds every relation; errors are gathered, and what depends on a relation with an error is left out.
    pub(crate) async fn bind_all(&mut self) -> Result<()> {
        let plan = self.core.plan;
        for (at, relation) in plan.relations.iter().enumerate() {
            let here = Here { relation, at };
            let bound = if self.inputs_are_bound(here)? { self.bind_relation(here).await } else { Ok(None) };
            match bound.at(&Path::relation(relation.id)) {
                Ok(bound) => self.relations.push(bound),
                Err(error) => {
                    self.errors.push(error);
                    self.relations.push(None);
                }
            }
            if self.errors.len() >= ERRORS_MAX {
                break;
            }
        }
        self.raise()
    }

    /// The errors so far as one.
    pub(crate) fn raise(&mut self) -> Result<()> {
        let mut errors = std::mem::take(&mut self.errors).into_iter();
        match errors.next() {
            Some(first) => Err(first.with_others(errors)),
            None => Ok(()),
        }
    }

    fn inputs_are_bound(&self, here: Here) -> Result<bool> {
        let mut all = true;
        for id in &here.relation.inputs {
            let earlier = self.core.position(*id).filter(|at| *at < here.at);
            let Some(at) = earlier else {
                let message = format!("input {id} is no earlier relation");
                return Err(Error::new(Code::PlanInvalidTopology, message)).at(&Path::relation(here.id()).field("inputs"));
            };
            all &= self.relations.get(at).is_some_and(Option::is_some);
        }
        Ok(all)
    }

    async fn bind_relation(&mut self, here: Here<'_>) -> Result<Option<Rel>> {
        let root = Path::relation(here.id());
        let kind = here.relation.kind.as_ref().ok_or_else(|| missing(&root.field("kind")))?;
        let mut rel = match kind {
            Kind::ReadTable(read) => self.read_table(here, read).await.at(&root.field("read_table"))?,
            Kind::ReadFiles(read) => self.read_files(here, read).await.at(&root.field("read_files"))?,
            Kind::LocalData(data) => self.local_data(here, data).at(&root.field("local_data"))?,
            Kind::Cached(cached) => self.cached(here, cached).at(&root.field("cached"))?,
            Kind::Sql(query) => self.sql(here, query).await.at(&root.field("sql"))?,
            Kind::Pivot(pivot) => self.pivot(here, pivot, &root.field("pivot")).await?,
            other => self.bind_apart(here, other, &root)?,
        };
        if rel.weight > TREE_MAX {
            let message = format!(
                "the plan becomes more than {TREE_MAX} relations once shared ones are copied to their users; cache a shared result first"
            );
            return Err(Error::new(Code::PlanTooLarge, message)).at(&root);
        }
        rel.nesting = rel.nesting.saturating_add(if rel.parts.is_some() { 0 } else { nesting_of(kind) });
        if rel.nesting > NESTING_MAX {
            let message =
                "too many joins, aggregates, sorts and the like are built one on the other for one query; cache a result on the way";
            return Err(Error::new(Code::PlanTooDeep, message)).at(&root);
        }
        Ok(Some(rel))
    }

    /// Where a subquery turns out to make the columns of its query, the relation is bound again over copies of them.
    fn bind_apart(&mut self, here: Here, kind: &Kind, root: &Path) -> Result<Rel> {
        let bound = self.bind_sync(here, kind, root);
        if !self.core.take_collided() {
            return bound;
        }
        let inputs = (0..here.relation.inputs.len()).map(|number| self.input(here, number).map(|input| (input.at, self.copied(input))));
        self.copies = inputs.collect::<Result<HashMap<_, _>>>()?;
        let bound = self.bind_sync(here, kind, root);
        self.copies.clear();
        self.core.take_collided();
        bound
    }

    /// The relation with its columns under other internal names.
    fn copied(&self, rel: &Rel) -> Rel {
        let fresh: HashMap<Column, Column> =
            rel.columns().into_iter().map(|column| (column.clone(), self.core.fresh(&column.name))).collect();
        let rows = rel.columns().into_iter().fold(rel.rows.clone(), |rows, column| match fresh.get(&column) {
            Some(copy) => rows.compute(copy.clone(), Expr::Column(column), 1),
            None => rows,
        });
        let columns = rel.scope.columns().iter().map(|column| {
            let copy = fresh.get(&column.column).unwrap_or(&column.column).clone();
            let (name, qualifiers, field) = (Arc::clone(&column.name), column.qualifiers.clone(), Arc::clone(&column.field));
            Arc::new(Visible { name, qualifiers, column: copy, field, born: rel.at, from: vec![(rel.at, Arc::clone(column))] })
        });
        Rel {
            id: rel.id,
            at: rel.at,
            scope: Arc::new(Scope::new(columns.collect())),
            rows,
            outer: rel.outer.clone(),
            order: rel.order.clone(),
            weight: rel.weight,
            nesting: rel.nesting,
            parts: None,
            plan: OnceLock::new(),
        }
    }

    fn bind_sync(&mut self, here: Here, kind: &Kind, root: &Path) -> Result<Rel> {
        match kind {
            Kind::Values(values) => self.values(here, values, &root.field("values")),
            Kind::Range(range) => self.range(here, range, &root.field("range")),
            Kind::TableFunction(call) => self.table_function(here, call, &root.field("table_function")),
            Kind::Project(project) => self.project(here, project, &root.field("project")),
            Kind::Filter(filter) => self.filter(here, filter, &root.field("filter")),
            Kind::Aggregate(aggregate) => self.aggregate(here, aggregate, &root.field("aggregate")),
            Kind::Sort(sort) => self.sort(here, sort, &root.field("sort")),
            Kind::Limit(limit) => self.limit(here, limit, &root.field("limit")),
            Kind::Distinct(distinct) => self.distinct(here, distinct, &root.field("distinct")),
            Kind::Window(window) => self.window(here, window, &root.field("window")),
            Kind::Unnest(unnest) => self.unnest(here, unnest, &root.field("unnest")),
            Kind::Sample(sample) => self.sample(here, sample, &root.field("sample")),
            Kind::Repartition(repartition) => self.repartition(here, repartition, &root.field("repartition")),
            Kind::Alias(alias) => self.alias(here, alias, &root.field("alias")),
            Kind::Hint(hint) => self.hint(here, hint, &root.field("hint")),
            Kind::Observe(observe) => self.observe(here, observe, &root.field("observe")),
            Kind::WithColumns(with) => self.with_columns(here, with, &root.field("with_columns")),
            Kind::Rename(rename) => self.rename(here, rename, &root.field("rename")),
            Kind::Drop(drop) => self.drop_columns(here, drop, &root.field("drop")),
            Kind::Conform(conform) => self.conform(here, conform, &root.field("conform")),
            Kind::Unpivot(unpivot) => self.unpivot(here, unpivot, &root.field("unpivot")),
            Kind::FillNulls(fill) => self.fill_nulls(here, fill, &root.field("fill_nulls")),
            Kind::DropNulls(drop) => self.drop_nulls(here, drop, &root.field("drop_nulls")),
            Kind::Replace(replace) => self.replace(here, replace, &root.field("replace")),
            Kind::Describe(describe) => self.describe(here, describe, &root.field("describe")),
            Kind::Join(join) => self.join(here, join, &root.field("join")),
            Kind::SetOp(set_op) => self.set_op(here, set_op, &root.field("set_op")),
            Kind::AsOfJoin(_) => Err(unsupported("as-of joins", &root.field("as_of_join"))),
            Kind::MapBatches(_) => Err(unsupported("foreign functions", &root.field("map_batches"))),
            Kind::GroupedMap(_) => Err(unsupported("foreign functions", &root.field("grouped_map"))),
            Kind::CogroupedMap(_) => Err(unsupported("foreign functions", &root.field("cogrouped_map"))),
            Kind::Extension(any) => Err(unsupported(&format!("the extension {}", any.type_url), &root.field("extension"))),
            _ => Err(Error::internal("this relation is bound elsewhere")),
        }
    }

    /// Says what the plan asks for and this engine does not do.
    pub(crate) fn warn(&mut self, here: Here, code: &str, message: String, path: &Path) {
        let location =
            PlanLocation { relation: here.id(), path: path.to_string(), precision: Precision::Exact as i32, ..Default::default() };
        self.warnings.push(Warning { code: code.to_owned(), message, location: Some(location) });
    }

    /// The input of this number.
    pub(crate) fn input(&self, here: Here, number: usize) -> Result<&Rel> {
        let id = here.relation.inputs.get(number);
        let at = id.and_then(|id| self.core.position(*id));
        let found = at.and_then(|at| self.copies.get(&at).or_else(|| self.relations.get(at)?.as_ref()));
        found.ok_or_else(|| {
            let message = format!(
                "the relation needs {} input{}, it has {}",
                number + 1,
                if number == 0 { "" } else { "s" },
                here.relation.inputs.len()
            );
            Error::new(Code::PlanInvalidTopology, message).relocated(Some(Path::relation(here.id()).field("inputs").place()))
        })
    }

    /// Binds expressions over the only input.
    pub(crate) fn over<'s>(&'s self, scopes: &'s [(usize, &'s Scope)], clause: Clause) -> ExprBinder<'s> {
        let visible = Visibles { inputs: scopes, lineage: &self.core.lineage, names: self.core.names() };
        ExprBinder::new(self.core, &self.relations, visible, clause)
    }
}

/// What one more operator inside the others costs DataFusion, a sort being 1. Row-wise relations are gathered and cost nothing.
/// A hundred joins in a row are as many as its operators can yield to one another.
fn nesting_of(kind: &Kind) -> u32 {
    match kind {
        Kind::Join(_) => 40,
        Kind::Window(_) => 8,
        Kind::Distinct(distinct) => {
            if distinct.on.is_empty() {
                4
            } else {
                8
            }
        }
        Kind::Limit(limit) if limit.with_ties => 8,
        Kind::Aggregate(_) | Kind::Pivot(_) | Kind::Describe(_) | Kind::SetOp(_) => 4,
        Kind::Sort(_) | Kind::Limit(_) | Kind::Unnest(_) | Kind::Unpivot(_) | Kind::Sample(_) | Kind::Repartition(_) | Kind::Observe(_) => {
            1
        }
        Kind::TableFunction(_) | Kind::Sql(_) => 1,
        _ => 0,
    }
}

fn unsupported(what: &str, path: &Path) -> Error {
    Error::unsupported(format!("this engine does not have {what}")).relocated(Some(path.place()))
}

/// A relation in the making.
pub(crate) struct Draft {
    pub(crate) columns: Vec<Arc<Visible>>,
    pub(crate) rows: Rows,
    pub(crate) outer: Vec<OuterRef>,
    pub(crate) order: Option<Arc<[SortExpr]>>,
    pub(crate) parts: Option<Parts>,
    weight: u64,
    nesting: u32,
}

impl Draft {
    /// A relation without inputs.
    pub(crate) fn leaf(rows: Rows, columns: Vec<Arc<Visible>>) -> Self {
        Self { columns, rows, outer: Vec::new(), order: None, parts: None, weight: 1, nesting: 0 }
    }

    /// A relation over these inputs, on other rows.
    pub(crate) fn over(inputs: &[&Rel], rows: Rows, columns: Vec<Arc<Visible>>) -> Self {
        let outer = inputs.iter().flat_map(|input| input.outer.iter().cloned()).collect();
        let weight = inputs.iter().fold(1u64, |weight, input| weight.saturating_add(input.weight));
        let nesting = inputs.iter().map(|input| input.nesting).max().unwrap_or_default();
        Self { columns, rows, outer, order: None, parts: None, weight, nesting }
    }

    /// A relation that works on the rows of its input one by one.
    pub(crate) fn rowwise(input: &Rel) -> Self {
        let mut draft = Self::over(&[input], input.rows.clone(), Vec::new());
        draft.order = input.order.clone();
        draft
    }

    pub(crate) fn finish(self, here: Here) -> Rel {
        self.finish_with(here, None)
    }

    /// With the same columns as the input.
    pub(crate) fn finish_as(self, here: Here, input: &Rel) -> Rel {
        let scope = Arc::clone(&input.scope);
        self.finish_with(here, Some(scope))
    }

    fn finish_with(self, here: Here, scope: Option<Arc<Scope>>) -> Rel {
        let scope = scope.unwrap_or_else(|| Arc::new(Scope::new(self.columns)));
        Rel {
            id: here.id(),
            at: here.at,
            scope,
            rows: self.rows,
            outer: self.outer,
            order: self.order,
            weight: self.weight,
            nesting: self.nesting,
            parts: self.parts,
            plan: OnceLock::new(),
        }
    }

    /// Takes over what binding expressions has found: columns to compute first, and references further out. Window calls become
    /// a node of their own, which keeps the columns of the input and those that the given expressions read.
    pub(crate) fn absorb(&mut self, binder: ExprBinder, input: &Rel, read: &[&Typed]) -> Result<()> {
        for computed in binder.below {
            self.rows = self.rows.compute(computed.column, computed.expr, computed.depth);
        }
        if !binder.calls.is_empty() {
            let computed: Vec<&Expr> = binder.computed.iter().map(|computed| &computed.expr).collect();
            let exprs: Vec<&Expr> = read.iter().map(|typed| &typed.expr).chain(computed).collect();
            self.rows = side::over_windows(&self.rows, binder.calls, input, &exprs)?;
            self.order = None;
        }
        for computed in binder.computed {
            self.rows = self.rows.compute(computed.column, computed.expr, computed.depth);
        }
        self.outer.extend(binder.outer);
        Ok(())
    }

    /// Adds an output column of this value under this public name.
    pub(crate) fn add(&mut self, core: &Core, here: Here, name: &str, value: Typed) {
        let column = self.place(core, name, &value);
        self.columns.push(visible(here, name, column, value.field));
    }

    /// The column that holds the value, computed unless it is one already.
    pub(crate) fn place(&mut self, core: &Core, name: &str, value: &Typed) -> Column {
        match &value.expr {
            Expr::Column(column) => column.clone(),
            expr => {
                let column = core.fresh(name);
                self.rows = self.rows.compute(column.clone(), expr.clone(), value.shape.depth);
                column
            }
        }
    }
}

/// A new output column of this relation.
pub(crate) fn visible(here: Here, name: &str, column: Column, field: FieldRef) -> Arc<Visible> {
    Arc::new(Visible { name: name.into(), qualifiers: Vec::new(), column, field, born: here.at, from: Vec::new() })
}

/// DUPLICATE_COLUMN where a name occurs twice.
pub(crate) fn distinct_names<'n>(names: impl IntoIterator<Item = &'n str>, what: &str) -> Result<()> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Error::new(Code::DuplicateColumn, format!("{what} name column '{name}' twice")).param("name", name));
        }
    }
    Ok(())
}
