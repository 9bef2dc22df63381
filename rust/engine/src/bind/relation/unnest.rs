//! Lists to rows.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Column, NullHandling, UnnestOptions};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::functions_nested::expr_fn::{array_length, gen_series, map_entries};
use datafusion::logical_expr::{Expr, LogicalPlan, Unnest, cast, lit};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{Code, Error, Result};

use super::{Binder, Draft, Here, Rel, distinct_names, missing};
use crate::bind::core::Core;
use crate::bind::expr::conditional::common_type;
use crate::bind::expr::reference::bare_name;
use crate::bind::expr::typed::Shape;
use crate::bind::expr::{Clause, Typed};
use crate::bind::fault::planned;
use crate::bind::place::{Located, Path};
use crate::bind::rows::Rows;
use crate::bind::types::{map_entries as entries_field, show};

const UNNEST: Clause = Clause::rows("an unnest");

impl Binder<'_> {
    pub(super) fn unnest(&mut self, here: Here, unnest: &pb::Unnest, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let scopes = [(input.at, input.scope.as_ref())];
        let mut binder = self.over(&scopes, UNNEST);
        let value = binder.bind_required(unnest.value.as_ref(), &path.field("value"))?;
        let (list, item) = list_of(value).at(&path.field("value"))?;
        let own = unnest.value.as_ref().and_then(bare_name).map(|reference| reference.name.as_str());
        let name = if unnest.as_column.is_empty() { own.unwrap_or_default() } else { unnest.as_column.as_str() };
        if name.is_empty() && !unnest.into_fields {
            return Err(missing(&path.field("as_column")));
        }
        let mut draft = Draft::rowwise(input);
        draft.absorb(binder, input, &[])?;
        let numbers = (!unnest.ordinality.is_empty()).then(|| numbers(&list));
        let lists = [(list, item)].into_iter().chain(numbers).collect();
        let mut items = explode(self.core, &mut draft, input, lists, unnest.outer)?.into_iter();
        let element = items.next().ok_or_else(|| Error::internal("an unnest without items"))?;
        let mut new = if unnest.into_fields { fields(&element).at(&path.field("into_fields"))? } else { vec![(name.to_owned(), element)] };
        new.extend(items.map(|number| (unnest.ordinality.clone(), number)));
        distinct_names(new.iter().map(|(name, _)| name.as_str()), "an unnest").at(path)?;
        let names = self.core.names();
        let mut new: Vec<Option<(String, Typed)>> = new.into_iter().map(Some).collect();
        for column in input.scope.columns() {
            let same = |value: &&mut Option<(String, Typed)>| value.as_ref().is_some_and(|(name, _)| names.same(name, &column.name));
            match new.iter_mut().find(same).and_then(Option::take) {
                Some((name, value)) => draft.add(self.core, here, &name, value),
                None => draft.columns.push(Arc::clone(column)),
            }
        }
        for (name, value) in new.into_iter().flatten() {
            draft.add(self.core, here, &name, value);
        }
        Ok(draft.finish(here))
    }
}

/// A value as a list, with the field of its items; a map is a list of its entries.
pub(super) fn list_of(value: Typed) -> Result<(Typed, FieldRef)> {
    match value.ty().clone() {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::ListView(item)
        | DataType::LargeListView(item) => Ok((value, item)),
        DataType::Map(entries, _) => {
            let item = match entries.data_type() {
                DataType::Struct(fields) => match fields.as_ref() {
                    [key, value] => entries_field(key.data_type().clone(), value.data_type().clone(), value.is_nullable()),
                    _ => return Err(Error::internal("a map's entries are not pairs")),
                },
                _ => return Err(Error::internal("a map's entries are not a struct")),
            };
            let (nullable, shape) = (value.nullable(), Shape::over([&value]));
            let ty = DataType::List(Arc::clone(&item));
            Ok((Typed::new(map_entries(value.expr), ty, nullable, shape), item))
        }
        other => Err(Error::new(Code::TypeMismatch, format!("unnest takes a list or a map, not {}", show(&other)))),
    }
}

/// Replaces the draft's rows by one for each item of the lists, which are walked side by side, beside the input's columns.
/// Answers the items. With `outer`, a row whose lists are empty or null stays, with null items.
pub(super) fn explode(core: &Core, draft: &mut Draft, input: &Rel, lists: Vec<(Typed, FieldRef)>, outer: bool) -> Result<Vec<Typed>> {
    let mut wanted: Vec<Column> = input.columns();
    let mut items = Vec::with_capacity(lists.len());
    let mut columns = Vec::with_capacity(lists.len());
    for (list, item) in lists {
        let column = core.fresh("item");
        draft.rows = draft.rows.compute(column.clone(), list.expr, list.shape.depth);
        wanted.push(column.clone());
        columns.push(column.clone());
        items.push(Typed::leaf(Expr::Column(column), Arc::new(item.as_ref().clone().with_nullable(true))));
    }
    let plan = super::exact(draft.rows.plan(&wanted)?, wanted.iter())?;
    let handling = if outer { NullHandling::PreserveAndExpandEmpty } else { NullHandling::Drop };
    let unnest = planned(Unnest::try_new(plan, columns, UnnestOptions::new().with_null_handling(handling)))?;
    draft.rows = Rows::base(LogicalPlan::Unnest(unnest));
    Ok(items)
}

/// The numbers of a list's items, from 1.
fn numbers(list: &Typed) -> (Typed, FieldRef) {
    let item: FieldRef = Arc::new(Field::new_list_field(DataType::Int64, true));
    let length = cast(array_length(list.expr.clone()), DataType::Int64);
    let numbers = gen_series(lit(1i64), length, lit(1i64));
    (Typed::new(numbers, DataType::List(Arc::clone(&item)), true, Shape::over([list])), item)
}

/// The fields of a struct as values.
fn fields(value: &Typed) -> Result<Vec<(String, Typed)>> {
    let DataType::Struct(fields) = value.ty() else {
        return Err(Error::new(Code::TypeMismatch, format!("the items are of type {}, which has no fields", show(value.ty()))));
    };
    let shape = Shape::over([value]);
    Ok(fields
        .iter()
        .map(|field| {
            let expr = get_field(value.expr.clone(), field.name().clone());
            (field.name().clone(), Typed::new(expr, field.data_type().clone(), true, shape))
        })
        .collect())
}

/// A list of these values, which have one type.
pub(super) fn list_from(what: &str, values: Vec<Typed>) -> Result<(Typed, FieldRef)> {
    let ty = common_type(what, &values)?;
    let shape = Shape::over(&values);
    let values = values.into_iter().map(|value| value.cast(&ty).map(|value| value.expr)).collect::<Result<Vec<_>>>()?;
    let item: FieldRef = Arc::new(Field::new_list_field(ty, true));
    let list = datafusion::functions_nested::expr_fn::make_array(values);
    Ok((Typed::new(list, DataType::List(Arc::clone(&item)), false, shape), item))
}
