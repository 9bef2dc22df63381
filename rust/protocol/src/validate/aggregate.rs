//! Aggregate and window calls: where they may stand, and what they have to say.

use super::call::Use;
use super::check::Checker;
use super::expression::Allowed;
use super::place::Path;
use crate::functions;
use crate::wire::plan::{
    AggregateCall, Bound, BoundKind, Expression, Frame, FrameExclusion, FrameUnits, FunctionKind, NullTreatment, SortKey, WindowCall,
    expression::Kind, literal::Value, window_call::Function,
};

impl Checker<'_> {
    pub(super) fn aggregate_allowed(&mut self, at: &Path, allowed: Allowed) {
        self.facts.aggregate = true;
        if !allowed.aggregates {
            self.misplaced(at, format_args!("an aggregate stands where rows are computed; use an aggregate relation or a window"));
        }
    }

    pub(super) fn window_allowed(&mut self, at: &Path, allowed: Allowed) {
        self.facts.window = true;
        if !allowed.windows {
            self.misplaced(at, format_args!("a window call stands only in a projection; compute it there and use its column here"));
        }
    }

    pub(super) fn aggregate_call(&mut self, at: &Path, call: &AggregateCall, allowed: Allowed) -> u32 {
        self.aggregate_allowed(at, allowed);
        self.aggregate_parts(at, call, allowed.inside_call())
    }

    fn aggregate_parts(&mut self, at: &Path, call: &AggregateCall, inside: Allowed) -> u32 {
        self.aggregate_function(at, call);
        self.optional_choice::<NullTreatment>(&at.field("nulls"), call.nulls);
        let arguments = Allowed { lambda: true, ..inside };
        let args = self.children(at, "args", &call.args, arguments);
        let filter = self.optional_child(&at.field("filter"), call.filter.as_deref(), inside);
        args.max(filter).max(self.inner_sort_keys(at, &call.order_by, inside))
    }

    fn aggregate_function(&mut self, at: &Path, call: &AggregateCall) {
        if call.foreign == 0 {
            let kind = functions::FunctionKind::Aggregate;
            let usage = Use { kind, args: call.args.len(), named_args: &[], options: &call.options };
            return self.function(at, call.function.as_ref(), &usage);
        }
        if call.function.is_some() {
            self.invalid(&at.field("foreign"), format_args!("an aggregate has function or foreign, not both"));
        }
        self.foreign(&at.field("foreign"), call.foreign, &[FunctionKind::Aggregate, FunctionKind::Window]);
    }

    fn inner_sort_keys(&mut self, at: &Path, keys: &[SortKey], allowed: Allowed) -> u32 {
        let mut deepest = 0;
        for (i, key) in keys.iter().enumerate() {
            let at = at.item("order_by", i);
            deepest = deepest.max(self.child(&at.field("expr"), key.expr.as_ref(), allowed));
            self.sort_choices(&at, key);
        }
        deepest
    }

    pub(super) fn window_call(&mut self, at: &Path, call: &WindowCall, allowed: Allowed) -> u32 {
        self.window_allowed(at, allowed);
        let inside = allowed.inside_call();
        let function = match &call.function {
            None => {
                self.missing(&at.field("function"), format_args!("a window call needs aggregate or window"));
                0
            }
            Some(Function::Aggregate(aggregate)) => self.aggregate_parts(&at.field("aggregate"), aggregate, inside),
            Some(Function::Window(call)) => self.call_of_kind(&at.field("window"), call, functions::FunctionKind::Window, inside),
        };
        let partition = self.children(at, "partition_by", &call.partition_by, inside);
        let order = self.inner_sort_keys(at, &call.order_by, inside);
        let frame = at.field("frame");
        let offsets = match self.required(&frame, call.frame.as_deref()) {
            Some(of) => self.frame(&frame, of, !call.order_by.is_empty(), inside),
            None => 0,
        };
        function.max(partition).max(order).max(offsets)
    }

    fn frame(&mut self, at: &Path, frame: &Frame, ordered: bool, allowed: Allowed) -> u32 {
        let units = self.choice::<FrameUnits>(&at.field("units"), frame.units);
        self.optional_choice::<FrameExclusion>(&at.field("exclusion"), frame.exclusion);
        let (start, start_depth) = self.bound(&at.field("start"), frame.start.as_deref(), allowed);
        let (end, end_depth) = self.bound(&at.field("end"), frame.end.as_deref(), allowed);
        if let (Some(start), Some(end)) = (start, end) {
            self.bounds(at, start, end);
            self.offsets(at, frame, (start, end));
        }
        let has_offset = [start, end].iter().flatten().any(|kind| is_offset(*kind));
        if !ordered && (units == Some(FrameUnits::Groups) || (units == Some(FrameUnits::Range) && has_offset)) {
            self.invalid(&at.field("units"), format_args!("a frame in groups, or in ranges with an offset, needs order_by"));
        }
        start_depth.max(end_depth)
    }

    fn bound(&mut self, at: &Path, bound: Option<&Bound>, allowed: Allowed) -> (Option<BoundKind>, u32) {
        let Some(bound) = self.required(at, bound) else { return (None, 0) };
        let kind = self.choice::<BoundKind>(&at.field("kind"), bound.kind);
        let offset = at.field("offset");
        match (kind.is_some_and(is_offset), bound.offset.as_deref()) {
            (true, None) => self.missing(&offset, format_args!("a bound by offset says the offset")),
            (true, Some(given)) if is_null(given) => self.invalid(&offset, format_args!("an offset is not null")),
            (false, Some(_)) if kind.is_some() => self.invalid(&offset, format_args!("only a bound by offset has one")),
            _ => {}
        }
        (kind, self.optional_child(&offset, bound.offset.as_deref(), allowed.constant()))
    }

    /// Offsets that are known already: none is negative, and two in the same direction are in order.
    fn offsets(&mut self, at: &Path, frame: &Frame, kinds: (BoundKind, BoundKind)) {
        let (start, end) = (known_offset(frame.start.as_deref()), known_offset(frame.end.as_deref()));
        for (name, offset) in [("start", start), ("end", end)] {
            if let Some(offset) = offset.filter(|offset| *offset < 0) {
                self.invalid(&at.field(name).field("offset"), format_args!("an offset of {offset}; the bound's kind says the direction"));
            }
        }
        let (Some(start), Some(end)) = (start, end) else { return };
        let crossed = match kinds {
            (BoundKind::PrecedingOffset, BoundKind::PrecedingOffset) => start < end,
            (BoundKind::FollowingOffset, BoundKind::FollowingOffset) => start > end,
            _ => false,
        };
        if crossed {
            self.invalid(at, format_args!("the frame starts at offset {start} and ends before, at {end}"));
        }
    }

    /// The start must not lie after the end.
    fn bounds(&mut self, at: &Path, start: BoundKind, end: BoundKind) {
        if start == BoundKind::UnboundedFollowing {
            self.invalid(&at.field("start"), format_args!("a frame cannot start at UNBOUNDED_FOLLOWING"));
        } else if end == BoundKind::UnboundedPreceding {
            self.invalid(&at.field("end"), format_args!("a frame cannot end at UNBOUNDED_PRECEDING"));
        } else if start as i32 > end as i32 {
            self.invalid(at, format_args!("the frame starts at {} and ends before, at {}", start.as_str_name(), end.as_str_name()));
        }
    }
}

fn is_offset(kind: BoundKind) -> bool {
    matches!(kind, BoundKind::PrecedingOffset | BoundKind::FollowingOffset)
}

fn is_null(expression: &Expression) -> bool {
    matches!(&expression.kind, Some(Kind::Literal(literal)) if matches!(literal.value, Some(Value::NullValue(_))))
}

/// The offset of a bound, where it is a whole number in the plan.
fn known_offset(bound: Option<&Bound>) -> Option<i128> {
    let Some(Kind::Literal(literal)) = &bound?.offset.as_deref()?.kind else {
        return None;
    };
    match literal.value {
        Some(Value::IntValue(value)) => Some(value.into()),
        Some(Value::UintValue(value)) => Some(value.into()),
        _ => None,
    }
}
