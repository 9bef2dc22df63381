//! Sugar over the columns of one relation: conform, fill_nulls, drop_nulls, replace.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::logical_expr::{Case, Expr, Operator, lit, when};
use datafusion::scalar::ScalarValue;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::CastFailure;
use polybolos_protocol::{Code, Error, Result};

use super::project::no_column;
use super::{Binder, Draft, Here, Rel, missing};
use crate::bind::expr::Typed;
use crate::bind::expr::cast::converted;
use crate::bind::expr::logic::{all_of, balanced};
use crate::bind::expr::operator::{Family, family};
use crate::bind::expr::reference::column_of;
use crate::bind::expr::typed::Shape;
use crate::bind::literal;
use crate::bind::place::{Located, Path};
use crate::bind::scope::Visible;
use crate::bind::types::{field_to_arrow, show};

impl Binder<'_> {
    pub(super) fn conform(&mut self, here: Here, conform: &pb::ConformTo, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let schema = conform.schema.as_ref().ok_or_else(|| missing(&path.field("schema")))?;
        if conform.on_failure() == CastFailure::Unspecified {
            return Err(missing(&path.field("on_failure")));
        }
        self.conformed(here, input, schema, conform.by_position, conform.on_failure(), &path.field("schema"))
    }

    /// The input with the names, types and order of a schema.
    pub(super) fn conformed(
        &self,
        here: Here,
        input: &Rel,
        schema: &pb::Schema,
        by_position: bool,
        on_failure: CastFailure,
        path: &Path,
    ) -> Result<Rel> {
        let columns = input.scope.columns();
        if by_position && schema.fields.len() != columns.len() {
            let message = format!("the schema has {} fields, the input {} columns", schema.fields.len(), columns.len());
            return Err(Error::new(Code::TypeMismatch, message)).at(path);
        }
        let mut draft = Draft::rowwise(input);
        for (number, field) in schema.fields.iter().enumerate() {
            let path = path.item("fields", number);
            let wanted = field_to_arrow(field).at(&path)?;
            let column =
                if by_position { columns.get(number).ok_or_else(|| no_column(&field.name, input)) } else { self.only(&field.name, input) };
            let column = column.at(&path)?;
            if column.ty() == wanted.data_type() && column.name.as_ref() == field.name && field.metadata.is_empty() {
                draft.columns.push(Arc::clone(column));
                continue;
            }
            let value = converted(column_of(column), wanted.data_type(), on_failure).at(&path)?;
            let field_of_value = Arc::new(wanted.clone().with_nullable(value.nullable()));
            draft.add(self.core, here, &field.name, Typed { field: field_of_value, ..value });
        }
        Ok(draft.finish(here))
    }

    /// The only column of this name.
    fn only<'r>(&self, name: &str, input: &'r Rel) -> Result<&'r Arc<Visible>> {
        match input.scope.named(name, self.core.names()).as_slice() {
            [one] => Ok(one),
            [] => Err(no_column(name, input)),
            _ => {
                Err(Error::new(Code::AmbiguousColumn, format!("the input has more than one column '{name}'; rename one"))
                    .param("name", name))
            }
        }
    }

    pub(super) fn fill_nulls(&mut self, here: Here, fill: &pb::FillNulls, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let mut fills = Vec::with_capacity(fill.fills.len());
        for (number, one) in fill.fills.iter().enumerate() {
            let path = path.item("fills", number);
            let value = one.value.as_ref().ok_or_else(|| missing(&path.field("value")))?;
            let value = Typed::literal(literal::scalar(value).at(&path.field("value"))?);
            if !one.column.is_empty() {
                let column = self.only(&one.column, input).at(&path.field("column"))?;
                if family(column.ty()) != family(value.ty()) && family(column.ty()) != Family::Null {
                    let message =
                        format!("column '{}' is of type {}, its filling of type {}", one.column, show(column.ty()), show(value.ty()));
                    return Err(Error::new(Code::TypeMismatch, message)).at(&path.field("value"));
                }
            }
            fills.push((one.column.as_str(), value));
        }
        let names = self.core.names();
        self.each_column(here, input, |column| {
            let named = fills.iter().find(|(name, _)| !name.is_empty() && names.same(name, &column.name));
            let found = named.or_else(|| fills.iter().find(|(name, value)| name.is_empty() && family(value.ty()) == family(column.ty())));
            found.map(|(_, value)| filled(column, value, fill.nan_too)).transpose()
        })
        .at(path)
    }

    /// Every column of the input; those for which a value is given are that value.
    fn each_column(&self, here: Here, input: &Rel, value: impl Fn(&Visible) -> Result<Option<Typed>>) -> Result<Rel> {
        let mut draft = Draft::rowwise(input);
        for column in input.scope.columns() {
            match value(column)? {
                Some(value) => draft.add(self.core, here, &column.name, value),
                None => draft.columns.push(Arc::clone(column)),
            }
        }
        Ok(draft.finish(here))
    }

    /// The named columns, or all when none is named.
    pub(super) fn named_columns(&self, names: &[String], input: &Rel, field: &'static str, path: &Path) -> Result<Vec<Arc<Visible>>> {
        if names.is_empty() {
            return Ok(input.scope.columns().to_vec());
        }
        names.iter().enumerate().map(|(number, name)| self.only(name, input).cloned().at(&path.item(field, number))).collect()
    }

    pub(super) fn drop_nulls(&mut self, here: Here, drop: &pb::DropNulls, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let columns = self.named_columns(&drop.columns, input, "columns", path)?;
        let present: Vec<Expr> = columns.iter().map(|column| present(column, drop.nan_too)).collect();
        let wanted = drop.min_non_null.map_or(present.len(), |wanted| usize::try_from(wanted).unwrap_or(usize::MAX));
        let mut draft = Draft::rowwise(input);
        if wanted == 0 || present.is_empty() {
            return Ok(draft.finish_as(here, input));
        }
        let predicate = if wanted >= columns.len() && drop.min_non_null.is_none() {
            all_of(present)
        } else {
            let one =
                |present: Expr| Expr::Case(Case::new(None, vec![(Box::new(present), Box::new(lit(1i64)))], Some(Box::new(lit(0i64)))));
            let counts = balanced(present.into_iter().map(one).collect(), Operator::Plus).unwrap_or_else(|| lit(0i64));
            counts.gt_eq(lit(i64::try_from(wanted).unwrap_or(i64::MAX)))
        };
        draft.rows = draft.rows.keep(predicate);
        Ok(draft.finish_as(here, input))
    }

    pub(super) fn replace(&mut self, here: Here, replace: &pb::ReplaceValues, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let columns = self.named_columns(&replace.columns, input, "columns", path)?;
        let mut pairs = Vec::with_capacity(replace.pairs.len());
        for (number, pair) in replace.pairs.iter().enumerate() {
            let path = path.item("pairs", number);
            let value = |literal: Option<&pb::Literal>, field| {
                let path = path.field(field);
                literal::scalar(literal.ok_or_else(|| missing(&path))?).map(Typed::literal).at(&path)
            };
            let (old, new) = (value(pair.old_value.as_ref(), "old_value")?, value(pair.new_value.as_ref(), "new_value")?);
            if !replace.columns.is_empty() {
                for column in &columns {
                    fits(column, &old).and_then(|()| fits(column, &new)).at(&path)?;
                }
            }
            pairs.push((old, new));
        }
        self.each_column(here, input, |column| {
            if !columns.iter().any(|named| std::ptr::eq(named.as_ref(), column)) {
                return Ok(None);
            }
            replaced(column, &pairs)
        })
        .at(path)
    }
}

fn fits(column: &Visible, value: &Typed) -> Result<()> {
    if family(value.ty()) == family(column.ty()) || value.value().is_some_and(ScalarValue::is_null) {
        return Ok(());
    }
    let message = format!("column '{}' is of type {}, the value of type {}", column.name, show(column.ty()), show(value.ty()));
    Err(Error::new(Code::TypeMismatch, message))
}

/// Not null, and with `nan_too` not NaN.
fn present(column: &Visible, nan_too: bool) -> Expr {
    let value = column_of(column).expr;
    if nan_too && column.ty().is_floating() {
        return value.clone().is_not_null().and(Expr::Not(Box::new(datafusion::functions::math::expr_fn::isnan(value))));
    }
    value.is_not_null()
}

fn filled(column: &Visible, value: &Typed, nan_too: bool) -> Result<Typed> {
    let value = value.clone().cast(column.ty())?;
    let this = column_of(column);
    let (nullable, ty) = (value.nullable() && this.nullable(), column.ty().clone());
    let expr = if nan_too && ty.is_floating() {
        let case = when(present(column, true), this.expr).otherwise(value.expr);
        crate::bind::fault::planned(case)?
    } else {
        datafusion::functions::core::expr_fn::coalesce(vec![this.expr, value.expr])
    };
    Ok(Typed::new(expr, ty, nullable, Shape { depth: 3, size: 6, pinned: false }))
}

/// The column with each old value replaced by its new one; pairs of another kind do not concern it.
fn replaced(column: &Visible, pairs: &[(Typed, Typed)]) -> Result<Option<Typed>> {
    let this = column_of(column);
    let ty = column.ty().clone();
    let mut branches = Vec::new();
    let mut nullable = this.nullable();
    for (old, new) in pairs.iter().filter(|(old, new)| fits(column, old).is_ok() && fits(column, new).is_ok()) {
        let is_null = old.value().is_some_and(ScalarValue::is_null);
        let Ok(new) = cast_value(new, &ty) else { continue };
        let condition = if is_null { this.expr.clone().is_null() } else { this.expr.clone().eq(old.expr.clone()) };
        nullable |= new.nullable();
        branches.push((Box::new(condition), Box::new(new.expr)));
    }
    if branches.is_empty() {
        return Ok(None);
    }
    let shape = Shape { depth: 3, size: 4 * u32::try_from(branches.len()).unwrap_or(u32::MAX / 8), pinned: false };
    let case = Expr::Case(Case::new(None, branches, Some(Box::new(this.expr))));
    Ok(Some(Typed::new(case, ty, nullable, shape)))
}

fn cast_value(value: &Typed, ty: &DataType) -> Result<Typed> {
    if value.value().is_some_and(ScalarValue::is_null) { literal::null(ty).map(Typed::literal) } else { value.clone().cast(ty) }
}
