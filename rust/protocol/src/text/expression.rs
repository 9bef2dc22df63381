//! Expressions as people write them: operators between their arguments, as few brackets as the precedence allows.

use super::literal::{CUT, list, name, push, text, write_literal, write_type};
use crate::wire::plan::{
    AggregateCall, Bound, BoundKind, Call, Case, Cast, CastFailure, ColumnRef, Expression, Frame, FrameExclusion, FrameUnits, FunctionRef,
    InList, Lambda, NamedExpr, NullTreatment, NullsOrder, Plan, SortDirection, SortKey, Subquery, SubqueryKind, WindowCall,
    expression::Kind, window_call,
};

/// Deeper than messages nest; what is deeper was never checked.
const DEPTH_MAX: u32 = 64;

/// How tightly an operator binds; calls and names bind tightest.
type Precedence = u8;

const LOOSEST: Precedence = 0;
const NOT: Precedence = 3;
const COMPARE: Precedence = 4;
const POSTFIX: Precedence = 9;
const TIGHTEST: Precedence = 10;

/// Operators of `core` that stand between two arguments, with their precedence.
const INFIX: [(&str, &str, Precedence); 35] = [
    ("or", "or", 1),
    ("xor", "xor", 1),
    ("and", "and", 2),
    ("eq", "=", COMPARE),
    ("ne", "<>", COMPARE),
    ("lt", "<", COMPARE),
    ("le", "<=", COMPARE),
    ("gt", ">", COMPARE),
    ("ge", ">=", COMPARE),
    ("is_distinct_from", "is distinct from", COMPARE),
    ("is_not_distinct_from", "is not distinct from", COMPARE),
    ("like", "like", COMPARE),
    ("not_like", "not like", COMPARE),
    ("ilike", "ilike", COMPARE),
    ("not_ilike", "not ilike", COMPARE),
    ("similar_to", "similar to", COMPARE),
    ("not_similar_to", "not similar to", COMPARE),
    ("regex_match", "~", COMPARE),
    ("regex_imatch", "~*", COMPARE),
    ("regex_not_match", "!~", COMPARE),
    ("regex_not_imatch", "!~*", COMPARE),
    ("list_contains_all", "@>", COMPARE),
    ("list_contained_by", "<@", COMPARE),
    ("bit_or", "|", 5),
    ("bit_xor", "^", 5),
    ("bit_and", "&", 5),
    ("shift_left", "<<", 5),
    ("shift_right", ">>", 5),
    ("concat_op", "||", 6),
    ("add", "+", 7),
    ("subtract", "-", 7),
    ("multiply", "*", 8),
    ("divide", "/", 8),
    ("modulo", "%", 8),
    ("at_time_zone", "at time zone", POSTFIX),
];

/// Operators that stand before their argument.
const PREFIX: [(&str, &str, Precedence); 3] = [("not", "not ", NOT), ("negate", "-", POSTFIX), ("bit_not", "~", POSTFIX)];

/// Operators that stand after their argument.
const SUFFIX: [(&str, &str); 10] = [
    ("is_null", "is null"),
    ("is_not_null", "is not null"),
    ("is_true", "is true"),
    ("is_not_true", "is not true"),
    ("is_false", "is false"),
    ("is_not_false", "is not false"),
    ("is_unknown", "is unknown"),
    ("is_not_unknown", "is not unknown"),
    ("is_nan", "is nan"),
    ("is_not_nan", "is not nan"),
];

/// Writes expressions of one plan.
pub(super) struct Writer<'p> {
    pub(super) out: String,
    pub(super) plan: Option<&'p Plan>,
    depth: u32,
}

impl<'p> Writer<'p> {
    pub(super) fn new(plan: Option<&'p Plan>) -> Self {
        Self { out: String::new(), plan, depth: 0 }
    }

    pub(super) fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub(super) fn expression(&mut self, expression: &Expression) {
        self.bound(expression, LOOSEST);
    }

    pub(super) fn optional(&mut self, expression: Option<&Expression>) {
        match expression {
            Some(expression) => self.expression(expression),
            None => self.push("?"),
        }
    }

    /// Things with commas between.
    pub(super) fn list<T>(&mut self, things: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        let mut out = std::mem::take(&mut self.out);
        list(&mut out, things, |out, thing| {
            std::mem::swap(&mut self.out, out);
            write(self, thing);
            std::mem::swap(&mut self.out, out);
        });
        self.out = out;
    }

    pub(super) fn expressions(&mut self, expressions: &[Expression]) {
        self.list(expressions, |this, expression| this.expression(expression));
    }

    /// `name = expression`; the name is left out where it is the column's own.
    pub(super) fn named(&mut self, named: &[NamedExpr]) {
        self.list(named, |this, named| this.named_one(named));
    }

    pub(super) fn named_one(&mut self, named: &NamedExpr) {
        let kind = named.expr.as_ref().and_then(|expression| expression.kind.as_ref());
        let own_name = matches!(kind, Some(Kind::Column(column)) if named.name.is_empty() || column.name == named.name);
        if !own_name {
            push(&mut self.out, format_args!("{} = ", name(&named.name)));
        }
        self.optional(named.expr.as_ref());
    }

    pub(super) fn sort_keys(&mut self, keys: &[SortKey]) {
        self.list(keys, |this, key| {
            this.optional(key.expr.as_ref());
            this.push(match SortDirection::try_from(key.direction) {
                Ok(SortDirection::Asc) => " asc",
                Ok(SortDirection::Desc) => " desc",
                _ => " ?",
            });
            this.push(match NullsOrder::try_from(key.nulls) {
                Ok(NullsOrder::First) => " nulls first",
                Ok(NullsOrder::Last) => " nulls last",
                _ => " nulls ?",
            });
        });
    }

    /// An expression inside an operator: in brackets where it binds less tightly.
    fn bound(&mut self, expression: &Expression, around: Precedence) {
        if self.depth >= DEPTH_MAX {
            return self.push(CUT);
        }
        self.depth += 1;
        let brackets = expression.kind.as_ref().map_or(TIGHTEST, precedence) < around;
        self.push(if brackets { "(" } else { "" });
        match &expression.kind {
            Some(kind) => self.kind(kind),
            None => self.push("?"),
        }
        self.push(if brackets { ")" } else { "" });
        self.depth -= 1;
    }

    fn kind(&mut self, kind: &Kind) {
        match kind {
            Kind::Literal(literal) => write_literal(&mut self.out, literal),
            Kind::Column(column) => self.column(column),
            Kind::OuterColumn(column) => push(&mut self.out, format_args!("outer #{}.{}", column.relation, name(&column.name))),
            Kind::Call(call) => self.call(call),
            Kind::Cast(cast) => self.cast(cast),
            Kind::CaseWhen(case) => self.case(case),
            Kind::InList(of) => self.in_list(of),
            Kind::Aggregate(call) => self.aggregate(call),
            Kind::Window(call) => self.window(call),
            Kind::Subquery(subquery) => self.subquery(subquery),
            Kind::Field(access) => {
                self.operand(access.input.as_deref(), TIGHTEST);
                push(&mut self.out, format_args!(".{}", name(&access.field)));
            }
            Kind::LambdaFn(lambda) => self.lambda(lambda),
            Kind::LambdaVar(variable) => push(&mut self.out, format_args!("%{}", variable.id)),
            Kind::Parameter(parameter) => push(&mut self.out, format_args!("${}", parameter.index)),
            Kind::Foreign(call) => {
                self.foreign_name(call.function);
                self.push("(");
                self.expressions(&call.args);
                self.push(")");
            }
            Kind::Sql(fragment) => push(&mut self.out, format_args!("sql {}", text(&fragment.text))),
            Kind::Shared(index) => push(&mut self.out, format_args!("@{index}")),
            Kind::Extension(any) => push(&mut self.out, format_args!("extension {}", text(&any.type_url))),
        }
    }

    fn operand(&mut self, expression: Option<&Expression>, around: Precedence) {
        match expression {
            Some(expression) => self.bound(expression, around),
            None => self.push("?"),
        }
    }

    pub(super) fn column(&mut self, column: &ColumnRef) {
        if column.relation != 0 {
            push(&mut self.out, format_args!("#{}.", column.relation));
        }
        for part in &column.qualifier {
            push(&mut self.out, format_args!("{}.", name(part)));
        }
        self.out.push_str(&name(&column.name));
    }

    fn call(&mut self, call: &Call) {
        let operator = operator(call);
        match (operator, call.args.as_slice()) {
            (Some(Operator::Infix(sign, binds)), args) => {
                for (i, arg) in args.iter().enumerate() {
                    if i > 0 {
                        push(&mut self.out, format_args!(" {sign} "));
                    }
                    // The same operator on the right folds the other way and keeps its brackets.
                    self.bound(arg, if i == 0 { binds } else { binds + 1 });
                }
            }
            (Some(Operator::Prefix(sign, binds)), [arg]) => {
                self.push(sign);
                self.bound(arg, binds);
            }
            (Some(Operator::Suffix(sign)), [arg]) => {
                self.bound(arg, COMPARE + 1);
                push(&mut self.out, format_args!(" {sign}"));
            }
            (Some(Operator::Between(sign)), [value, low, high]) => {
                self.bound(value, COMPARE + 1);
                push(&mut self.out, format_args!(" {sign} "));
                self.bound(low, COMPARE + 1);
                self.push(" and ");
                self.bound(high, COMPARE + 1);
            }
            (Some(Operator::Item), [value, item]) => {
                self.bound(value, TIGHTEST);
                self.push("[");
                self.expression(item);
                self.push("]");
            }
            _ => self.plain_call(call),
        }
    }

    fn plain_call(&mut self, call: &Call) {
        self.function(call.function.as_ref());
        self.push("(");
        self.expressions(&call.args);
        if !call.named_args.is_empty() {
            self.push(if call.args.is_empty() { "" } else { ", " });
            self.list(&call.named_args, |this, named| {
                push(&mut this.out, format_args!("{} => ", name(&named.name)));
                this.optional(named.expr.as_ref());
            });
        }
        self.push(")");
    }

    /// Functions of the registry go by their bare names.
    pub(super) fn function(&mut self, function: Option<&FunctionRef>) {
        let Some(function) = function else { return self.push("?") };
        if function.namespace != "core" && function.namespace != "std" {
            push(&mut self.out, format_args!("{}.", name(&function.namespace)));
        }
        self.out.push_str(&name(&function.name));
    }

    /// A foreign function by its name.
    pub(super) fn foreign_name(&mut self, index: u32) {
        let function = self.plan.and_then(|plan| plan.functions.get((index as usize).checked_sub(1)?));
        match function {
            Some(function) => push(&mut self.out, format_args!("foreign {}", name(&function.name))),
            None => push(&mut self.out, format_args!("foreign {index}")),
        }
    }

    fn cast(&mut self, cast: &Cast) {
        self.push(if cast.on_failure == CastFailure::Null as i32 { "try_cast(" } else { "cast(" });
        self.optional(cast.input.as_deref());
        self.push(" as ");
        match &cast.to {
            Some(ty) => write_type(&mut self.out, ty, 0),
            None => self.push("?"),
        }
        self.push(")");
    }

    fn case(&mut self, case: &Case) {
        self.push("case");
        if let Some(operand) = &case.operand {
            self.push(" ");
            self.expression(operand);
        }
        for branch in case.branches.iter().take(super::literal::ITEMS_MAX) {
            self.push(" when ");
            self.optional(branch.condition.as_ref());
            self.push(" then ");
            self.optional(branch.result.as_ref());
        }
        if case.branches.len() > super::literal::ITEMS_MAX {
            self.push(" …");
        }
        if let Some(otherwise) = &case.otherwise {
            self.push(" else ");
            self.expression(otherwise);
        }
        self.push(" end");
    }

    fn in_list(&mut self, of: &InList) {
        self.operand(of.needle.as_deref(), COMPARE + 1);
        if of.arrow_items.is_empty() {
            self.push(" in (");
            self.expressions(&of.items);
            self.push(")");
        } else {
            push(&mut self.out, format_args!(" in ({} bytes of Arrow)", of.arrow_items.len()));
        }
    }

    fn aggregate(&mut self, call: &AggregateCall) {
        if call.foreign == 0 {
            self.function(call.function.as_ref());
        } else {
            self.foreign_name(call.foreign);
        }
        self.push(if call.distinct { "(distinct " } else { "(" });
        let is_count = call.args.is_empty() && call.function.as_ref().is_some_and(|function| function.name == "count");
        self.push(if is_count { "*" } else { "" });
        self.expressions(&call.args);
        if !call.order_by.is_empty() {
            self.push(" order by ");
            self.sort_keys(&call.order_by);
        }
        self.push(")");
        self.push(match NullTreatment::try_from(call.nulls) {
            Ok(NullTreatment::Respect) => " respect nulls",
            Ok(NullTreatment::Ignore) => " ignore nulls",
            _ => "",
        });
        if let Some(filter) = &call.filter {
            self.push(" filter (where ");
            self.expression(filter);
            self.push(")");
        }
    }

    fn window(&mut self, call: &WindowCall) {
        match &call.function {
            Some(window_call::Function::Aggregate(call)) => self.aggregate(call),
            Some(window_call::Function::Window(call)) => self.plain_call(call),
            None => self.push("?"),
        }
        self.push(" over (");
        if !call.partition_by.is_empty() {
            self.push("partition by ");
            self.expressions(&call.partition_by);
            self.push(" ");
        }
        if !call.order_by.is_empty() {
            self.push("order by ");
            self.sort_keys(&call.order_by);
            self.push(" ");
        }
        match &call.frame {
            Some(frame) => self.frame(frame),
            None => self.push("?"),
        }
        self.push(")");
    }

    fn frame(&mut self, frame: &Frame) {
        self.push(match FrameUnits::try_from(frame.units) {
            Ok(FrameUnits::Rows) => "rows",
            Ok(FrameUnits::Range) => "range",
            Ok(FrameUnits::Groups) => "groups",
            _ => "?",
        });
        self.push(" between ");
        self.frame_bound(frame.start.as_deref());
        self.push(" and ");
        self.frame_bound(frame.end.as_deref());
        self.push(match FrameExclusion::try_from(frame.exclusion) {
            Ok(FrameExclusion::CurrentRow) => " exclude current row",
            Ok(FrameExclusion::Group) => " exclude group",
            Ok(FrameExclusion::Ties) => " exclude ties",
            _ => "",
        });
    }

    fn frame_bound(&mut self, bound: Option<&Bound>) {
        let Some(bound) = bound else { return self.push("?") };
        if let Some(offset) = &bound.offset {
            self.expression(offset);
            self.push(" ");
        }
        self.push(match BoundKind::try_from(bound.kind) {
            Ok(BoundKind::UnboundedPreceding) => "unbounded preceding",
            Ok(BoundKind::PrecedingOffset) => "preceding",
            Ok(BoundKind::CurrentRow) => "current row",
            Ok(BoundKind::FollowingOffset) => "following",
            Ok(BoundKind::UnboundedFollowing) => "unbounded following",
            _ => "?",
        });
    }

    fn subquery(&mut self, subquery: &Subquery) {
        if let [needle] = subquery.needles.as_slice() {
            self.bound(needle, COMPARE + 1);
            self.push(" ");
        } else if !subquery.needles.is_empty() {
            self.push("(");
            self.expressions(&subquery.needles);
            self.push(") ");
        }
        if let Some(comparison) = &subquery.comparison {
            let sign = INFIX.iter().find(|(name, ..)| *name == comparison.name).map_or(comparison.name.as_str(), |(_, sign, _)| sign);
            push(&mut self.out, format_args!("{sign} "));
        }
        let word = match SubqueryKind::try_from(subquery.kind) {
            Ok(SubqueryKind::Scalar) => "",
            Ok(SubqueryKind::Exists) => "exists ",
            Ok(SubqueryKind::In) => "in ",
            Ok(SubqueryKind::Any) => "any ",
            Ok(SubqueryKind::All) => "all ",
            _ => "? ",
        };
        push(&mut self.out, format_args!("{word}(#{})", subquery.relation));
    }

    fn lambda(&mut self, lambda: &Lambda) {
        self.push("(");
        self.list(&lambda.params, |this, param| push(&mut this.out, format_args!("%{}", param.id)));
        self.push(") -> ");
        self.optional(lambda.body.as_deref());
    }
}

#[derive(Clone, Copy)]
enum Operator {
    Infix(&'static str, Precedence),
    Prefix(&'static str, Precedence),
    Suffix(&'static str),
    Between(&'static str),
    Item,
}

/// How the call is written, if it is an operator called in the ordinary way.
fn operator(call: &Call) -> Option<Operator> {
    let function = call.function.as_ref().filter(|function| function.namespace == "core" && call.named_args.is_empty())?;
    match (function.name.as_str(), call.args.len()) {
        ("between", 3) => Some(Operator::Between("between")),
        ("not_between", 3) => Some(Operator::Between("not between")),
        ("get_item" | "get_key", 2) => Some(Operator::Item),
        (name, 1) => {
            let prefix = PREFIX.iter().find(|(known, ..)| *known == name).map(|(_, sign, binds)| Operator::Prefix(sign, *binds));
            prefix.or_else(|| SUFFIX.iter().find(|(known, _)| *known == name).map(|(_, sign)| Operator::Suffix(sign)))
        }
        (name, 2..) => INFIX.iter().find(|(known, ..)| *known == name).map(|(_, sign, binds)| Operator::Infix(sign, *binds)),
        _ => None,
    }
}

fn precedence(kind: &Kind) -> Precedence {
    match kind {
        Kind::Call(call) => match operator(call) {
            Some(Operator::Infix(_, binds) | Operator::Prefix(_, binds)) => binds,
            Some(Operator::Suffix(_) | Operator::Between(_)) => COMPARE,
            Some(Operator::Item) | None => TIGHTEST,
        },
        Kind::InList(_) => COMPARE,
        Kind::Subquery(subquery) if !subquery.needles.is_empty() => COMPARE,
        Kind::LambdaFn(_) => LOOSEST,
        _ => TIGHTEST,
    }
}
