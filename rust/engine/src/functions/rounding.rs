//! `round` of a decimal to a constant number of places, whose type depends on that constant.
//!
//! DataFusion 55 takes the places as int32. It casts another integer, and as long as the cast is there it finds a type for `places` that
//! may differ; what is compared with the result then gets a type that does not fit. So the constant is made an int32 right away.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::execution::{FunctionRegistry, SessionState};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;

pub(crate) fn register(state: &mut SessionState) -> Result<()> {
    state.register_function_rewrite(Arc::new(Places))
}

#[derive(Debug)]
struct Places;

impl FunctionRewrite for Places {
    fn name(&self) -> &str {
        "places_of_round"
    }

    fn rewrite(&self, mut expr: Expr, _: &DFSchema, _: &ConfigOptions) -> Result<Transformed<Expr>> {
        let Expr::ScalarFunction(call) = &mut expr else {
            return Ok(Transformed::no(expr));
        };
        if call.func.name() == "round"
            && let [_, Expr::Literal(places, _)] = call.args.as_mut_slice()
            && places.data_type() != DataType::Int32
            && let Ok(narrow) = places.cast_to(&DataType::Int32)
        {
            *places = narrow;
            return Ok(Transformed::yes(expr));
        }
        Ok(Transformed::no(expr))
    }
}
