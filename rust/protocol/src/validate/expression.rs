//! Expressions: one walk per expression, as deep as messages may nest.

use super::check::Checker;
use super::place::Path;
use super::shared::Facts;
use crate::error::{Code, Error};
use crate::limits::MESSAGE_DEPTH_MAX;
use crate::wire::plan::{
    Case, Cast, CastFailure, ColumnRef, Expression, ForeignCall, FunctionKind, InList, Lambda, NamedExpr, NullsOrder, OuterColumn,
    SortDirection, SortKey, SqlFragment, Subquery, SubqueryKind, expression::Kind,
};

/// Which expressions may stand at a place.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Allowed {
    /// Columns of the relation's inputs.
    pub(super) columns: bool,
    pub(super) aggregates: bool,
    pub(super) windows: bool,
    /// An argument of a call may be a lambda.
    pub(super) lambda: bool,
    /// Lambda variables of the surroundings are known only where a shared expression is used.
    pub(super) free_variables: bool,
}

impl Allowed {
    /// Rows of one relation, nothing else.
    pub(super) const ROWS: Allowed = Allowed { columns: true, ..Allowed::CONSTANTS };
    /// Literals, parameters, and calls of these.
    pub(super) const CONSTANTS: Allowed =
        Allowed { columns: false, aggregates: false, windows: false, lambda: false, free_variables: false };
    /// Measures of an aggregate, a pivot, an observation.
    pub(super) const MEASURES: Allowed = Allowed { aggregates: true, ..Allowed::ROWS };
    /// Items of a projection.
    pub(super) const ITEMS: Allowed = Allowed { windows: true, ..Allowed::ROWS };
    /// Shared expressions: what they hold is checked where they are used.
    pub(super) const IN_SHARED: Allowed = Allowed { columns: true, aggregates: true, windows: true, lambda: false, free_variables: true };

    /// Inside an aggregate or window call.
    pub(super) fn inside_call(self) -> Self {
        Allowed { columns: self.columns, free_variables: self.free_variables, ..Allowed::CONSTANTS }
    }

    /// The offset of a frame's bound.
    pub(super) fn constant(self) -> Self {
        Allowed { columns: false, ..self.inside_call() }
    }
}

impl Checker<'_> {
    /// An expression of a relation or command that must be there.
    pub(super) fn expression(&mut self, at: &Path, expression: Option<&Expression>, allowed: Allowed) -> Facts {
        match self.required(at, expression) {
            Some(expression) => self.whole_expression(at, expression, allowed),
            None => Facts::default(),
        }
    }

    /// A list of expressions.
    pub(super) fn expressions(&mut self, at: &Path, field: &'static str, expressions: &[Expression], allowed: Allowed) {
        for (i, expression) in expressions.iter().enumerate() {
            self.whole_expression(&at.item(field, i), expression, allowed);
        }
    }

    /// Expressions with names; the name may be left out where the expression is a bare column, if `bare_columns`.
    pub(super) fn named(&mut self, at: &Path, field: &'static str, list: &[NamedExpr], bare_columns: bool, allowed: Allowed) {
        for (i, named) in list.iter().enumerate() {
            self.named_one(&at.item(field, i), named, bare_columns, allowed);
        }
    }

    pub(super) fn named_one(&mut self, at: &Path, named: &NamedExpr, bare_columns: bool, allowed: Allowed) -> Facts {
        let facts = self.expression(&at.field("expr"), named.expr.as_ref(), allowed);
        self.name_of(at, named, bare_columns);
        self.key_values(at, "metadata", &named.metadata);
        facts
    }

    fn name_of(&mut self, at: &Path, named: &NamedExpr, bare_columns: bool) {
        let kind = named.expr.as_ref().and_then(|expression| expression.kind.as_ref());
        if named.name.is_empty() && bare_columns && matches!(kind, Some(Kind::Column(_)) | None) {
            return;
        }
        self.name(&at.field("name"), &named.name);
    }

    pub(super) fn sort_keys(&mut self, at: &Path, field: &'static str, keys: &[SortKey], allowed: Allowed) {
        for (i, key) in keys.iter().enumerate() {
            let at = at.item(field, i);
            self.expression(&at.field("expr"), key.expr.as_ref(), allowed);
            self.sort_choices(&at, key);
        }
    }

    pub(super) fn sort_choices(&mut self, at: &Path, key: &SortKey) {
        self.choice::<SortDirection>(&at.field("direction"), key.direction);
        self.choice::<NullsOrder>(&at.field("nulls"), key.nulls);
    }

    /// Looks at one expression from its top, counts it, and answers what its users have to know.
    pub(super) fn whole_expression(&mut self, at: &Path, expression: &Expression, allowed: Allowed) -> Facts {
        if self.report.is_full() {
            return Facts::default();
        }
        self.facts = Facts::default();
        self.facts.depth = self.inner(at, expression, allowed);
        let facts = std::mem::take(&mut self.facts);
        self.count(at, &facts, allowed);
        facts
    }

    fn count(&mut self, at: &Path, facts: &Facts, allowed: Allowed) {
        let limits = self.limits;
        if facts.depth > limits.expression_depth {
            let found = format_args!("with shared expressions followed, {} levels of expressions", facts.depth);
            self.push(at, limits.exceeded("expression_depth", found));
        }
        // A shared expression counts where it is used.
        let inlined = if allowed.free_variables { 0 } else { facts.size };
        let before = self.expressions_inlined;
        self.expressions_inlined = before.saturating_add(inlined);
        let most = u64::from(limits.expressions_inlined);
        if before <= most && (self.expressions_inlined > most || facts.size > most) {
            let found = format_args!("with shared expressions followed, the plan has more expressions");
            self.push(at, limits.exceeded("expressions_inlined", found));
        }
    }

    /// An expression inside another one, which must be there; answers its depth.
    pub(super) fn child(&mut self, at: &Path, expression: Option<&Expression>, allowed: Allowed) -> u32 {
        match self.required(at, expression) {
            Some(expression) => self.inner(at, expression, allowed),
            None => 0,
        }
    }

    /// An expression inside another one, which may be absent.
    pub(super) fn optional_child(&mut self, at: &Path, expression: Option<&Expression>, allowed: Allowed) -> u32 {
        expression.map_or(0, |expression| self.inner(at, expression, allowed))
    }

    pub(super) fn children(&mut self, at: &Path, field: &'static str, list: &[Expression], allowed: Allowed) -> u32 {
        let mut deepest = 0;
        for (i, expression) in list.iter().enumerate() {
            deepest = deepest.max(self.inner(&at.item(field, i), expression, allowed));
        }
        deepest
    }

    fn inner(&mut self, at: &Path, expression: &Expression, allowed: Allowed) -> u32 {
        if self.report.is_full() || !self.enter(at) {
            return 1;
        }
        let Some(kind) = &expression.kind else {
            self.missing(at, format_args!("an expression without a kind"));
            return 1;
        };
        1 + self.kind(at, kind, allowed)
    }

    /// Counts an expression; answers whether there is room for it.
    fn enter(&mut self, at: &Path) -> bool {
        self.expressions += 1;
        self.facts.size = self.facts.size.saturating_add(1);
        if at.depth() > MESSAGE_DEPTH_MAX {
            let message = format!("messages nest more than {MESSAGE_DEPTH_MAX} deep; hoist deep expressions into shared_expressions");
            self.push(at, Error::new(Code::PlanTooDeep, message));
            return false;
        }
        let most = u64::from(self.limits.expressions);
        if self.expressions == most + 1 {
            let error = self.limits.exceeded("expressions", format_args!("the plan has more than {most} expressions"));
            self.push(at, error);
        }
        self.expressions <= most
    }

    /// Answers the depth of what is inside.
    fn kind(&mut self, at: &Path, kind: &Kind, allowed: Allowed) -> u32 {
        let inside = Allowed { lambda: false, ..allowed };
        match kind {
            Kind::Literal(literal) => self.leaf(|this| this.literal(&at.field("literal"), literal)),
            Kind::Column(column) => self.leaf(|this| this.input_column(&at.field("column"), column, allowed)),
            Kind::OuterColumn(column) => self.leaf(|this| this.outer_column(&at.field("outer_column"), column)),
            Kind::Call(call) => self.call(&at.field("call"), call, inside),
            Kind::Cast(cast) => self.cast(&at.field("cast"), cast, inside),
            Kind::CaseWhen(case) => self.case(&at.field("case_when"), case, inside),
            Kind::InList(list) => self.in_list(&at.field("in_list"), list, inside),
            Kind::Aggregate(call) => self.aggregate_call(&at.field("aggregate"), call, inside),
            Kind::Window(call) => self.window_call(&at.field("window"), call, inside),
            Kind::Subquery(subquery) => self.subquery(&at.field("subquery"), subquery, inside),
            Kind::Field(access) => {
                let at = at.field("field");
                self.name(&at.field("field"), &access.field);
                self.child(&at.field("input"), access.input.as_deref(), inside)
            }
            Kind::LambdaFn(lambda) => self.lambda(&at.field("lambda_fn"), lambda, allowed),
            Kind::LambdaVar(variable) => self.leaf(|this| this.variable(&at.field("lambda_var"), variable.id, allowed)),
            Kind::Parameter(parameter) => self.leaf(|this| {
                let at = at.field("parameter");
                this.index_of(&at.field("index"), parameter.index, &this.plan.parameters, "parameter");
            }),
            Kind::Foreign(call) => self.foreign_call(&at.field("foreign"), call, inside),
            Kind::Sql(fragment) => self.leaf(|this| this.sql_fragment(&at.field("sql"), fragment)),
            Kind::Shared(index) => self.shared(at, *index, inside).saturating_sub(1),
            Kind::Extension(any) => self.leaf(|this| this.extension(&at.field("extension"), &any.type_url)),
        }
    }

    fn leaf(&mut self, look: impl FnOnce(&mut Self)) -> u32 {
        look(self);
        0
    }

    fn input_column(&mut self, at: &Path, column: &ColumnRef, allowed: Allowed) {
        self.columns_allowed(at, allowed);
        self.column_ref(at, column);
    }

    pub(super) fn columns_allowed(&mut self, at: &Path, allowed: Allowed) {
        self.facts.columns = true;
        if !allowed.columns {
            self.misplaced(at, format_args!("a column stands where only a constant may: there are no rows here to take it from"));
        }
    }

    pub(super) fn column_ref(&mut self, at: &Path, column: &ColumnRef) {
        self.name(&at.field("name"), &column.name);
        self.names(at, "qualifier", &column.qualifier);
        if column.relation != 0 && !column.qualifier.is_empty() {
            self.invalid(&at.field("qualifier"), format_args!("a column is reached through a qualifier or a relation, not both"));
        }
    }

    fn outer_column(&mut self, at: &Path, column: &OuterColumn) {
        self.name(&at.field("name"), &column.name);
    }

    fn cast(&mut self, at: &Path, cast: &Cast, allowed: Allowed) -> u32 {
        if let Some(ty) = self.required(&at.field("to"), cast.to.as_ref()) {
            self.data_type(&at.field("to"), ty);
        }
        self.choice::<CastFailure>(&at.field("on_failure"), cast.on_failure);
        self.child(&at.field("input"), cast.input.as_deref(), allowed)
    }

    fn case(&mut self, at: &Path, case: &Case, allowed: Allowed) -> u32 {
        self.some(&at.field("branches"), &case.branches);
        let mut deepest = self.optional_child(&at.field("operand"), case.operand.as_deref(), allowed);
        for (i, branch) in case.branches.iter().enumerate() {
            let at = at.item("branches", i);
            deepest = deepest.max(self.child(&at.field("condition"), branch.condition.as_ref(), allowed));
            deepest = deepest.max(self.child(&at.field("result"), branch.result.as_ref(), allowed));
        }
        deepest.max(self.optional_child(&at.field("otherwise"), case.otherwise.as_deref(), allowed))
    }

    fn in_list(&mut self, at: &Path, list: &InList, allowed: Allowed) -> u32 {
        let items = at.field("arrow_items");
        match (list.items.is_empty(), list.arrow_items.is_empty()) {
            (false, false) => self.invalid(&items, format_args!("a list has items or arrow_items, not both")),
            (true, true) => self.missing(&at.field("items"), format_args!("an empty list; items or arrow_items is required")),
            _ => {}
        }
        self.inline(&items, list.arrow_items.len());
        let needle = self.child(&at.field("needle"), list.needle.as_deref(), allowed);
        needle.max(self.children(at, "items", &list.items, allowed))
    }

    fn subquery(&mut self, at: &Path, subquery: &Subquery, allowed: Allowed) -> u32 {
        match self.index.get(&subquery.relation).copied() {
            Some(position) if position < self.position => {
                self.facts.last_relation = self.facts.last_relation.max(Some(position));
            }
            _ => {
                let message = format_args!("a subquery over {}, which is no relation that stands earlier in the plan", subquery.relation);
                self.report.add(&at.field("relation"), Code::PlanInvalidTopology, message);
            }
        }
        if let Some(kind) = self.choice::<SubqueryKind>(&at.field("kind"), subquery.kind) {
            self.subquery_kind(at, subquery, kind);
        }
        self.children(at, "needles", &subquery.needles, allowed)
    }

    fn subquery_kind(&mut self, at: &Path, subquery: &Subquery, kind: SubqueryKind) {
        let needs_needles = matches!(kind, SubqueryKind::In | SubqueryKind::Any | SubqueryKind::All);
        let needs_comparison = matches!(kind, SubqueryKind::Any | SubqueryKind::All);
        let needles = at.field("needles");
        if needs_needles {
            self.some(&needles, &subquery.needles);
        } else if !subquery.needles.is_empty() {
            self.invalid(&needles, format_args!("{} has no needles", kind.as_str_name()));
        }
        let comparison = at.field("comparison");
        match &subquery.comparison {
            Some(_) if !needs_comparison => self.invalid(&comparison, format_args!("{} has no comparison", kind.as_str_name())),
            Some(function) => self.comparison(&comparison, function),
            None if needs_comparison => {
                self.missing(&comparison, format_args!("{} needs a comparison such as core.lt", kind.as_str_name()))
            }
            None => {}
        }
    }

    fn lambda(&mut self, at: &Path, lambda: &Lambda, allowed: Allowed) -> u32 {
        if !allowed.lambda {
            self.misplaced(at, format_args!("a lambda stands only as an argument of a call"));
        }
        self.some(&at.field("params"), &lambda.params);
        let mut entered = Vec::with_capacity(lambda.params.len());
        for (i, parameter) in lambda.params.iter().enumerate() {
            let at = at.item("params", i);
            self.identifier(&at.field("name"), &parameter.name);
            if parameter.id == 0 || !self.lambdas.insert(parameter.id) {
                self.invalid(
                    &at.field("id"),
                    format_args!("ids of lambda parameters are greater than 0 and unique in the plan: {}", parameter.id),
                );
            } else if self.scope.insert(parameter.id) {
                entered.push(parameter.id);
            }
        }
        let depth = self.child(&at.field("body"), lambda.body.as_deref(), allowed.inside_call());
        for id in entered {
            self.scope.remove(&id);
        }
        depth
    }

    /// A use of a lambda's parameter.
    pub(super) fn variable(&mut self, at: &Path, id: u32, allowed: Allowed) {
        if self.scope.contains(&id) {
            return;
        }
        if !allowed.free_variables {
            return self.misplaced(at, format_args!("lambda variable {id} stands outside the lambda that declares it"));
        }
        if !self.facts.free.contains(&id) && self.facts.free.len() <= super::shared::FREE_VARIABLES_MAX {
            self.facts.free.push(id);
        }
    }

    fn foreign_call(&mut self, at: &Path, call: &ForeignCall, allowed: Allowed) -> u32 {
        self.foreign(&at.field("function"), call.function, &[FunctionKind::Scalar]);
        self.children(at, "args", &call.args, allowed)
    }

    fn sql_fragment(&mut self, at: &Path, fragment: &SqlFragment) {
        self.sql(&at.field("text"), &fragment.text);
        self.identifier(&at.field("dialect"), &fragment.dialect);
    }
}
