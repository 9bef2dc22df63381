//! Writes relations into a plan.

use polybolos_protocol::Result;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::relation::Kind;
use polybolos_protocol::wire::plan::repartition::{HashBy, RangeBy, Scheme};
use polybolos_protocol::wire::plan::selection;

use crate::frame::{Relation, RelationOp, Selected};

use super::expressions::{ExpressionWriter, function};

pub(super) fn kind(relation: &Relation, writer: &mut ExpressionWriter) -> Result<Kind> {
    Ok(match &relation.op {
        RelationOp::Plain(kind) => kind.as_ref().clone(),
        RelationOp::Local(source) => Kind::LocalData(source.to_wire()?),
        RelationOp::Sql { text, dialect, input_names, positional, named } => Kind::Sql(pb::SqlQuery {
            text: text.clone(),
            dialect: dialect.clone(),
            input_names: input_names.clone(),
            named_args: writer.named_all(named)?,
            positional_args: writer.write_all(positional)?,
        }),
        RelationOp::TableFunction { namespace, name, args, outer } => Kind::TableFunction(pb::TableFunction {
            function: Some(function(namespace, name)),
            args: writer.write_all(args)?,
            outer: *outer,
            ..Default::default()
        }),
        RelationOp::Project(items) => Kind::Project(project(items, writer)?),
        RelationOp::Filter(predicate) => Kind::Filter(pb::Filter { predicate: Some(writer.write(predicate)?) }),
        RelationOp::Aggregate { keys, measures, mode, sets } => Kind::Aggregate(pb::Aggregate {
            keys: writer.named_all(keys)?,
            measures: writer.named_all(measures)?,
            mode: *mode as i32,
            sets: sets.iter().map(|keys| pb::GroupingSet { keys: keys.clone() }).collect(),
        }),
        RelationOp::Sort { keys, within_partitions } => {
            Kind::Sort(pb::Sort { keys: writer.sort_keys(keys)?, within_partitions: *within_partitions })
        }
        RelationOp::Distinct { on, keep } => {
            let on = on.iter().map(|column| writer.column(column)).collect::<Result<_>>()?;
            Kind::Distinct(pb::Distinct { on, keep: writer.sort_keys(keep)? })
        }
        RelationOp::Unnest { value, shape } => Kind::Unnest(pb::Unnest { value: Some(writer.write(value)?), ..shape.clone() }),
        RelationOp::RepartitionByHash { keys, partitions } => {
            repartition(Scheme::Hash(HashBy { keys: writer.write_all(keys)?, partitions: *partitions }))
        }
        RelationOp::RepartitionByRange { keys, partitions } => {
            repartition(Scheme::Range(RangeBy { keys: writer.sort_keys(keys)?, partitions: *partitions }))
        }
        RelationOp::Hint { name, args } => Kind::Hint(pb::Hint { name: name.clone(), args: writer.write_all(args)? }),
        RelationOp::Observe { name, metrics } => Kind::Observe(pb::Observe { name: name.clone(), metrics: writer.named_all(metrics)? }),
        RelationOp::WithColumns(columns) => Kind::WithColumns(pb::WithColumns { columns: writer.named_all(columns)? }),
        RelationOp::Drop { columns, missing_ok } => {
            let columns = columns.iter().map(|column| writer.column(column)).collect::<Result<_>>()?;
            Kind::Drop(pb::DropColumns { columns, missing_ok: *missing_ok })
        }
        RelationOp::Pivot { keys, column, values, measures } => Kind::Pivot(pb::Pivot {
            keys: writer.named_all(keys)?,
            column: Some(writer.write(column)?),
            values: values.clone(),
            measures: writer.named_all(measures)?,
        }),
        RelationOp::Unpivot { ids, values, shape } => {
            Kind::Unpivot(pb::Unpivot { ids: writer.write_all(ids)?, values: writer.write_all(values)?, ..shape.clone() })
        }
        RelationOp::Join { kind, on, lateral } => {
            let condition = Some(pb::join::Condition::On(writer.write(on)?));
            Kind::Join(pb::Join { kind: *kind as i32, condition, lateral: *lateral })
        }
    })
}

fn project(items: &[Selected], writer: &mut ExpressionWriter) -> Result<pb::Project> {
    let mut project = pb::Project::default();
    for item in items {
        let kind = match item {
            Selected::Column(expr) => selection::Kind::Expr(writer.named(expr)?),
            Selected::Star(star) => selection::Kind::Star(star.clone()),
        };
        project.items.push(pb::Selection { kind: Some(kind) });
    }
    Ok(project)
}

fn repartition(scheme: Scheme) -> Kind {
    Kind::Repartition(pb::Repartition { scheme: Some(scheme) })
}
