//! Membership in a list that stands in the plan.

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;
use datafusion::logical_expr::{Expr, Operator};
use datafusion::scalar::ScalarValue;
use indexmap::IndexMap;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{Code, Error, Result};

use super::operator::{Family, binary, family};
use super::reference::column_of;
use super::typed::{Shape, Typed};
use super::{ExprBinder, missing};
use crate::bind::fault::planned;
use crate::bind::ipc;
use crate::bind::place::{Located, Path};
use crate::bind::types::show;
use crate::functions::in_set;

/// Lists of more literals than this are looked up in a set.
const LIST_INLINE_MAX: usize = 200;
/// So many comparisons of one column with literals become one membership.
const MEMBERSHIP_MIN: usize = 20;

impl ExprBinder<'_> {
    pub(super) fn bind_in_list(&mut self, list: &pb::InList, path: &Path) -> Result<Typed> {
        let needle = self.bind_required(list.needle.as_deref(), &path.field("needle"))?;
        if !list.arrow_items.is_empty() {
            let items = ipc::column(&list.arrow_items).at(&path.field("arrow_items"))?;
            return in_array(needle, items).at(path);
        }
        if list.items.is_empty() {
            return Err(missing(&path.field("items")));
        }
        let mut items = Vec::with_capacity(list.items.len());
        for (number, item) in list.items.iter().enumerate() {
            let path = path.item("items", number);
            let item = self.bind(item, &path)?;
            items.push(self.comparable_item(&needle, item).at(&path)?);
        }
        let ty = item_type(&needle, items.iter().map(Typed::ty)).at(path)?;
        if items.len() > LIST_INLINE_MAX && items.iter().all(|item| item.value().is_some()) {
            return in_array(needle, literals(&items, &ty).at(path)?).at(path);
        }
        inline(needle, items, &ty).at(path)
    }

    /// Many comparisons of one column with literals as one membership: of `x = 1 OR x = 2 OR ...`, or the opposite of that.
    pub(crate) fn as_memberships(&self, terms: Vec<Typed>, junction: Operator) -> Result<Vec<Typed>> {
        if terms.len() < MEMBERSHIP_MIN {
            return Ok(terms);
        }
        let wanted = if junction == Operator::Or { Operator::Eq } else { Operator::NotEq };
        let mut found: IndexMap<Column, Vec<Typed>> = IndexMap::new();
        let mut others = Vec::new();
        for term in terms {
            match compared_column(&term, wanted) {
                Some((column, value)) => found.entry(column).or_default().push(value),
                None => others.push(term),
            }
        }
        for (column, values) in found {
            let visible = self.visible.columns().find(|visible| visible.column == column);
            match visible.filter(|visible| values.len() >= MEMBERSHIP_MIN && values.iter().all(|value| value.ty() == visible.ty())) {
                Some(visible) => others.push(membership(column_of(visible), values, junction)?),
                None => others.extend(values.into_iter().map(|value| comparison(&column, wanted, value))),
            }
        }
        Ok(others)
    }

    fn comparable_item(&self, needle: &Typed, item: Typed) -> Result<Typed> {
        let compared = binary(needle.clone(), Operator::Eq, item.clone(), &self.core.semantics)?;
        match compared.expr {
            Expr::BinaryExpr(node) if item.value().is_some() => match *node.right {
                Expr::Literal(value, _) => Ok(Typed::literal(value)),
                _ => Ok(item),
            },
            _ => Ok(item),
        }
    }
}

fn inline(needle: Typed, items: Vec<Typed>, ty: &DataType) -> Result<Typed> {
    let shape = Shape::over(items.iter().chain([&needle]));
    let nullable = needle.nullable() || items.iter().any(Typed::nullable);
    let items = items.into_iter().map(|item| item.cast(ty).map(|item| item.expr)).collect::<Result<Vec<_>>>()?;
    let expr = needle.cast(ty)?.expr.in_list(items, false);
    Ok(Typed::new(expr, DataType::Boolean, nullable, shape))
}

/// The type in which the needle and the items are compared.
fn item_type<'t>(needle: &Typed, items: impl Iterator<Item = &'t DataType>) -> Result<DataType> {
    items.into_iter().try_fold(needle.ty().clone(), |common, item| {
        comparison_coercion(&common, item).ok_or_else(|| {
            Error::new(
                Code::TypeMismatch,
                format!("a value of type {} is not among values of type {}; cast one side", show(needle.ty()), show(item)),
            )
        })
    })
}

fn literals(items: &[Typed], ty: &DataType) -> Result<ArrayRef> {
    let values = items.iter().filter_map(Typed::value).map(|value| value.cast_to(ty)).collect::<datafusion::error::Result<Vec<_>>>();
    planned(values.and_then(ScalarValue::iter_to_array))
}

fn in_array(needle: Typed, items: ArrayRef) -> Result<Typed> {
    if !matches!(family(needle.ty()), Family::Null) && family(needle.ty()) != family(items.data_type()) {
        let message =
            format!("a value of type {} is not among values of type {}; cast one side", show(needle.ty()), show(items.data_type()));
        return Err(Error::new(Code::TypeMismatch, message));
    }
    let ty = item_type(&needle, std::iter::once(items.data_type()))?;
    let items = planned(arrow::compute::cast(&items, &ty).map_err(Into::into))?;
    let shape = Shape::over([&needle]);
    let nullable = needle.nullable() || items.null_count() > 0;
    let expr = planned(in_set::call(needle.cast(&ty)?.expr, items))?;
    Ok(Typed::new(expr, DataType::Boolean, nullable, shape))
}

/// The column and the literal that the operator compares.
fn compared_column(term: &Typed, wanted: Operator) -> Option<(Column, Typed)> {
    let Expr::BinaryExpr(node) = &term.expr else {
        return None;
    };
    match (node.left.as_ref(), node.right.as_ref()) {
        (Expr::Column(column), Expr::Literal(value, _)) | (Expr::Literal(value, _), Expr::Column(column)) if node.op == wanted => {
            Some((column.clone(), Typed::literal(value.clone())))
        }
        _ => None,
    }
}

fn comparison(column: &Column, op: Operator, value: Typed) -> Typed {
    let expr = datafusion::logical_expr::binary_expr(Expr::Column(column.clone()), op, value.expr);
    Typed::new(expr, DataType::Boolean, true, Shape { depth: 2, size: 3, pinned: false })
}

fn membership(needle: Typed, values: Vec<Typed>, junction: Operator) -> Result<Typed> {
    let ty = needle.ty().clone();
    let among = if values.len() > LIST_INLINE_MAX { in_array(needle, literals(&values, &ty)?)? } else { inline(needle, values, &ty)? };
    if junction == Operator::Or {
        return Ok(among);
    }
    let (nullable, shape) = (among.nullable(), Shape::over([&among]));
    Ok(Typed::new(Expr::Not(Box::new(among.expr)), DataType::Boolean, nullable, shape))
}
