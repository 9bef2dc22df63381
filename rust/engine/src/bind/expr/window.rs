//! Calls over a window.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::logical_expr::expr::{NullTreatment, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{Expr, SortExpr, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition};
use datafusion::scalar::ScalarValue;
use polybolos_protocol::functions::{EngineName, FunctionKind};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::window_call::Function;
use polybolos_protocol::{Code, Error, Result};

use super::call::no_options;
use super::operator::{Family, family};
use super::typed::Typed;
use super::{Clause, ExprBinder, missing, signature};
use crate::bind::fault::{mistyped, planned};
use crate::bind::place::{Located, Path};
use crate::bind::types::show;

const WINDOW: Clause = Clause::rows("a window");

/// The function of a window call, with its arguments.
struct Callee {
    function: WindowFunctionDefinition,
    args: Vec<Typed>,
    field: FieldRef,
    filter: Option<Expr>,
    nulls: Option<NullTreatment>,
    distinct: bool,
}

impl ExprBinder<'_> {
    pub(super) fn bind_window(&mut self, call: &pb::WindowCall, path: &Path) -> Result<Typed> {
        if !self.clause.windows {
            let message = format!("a window call cannot stand in {}; compute it with with_columns first", self.clause.name);
            return Err(Error::new(Code::InvalidExpression, message)).at(path);
        }
        let callee = match call.function.as_ref().ok_or_else(|| missing(&path.field("function")))? {
            Function::Aggregate(call) => self.window_aggregate(call, &path.field("aggregate"))?,
            Function::Window(call) => self.window_function(call, &path.field("window"))?,
        };
        let partition_by = self.with_arguments(WINDOW, |binder| {
            let keys = call.partition_by.iter().enumerate();
            keys.map(|(number, key)| binder.bind(key, &path.item("partition_by", number)).map(|key| key.expr)).collect::<Result<Vec<_>>>()
        })?;
        let (mut order_by, order_type) = self.with_arguments(WINDOW, |binder| binder.window_order(&call.order_by, path))?;
        let frame = call.frame.as_deref().ok_or_else(|| missing(&path.field("frame")))?;
        let window_frame =
            self.with_arguments(WINDOW, |binder| binder.window_frame(frame, order_by.is_empty(), &order_type, &path.field("frame")))?;
        planned(window_frame.regularize_order_bys(&mut order_by)).at(&path.field("frame"))?;
        let params = WindowFunctionParams {
            args: callee.args.into_iter().map(|arg| arg.expr).collect(),
            partition_by,
            order_by,
            window_frame,
            filter: callee.filter.map(Box::new),
            null_treatment: callee.nulls,
            distinct: callee.distinct,
        };
        let expr = Expr::from(WindowFunction { fun: callee.function, params });
        Ok(self.called(expr, callee.field))
    }

    fn window_aggregate(&mut self, call: &pb::AggregateCall, path: &Path) -> Result<Callee> {
        if !call.order_by.is_empty() {
            return Err(Error::unsupported("an aggregate over a window takes its order from the window")).at(&path.field("order_by"));
        }
        let aggregate = self.aggregate(call, path)?;
        if !aggregate.order_by.is_empty() {
            return Err(Error::unsupported("this aggregate needs an order of its own, which it cannot have over a window")).at(path);
        }
        Ok(Callee {
            function: WindowFunctionDefinition::AggregateUDF(aggregate.function),
            args: aggregate.args,
            field: aggregate.field,
            filter: aggregate.filter,
            nulls: aggregate.nulls,
            distinct: aggregate.distinct,
        })
    }

    fn window_function(&mut self, call: &pb::Call, path: &Path) -> Result<Callee> {
        let spec = self.spec(call.function.as_ref(), path)?;
        if spec.kind != FunctionKind::Window {
            let message = format!("{} is no window function; aggregates stand in WindowCall.aggregate", spec.name);
            return Err(Error::new(Code::InvalidExpression, message)).at(path);
        }
        no_options(spec, &call.options).at(&path.field("options"))?;
        if !call.named_args.is_empty() {
            return Err(Error::unsupported("named arguments of window functions")).at(&path.field("named_args"));
        }
        signature::check_count(spec, call.args.len()).at(path)?;
        let args = self.with_arguments(WINDOW, |binder| {
            call.args.iter().enumerate().map(|(number, arg)| binder.bind(arg, &path.item("args", number))).collect::<Result<Vec<_>>>()
        })?;
        if let Err((number, error)) = signature::check_types(spec, &args) {
            return Err(error).at(&path.item("args", number));
        }
        let EngineName::Call(name) = spec.engine else {
            return Err(Error::unsupported(format!("this engine has no window function {}", spec.name))).at(path);
        };
        let function = self.core.state().window_functions().get(name).cloned();
        let function = function.ok_or_else(|| Error::unsupported(format!("this session has no window function {name}"))).at(path)?;
        let fields: Vec<FieldRef> = args.iter().map(|arg| Arc::clone(&arg.field)).collect();
        let unfit = || {
            let types: Vec<String> = args.iter().map(|arg| show(arg.ty())).collect();
            format!("{} does not take ({})", spec.name, types.join(", "))
        };
        let coerced = mistyped(fields_with_udf(&fields, function.as_ref()), unfit).at(path)?;
        let function = WindowFunctionDefinition::WindowUDF(function);
        let field = planned(function.return_field(&coerced, name)).at(path)?;
        Ok(Callee { function, args, field, filter: None, nulls: None, distinct: false })
    }

    /// The sort keys, and the type of the first.
    fn window_order(&mut self, keys: &[pb::SortKey], path: &Path) -> Result<(Vec<SortExpr>, DataType)> {
        let order = self.bind_sort_keys(keys, "order_by", path)?;
        let ty = match keys.first().and_then(|key| key.expr.as_ref()) {
            Some(expr) => self.bind(expr, &path.item("order_by", 0))?.ty().clone(),
            None => DataType::Null,
        };
        Ok((order, ty))
    }

    fn window_frame(&mut self, frame: &pb::Frame, unordered: bool, order_type: &DataType, path: &Path) -> Result<WindowFrame> {
        let units = match frame.units() {
            pb::FrameUnits::Rows => WindowFrameUnits::Rows,
            pb::FrameUnits::Range => WindowFrameUnits::Range,
            pb::FrameUnits::Groups => WindowFrameUnits::Groups,
            pb::FrameUnits::Unspecified => return Err(missing(&path.field("units"))),
        };
        if frame.exclusion() != pb::FrameExclusion::Unspecified {
            return Err(Error::unsupported("this engine excludes no rows from a frame")).at(&path.field("exclusion"));
        }
        if units == WindowFrameUnits::Groups && unordered {
            return Err(Error::new(Code::InvalidExpression, "a GROUPS frame needs an order")).at(path);
        }
        let bound = Bounds { units, order_type };
        let start = self.frame_bound(frame.start.as_deref(), &bound, &path.field("start"))?;
        let end = self.frame_bound(frame.end.as_deref(), &bound, &path.field("end"))?;
        if matches!(&start, WindowFrameBound::Following(value) if value.is_null())
            || matches!(&end, WindowFrameBound::Preceding(value) if value.is_null())
        {
            return Err(Error::new(Code::PlanInvalidValue, "a frame cannot start at its partition's end or end at its start")).at(path);
        }
        let frame = WindowFrame::new_bounds(units, start, end);
        if !datafusion::physical_planner::is_window_frame_bound_valid(&frame) {
            return Err(Error::new(Code::PlanInvalidValue, "the frame ends before it starts")).at(path);
        }
        Ok(frame)
    }

    fn frame_bound(&mut self, bound: Option<&pb::Bound>, bounds: &Bounds, path: &Path) -> Result<WindowFrameBound> {
        let bound = bound.ok_or_else(|| missing(path))?;
        Ok(match bound.kind() {
            pb::BoundKind::Unspecified => return Err(missing(&path.field("kind"))),
            pb::BoundKind::CurrentRow => WindowFrameBound::CurrentRow,
            pb::BoundKind::UnboundedPreceding => WindowFrameBound::Preceding(bounds.unbounded()),
            pb::BoundKind::UnboundedFollowing => WindowFrameBound::Following(bounds.unbounded()),
            pb::BoundKind::PrecedingOffset => WindowFrameBound::Preceding(self.frame_offset(bound, bounds, &path.field("offset"))?),
            pb::BoundKind::FollowingOffset => WindowFrameBound::Following(self.frame_offset(bound, bounds, &path.field("offset"))?),
        })
    }

    fn frame_offset(&mut self, bound: &pb::Bound, bounds: &Bounds, path: &Path) -> Result<ScalarValue> {
        let offset = self.bind_required(bound.offset.as_deref(), path)?;
        let Some(value) = offset.value().filter(|value| !value.is_null()) else {
            return Err(Error::new(Code::InvalidExpression, "the offset of a frame is a literal that is not null")).at(path);
        };
        bounds.offset(value).at(path)
    }
}

/// What the bounds of a frame count.
struct Bounds<'o> {
    units: WindowFrameUnits,
    order_type: &'o DataType,
}

impl Bounds<'_> {
    fn unbounded(&self) -> ScalarValue {
        match self.units {
            WindowFrameUnits::Range => ScalarValue::Null,
            _ => ScalarValue::UInt64(None),
        }
    }

    fn offset(&self, value: &ScalarValue) -> Result<ScalarValue> {
        let wrong =
            |what: &str| Error::new(Code::TypeMismatch, format!("the offset of this frame is {what}, not {}", show(&value.data_type())));
        if self.units != WindowFrameUnits::Range {
            return value.cast_to(&DataType::UInt64).map_err(|error| {
                Error::new(Code::PlanInvalidValue, "the offset of a frame of rows or groups is an integer of 0 or more").with_source(error)
            });
        }
        match (family(self.order_type), family(&value.data_type())) {
            (Family::Number, Family::Number) => {
                value.cast_to(self.order_type).map_err(|error| wrong(&show(self.order_type)).with_source(error))
            }
            (Family::Time, Family::Span) => {
                let interval = DataType::Interval(arrow::datatypes::IntervalUnit::MonthDayNano);
                value.cast_to(&interval).map_err(|error| wrong("an interval").with_source(error))
            }
            (Family::Time, _) => Err(wrong("an interval")),
            _ => Err(wrong("a number")),
        }
    }
}
