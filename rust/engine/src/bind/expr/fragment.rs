//! Pieces of SQL as expressions over the columns in scope.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, Result as DataFusionResult, TableReference};
use datafusion::logical_expr::{Expr, ExprSchemable};
use datafusion::optimizer::analyzer::type_coercion::TypeCoercionRewriter;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{Code, Error, Result};

use super::ExprBinder;
use super::typed::{Shape, Typed};
use crate::bind::fault::planned;
use crate::bind::place::{Located, Path};
use crate::bind::scope::Visible;
use crate::functions::rules::Rules;

impl ExprBinder<'_> {
    pub(super) fn bind_fragment(&mut self, fragment: &pb::SqlFragment, path: &Path) -> Result<Typed> {
        if !matches!(fragment.dialect.as_str(), "" | "datafusion") {
            let message = format!("SQL dialect '{}' is unknown here; this engine speaks datafusion", fragment.dialect);
            return Err(Error::unsupported(message)).at(&path.field("dialect"));
        }
        let (schema, columns) = self.sql_scope().at(path)?;
        let expr = planned(self.core.state().create_logical_expr(&fragment.text, &schema)).at(&path.field("text"))?;
        refuse(&expr).at(&path.field("text"))?;
        let expr = planned(self.ruled(expr, &schema)).at(&path.field("text"))?;
        let (ty, nullable) = planned(expr.get_type(&schema).and_then(|ty| Ok((ty, expr.nullable(&schema)?)))).at(&path.field("text"))?;
        let mut size = 0u32;
        let expr = expr.unalias_nested().data.transform_up(|node| {
            size = size.saturating_add(1);
            Ok(match &node {
                Expr::Column(column) => match columns.get(column) {
                    Some(visible) => Transformed::yes(Expr::Column(visible.column.clone())),
                    None => Transformed::no(node),
                },
                _ => Transformed::no(node),
            })
        });
        let expr = planned(expr).at(path)?.data;
        Ok(Typed::new(expr, ty, nullable, Shape { depth: size.min(super::DEPTH_INLINE_MAX), size, pinned: false }))
    }

    /// The expression with operators that follow the plan's rules for numbers.
    fn ruled(&self, expr: Expr, schema: &DFSchema) -> DataFusionResult<Expr> {
        let rules = self.core.semantics.rules();
        if rules == Rules::DATAFUSION || !Rules::concern(&expr) {
            return Ok(expr);
        }
        let coerced = expr.rewrite(&mut TypeCoercionRewriter::new(schema))?.data;
        Ok(rules.apply(coerced, schema)?.data)
    }

    /// The columns in scope as a schema that SQL can resolve: a name that two columns share can only be used with its qualifier.
    fn sql_scope(&self) -> Result<(DFSchema, HashMap<Column, Arc<Visible>>)> {
        let mut fields = Vec::new();
        let mut columns: HashMap<Column, Arc<Visible>> = HashMap::new();
        for column in self.visible.columns() {
            let qualifier = column.qualifiers.first().and_then(|parts| table(parts));
            let key = Column::new(qualifier.clone(), column.name.to_string());
            if columns.insert(key, Arc::clone(column)).is_none() {
                fields.push((qualifier, Arc::new(column.field.as_ref().clone().with_name(column.name.to_string()))));
            }
        }
        Ok((planned(DFSchema::new_with_metadata(fields, HashMap::new()))?, columns))
    }
}

fn table(parts: &[String]) -> Option<TableReference> {
    match parts {
        [] => None,
        [table] => Some(TableReference::bare(table.as_str())),
        [schema, table] => Some(TableReference::partial(schema.as_str(), table.as_str())),
        [.., catalog, schema, table] => Some(TableReference::full(catalog.as_str(), schema.as_str(), table.as_str())),
    }
}

/// A fragment computes a value from the columns of its row: nothing else.
fn refuse(expr: &Expr) -> Result<()> {
    let refused = |node: &Expr| {
        Ok(matches!(
            node,
            Expr::ScalarSubquery(_)
                | Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
                | Expr::AggregateFunction(_)
                | Expr::WindowFunction(_)
                | Expr::Unnest(_)
                | Expr::Placeholder(_)
                | Expr::ScalarVariable(..)
        ))
    };
    match planned(expr.exists(refused))? {
        false => Ok(()),
        true => Err(Error::new(
            Code::SqlNotAllowed,
            "a SQL fragment computes a value from its row; subqueries, aggregates, windows and placeholders cannot stand in it",
        )),
    }
}
