//! Relations that bring data: tables, files, data of the client, cached results, SQL.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema};
use datafusion::catalog::TableProvider;
use datafusion::common::{Column, TableReference};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Projection, SubqueryAlias};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::expression::Kind;
use polybolos_protocol::wire::plan::local_data::Source;
use polybolos_protocol::{Code, Error, Result};

use super::{Binder, Draft, Here, Rel, distinct_names, missing};
use crate::bind::fault::planned;
use crate::bind::ipc;
use crate::bind::place::{Located, Path};
use crate::bind::rows::Rows;
use crate::bind::scope::Visible;

impl Binder<'_> {
    pub(super) async fn read_table(&mut self, here: Here<'_>, read: &pb::ReadTable) -> Result<Rel> {
        let parts = read.table.as_ref().map(|table| table.parts.clone()).unwrap_or_default();
        let plan = self.core.context.table(read).await?;
        self.scanned(here, plan, parts)
    }

    pub(super) async fn read_files(&mut self, here: Here<'_>, read: &pb::ReadFiles) -> Result<Rel> {
        let provider = self.core.context.files(read).await?;
        self.provided(here, "files", provider)
    }

    pub(super) fn cached(&mut self, here: Here, cached: &pb::CachedRef) -> Result<Rel> {
        let provider = self.core.context.cached(&cached.cache_id)?;
        self.provided(here, "cached", provider)
    }

    pub(super) fn local_data(&mut self, here: Here, data: &pb::LocalData) -> Result<Rel> {
        let path = Path::relation(here.id());
        let path = path.field("local_data");
        let rel = match data.source.as_ref().ok_or_else(|| missing(&path.field("source")))? {
            Source::DataId(id) => {
                let provider = self.core.context.local_data(id).at(&path.field("data_id"))?;
                self.provided(here, "local", provider)?
            }
            Source::ArrowIpc(bytes) => self.inline(here, bytes).at(&path.field("arrow_ipc"))?,
        };
        match &data.schema {
            None => Ok(rel),
            Some(schema) => self.conformed(here, &rel, schema, true, pb::CastFailure::Error, &path.field("schema")),
        }
    }

    /// Data inside the plan. Its names may repeat, so that the table over it has names of our own.
    fn inline(&self, here: Here, bytes: &[u8]) -> Result<Rel> {
        let (schema, batches) = ipc::batches(bytes)?;
        let columns: Vec<Column> = schema.fields().iter().map(|field| self.core.fresh(field.name())).collect();
        let fields: Vec<Field> =
            schema.fields().iter().zip(&columns).map(|(field, column)| field.as_ref().clone().with_name(column.name.clone())).collect();
        let renamed = Arc::new(Schema::new(fields));
        let batches = batches.into_iter().map(|batch| RecordBatch::try_new(Arc::clone(&renamed), batch.columns().to_vec()));
        let batches = planned(batches.collect::<Result<Vec<_>, _>>().map_err(Into::into))?;
        let table = planned(MemTable::try_new(renamed, vec![batches]))?;
        let plan =
            planned(LogicalPlanBuilder::scan("local", provider_as_source(Arc::new(table)), None).and_then(LogicalPlanBuilder::build))?;
        let exprs =
            columns.iter().map(|column| Expr::Column(Column::new(Some("local"), column.name.clone())).alias(column.name.clone())).collect();
        let plan = LogicalPlan::Projection(planned(Projection::try_new(exprs, Arc::new(plan)))?);
        let visibles =
            schema.fields().iter().zip(columns).map(|(field, column)| super::visible(here, field.name(), column, Arc::clone(field)));
        let visibles = visibles.collect();
        Ok(Draft::leaf(Rows::base(plan), visibles).finish(here))
    }

    pub(super) async fn sql(&mut self, here: Here<'_>, query: &pb::SqlQuery) -> Result<Rel> {
        let path = Path::relation(here.id());
        let path = path.field("sql");
        if !matches!(query.dialect.as_str(), "" | "datafusion") {
            let message = format!("SQL dialect '{}' is unknown here; this engine speaks datafusion", query.dialect);
            return Err(Error::unsupported(message)).at(&path.field("dialect"));
        }
        if query.input_names.len() != here.relation.inputs.len() {
            let message = format!("{} inputs have {} names", here.relation.inputs.len(), query.input_names.len());
            return Err(Error::new(Code::PlanInvalidValue, message)).at(&path.field("input_names"));
        }
        let mut inputs = Vec::with_capacity(query.input_names.len());
        let mut outer = Vec::new();
        for (number, name) in query.input_names.iter().enumerate() {
            let input = self.input(here, number)?;
            inputs.push((name.clone(), public_plan(input).at(&path.item("input_names", number))?));
            outer.extend(input.outer.iter().cloned());
        }
        let positional = query
            .positional_args
            .iter()
            .enumerate()
            .map(|(number, arg)| self.constant(Some(arg)).at(&path.item("positional_args", number)));
        let positional = positional.collect::<Result<Vec<_>>>()?;
        let named = query
            .named_args
            .iter()
            .enumerate()
            .map(|(number, arg)| Ok((arg.name.clone(), self.constant(arg.expr.as_ref()).at(&path.item("named_args", number))?)));
        let named = named.collect::<Result<Vec<_>>>()?;
        let plan = self.core.context.sql_query(&query.text, &inputs, &positional, &named).await.at(&path.field("text"))?;
        let mut rel = self.scanned(here, plan, Vec::new())?;
        rel.outer = outer;
        Ok(rel)
    }

    /// A literal, or the value of a parameter.
    /// Puts the value of each argument of a SQL command in its place.
    pub(in crate::bind) fn constants(&self, args: &mut [pb::Expression], path: &Path) -> Result<()> {
        for (number, arg) in args.iter_mut().enumerate() {
            let value = self.constant(Some(arg)).at(&path.item("positional_args", number))?;
            *arg = pb::Expression { kind: Some(Kind::Literal(value)) };
        }
        Ok(())
    }

    fn constant(&self, expr: Option<&pb::Expression>) -> Result<pb::Literal> {
        match expr.and_then(|expr| expr.kind.as_ref()) {
            Some(Kind::Literal(literal)) => Ok(literal.clone()),
            Some(Kind::Parameter(parameter)) => self.core.parameter_literal(parameter.index),
            None => Err(Error::new(Code::PlanMissingField, "an argument is absent")),
            _ => Err(Error::new(Code::InvalidExpression, "arguments of SQL are literals or parameters")),
        }
    }

    /// A scan of a table provider.
    pub(super) fn provided(&self, here: Here, name: &str, provider: Arc<dyn TableProvider>) -> Result<Rel> {
        let plan = LogicalPlanBuilder::scan(name, provider_as_source(provider), None).and_then(LogicalPlanBuilder::build);
        self.scanned(here, planned(plan)?, Vec::new())
    }

    /// The columns of a plan that comes from outside, under names that no other relation has.
    pub(super) fn scanned(&self, here: Here, plan: LogicalPlan, qualifier: Vec<String>) -> Result<Rel> {
        let qualifiers: Vec<Arc<[String]>> = if qualifier.is_empty() { Vec::new() } else { vec![qualifier.into()] };
        let fields: Vec<_> = plan.schema().iter().map(|(qualifier, field)| (Column::from((qualifier, field)), Arc::clone(field))).collect();
        let names: HashSet<&str> = fields.iter().map(|(_, field)| field.name().as_str()).collect();
        let clear = names.len() == fields.len() && !names.iter().any(|name| name.contains('#'));
        let alias = TableReference::bare(format!("r{}", here.id()));
        let columns: Vec<Column> = if clear {
            fields.iter().map(|(_, field)| Column::new(Some(alias.clone()), field.name())).collect()
        } else {
            fields.iter().map(|(_, field)| self.core.fresh(field.name())).collect()
        };
        let plan = if clear {
            LogicalPlan::SubqueryAlias(planned(SubqueryAlias::try_new(Arc::new(plan), alias))?)
        } else {
            let exprs = fields.iter().zip(&columns).map(|((old, _), new)| Expr::Column(old.clone()).alias(new.name.clone())).collect();
            LogicalPlan::Projection(planned(Projection::try_new(exprs, Arc::new(plan)))?)
        };
        let visibles = fields.iter().zip(columns).map(|((_, field), column)| {
            Arc::new(Visible {
                name: field.name().as_str().into(),
                qualifiers: qualifiers.clone(),
                column,
                field: Arc::clone(field),
                born: here.at,
                from: Vec::new(),
            })
        });
        let visibles = visibles.collect();
        Ok(Draft::leaf(Rows::base(plan), visibles).finish(here))
    }
}

/// A plan whose columns have their public names, for SQL that reads it as a table.
pub(crate) fn public_plan(input: &Rel) -> Result<LogicalPlan> {
    let columns = input.scope.columns();
    distinct_names(columns.iter().map(|column| column.name.as_ref()), "the columns of this input")?;
    let exprs = columns.iter().map(|column| Expr::Column(column.column.clone()).alias(column.name.as_ref())).collect();
    planned(Projection::try_new(exprs, input.plan()?)).map(LogicalPlan::Projection)
}
