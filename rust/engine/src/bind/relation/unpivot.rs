//! Columns to rows.

use std::sync::Arc;

use datafusion::scalar::ScalarValue;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{Code, Error, Result};

use super::unnest::{explode, list_from};
use super::{Binder, Draft, Here, Rel, missing};
use crate::bind::expr::reference::{bare_name, column_of};
use crate::bind::expr::{Clause, ExprBinder, Typed};
use crate::bind::place::{Located, Path};
use crate::bind::scope::Visible;

impl Binder<'_> {
    pub(super) fn unpivot(&mut self, here: Here, unpivot: &pb::Unpivot, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        for (field, name) in [("name_column", &unpivot.name_column), ("value_column", &unpivot.value_column)] {
            if name.is_empty() {
                return Err(missing(&path.field(field)));
            }
        }
        let scopes = [(input.at, input.scope.as_ref())];
        let mut binder = self.over(&scopes, Clause::rows("an unpivot"));
        let ids = columns(&mut binder, &unpivot.ids, "ids", path)?;
        let mut values = columns(&mut binder, &unpivot.values, "values", path)?;
        if values.is_empty() {
            let is_id = |column: &&Arc<Visible>| ids.iter().any(|id| Arc::ptr_eq(id, column));
            values = input.scope.columns().iter().filter(|column| !is_id(column)).cloned().collect();
        }
        if values.is_empty() {
            return Err(Error::new(Code::InvalidExpression, "there are no columns to unpivot")).at(path);
        }
        let mut draft = Draft::rowwise(input);
        draft.absorb(binder, input, &[])?;
        draft.columns = ids;
        let (list, item) =
            list_from("the unpivoted columns", values.iter().map(|column| column_of(column)).collect()).at(&path.field("values"))?;
        let names = values.iter().map(|column| Typed::literal(ScalarValue::Utf8View(Some(column.name.to_string())))).collect();
        let (names, name_item) = list_from("the names", names)?;
        let exploded = explode(self.core, &mut draft, input, vec![(names, name_item), (list, item)], false)?;
        let [name, value]: [Typed; 2] = exploded.try_into().map_err(|_| Error::internal("an unpivot without items"))?;
        if !unpivot.keep_nulls {
            draft.rows = draft.rows.keep(value.expr.clone().is_not_null());
        }
        draft.add(self.core, here, &unpivot.name_column, name);
        draft.add(self.core, here, &unpivot.value_column, value);
        Ok(draft.finish(here))
    }
}

/// Columns that are named as bare references.
fn columns(binder: &mut ExprBinder, exprs: &[pb::Expression], field: &'static str, path: &Path) -> Result<Vec<Arc<Visible>>> {
    let column = |(number, expr): (usize, &pb::Expression)| {
        let path = path.item(field, number);
        match bare_name(expr) {
            Some(reference) => binder.resolve(reference).at(&path.field("column")),
            None => {
                Err(Error::new(Code::InvalidExpression, "an unpivot takes plain columns; compute others with with_columns first")).at(&path)
            }
        }
    };
    exprs.iter().enumerate().map(column).collect()
}
