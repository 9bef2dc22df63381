//! Membership in a large set of constants: one argument in a plan, however many items there are.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use datafusion::physical_expr::expressions::{Column, InListExpr};
use datafusion::physical_plan::PhysicalExpr;

/// Whether the value is one of the items; both have the same type. Null like SQL's IN: for a null, or where no item is equal
/// and one is null.
pub(crate) fn call(needle: Expr, items: ArrayRef) -> datafusion::error::Result<Expr> {
    let schema = Arc::new(Schema::new(vec![Field::new("needle", items.data_type().clone(), true)]));
    let lookup = InListExpr::try_new_from_array(Arc::new(Column::new("needle", 0)), Arc::clone(&items), false, &schema)?;
    let function = InSet { items, schema, lookup: Arc::new(lookup), signature: Signature::any(1, Volatility::Immutable) };
    Ok(ScalarUDF::new_from_impl(function).call(vec![needle]))
}

struct InSet {
    items: ArrayRef,
    schema: SchemaRef,
    lookup: Arc<dyn PhysicalExpr>,
    signature: Signature,
}

/// Not the items: there are too many to print.
impl fmt::Debug for InSet {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "InSet({} items)", self.items.len())
    }
}

impl PartialEq for InSet {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.items, &other.items)
    }
}

impl Eq for InSet {}

impl Hash for InSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.items).cast::<()>().hash(state);
    }
}

impl ScalarUDFImpl for InSet {
    fn name(&self) -> &str {
        "in_set"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [needle] = args.args.as_slice() else {
            return internal_err!("in_set takes one argument");
        };
        let needle = needle.to_array(args.number_rows)?;
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), vec![needle])?;
        self.lookup.evaluate(&batch)
    }
}
