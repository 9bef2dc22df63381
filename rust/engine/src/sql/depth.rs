//! How deep a statement may be. The parser's own limit counts parentheses and subqueries; a run of operators, such as
//! `1 + 1 + ...`, is deep as well, and so is a run of UNIONs. What is planned from a deep tree costs the square of its depth.

use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{Expr, Query, SetExpr, Visit, Visitor};
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::{Code, Error, Result};

/// `PLAN_TOO_DEEP` for a statement that is deeper than it may be.
pub(super) fn check(statement: &Statement) -> Result<()> {
    let max = usize::try_from(PlanLimits::default().expression_depth).unwrap_or(usize::MAX);
    let visited = match statement {
        Statement::Statement(statement) => statement.visit(&mut Levels { now: 0, max }),
        Statement::Explain(explain) => return check(&explain.statement),
        Statement::CopyTo(copy) => match &copy.source {
            CopyToSource::Query(query) => query.visit(&mut Levels { now: 0, max }),
            CopyToSource::Relation(_) => ControlFlow::Continue(()),
        },
        Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
    };
    match visited {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(what) => Err(Error::new(
            Code::PlanTooDeep,
            format!("the SQL text is more than {max} {what} deep; a long list of values goes into IN (...) or a table"),
        )),
    }
}

/// The levels on the way to the part that is visited.
struct Levels {
    now: usize,
    max: usize,
}

impl Visitor for Levels {
    type Break = &'static str;

    fn pre_visit_expr(&mut self, _: &Expr) -> ControlFlow<Self::Break> {
        self.now += 1;
        if self.now > self.max { ControlFlow::Break("operators") } else { ControlFlow::Continue(()) }
    }

    fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<Self::Break> {
        self.now = self.now.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        if set_operations(&query.body) > self.max { ControlFlow::Break("set operations") } else { ControlFlow::Continue(()) }
    }
}

/// The set operations on the left side of one another.
fn set_operations(body: &SetExpr) -> usize {
    let mut count = 0;
    let mut at = body;
    while let SetExpr::SetOperation { left, .. } = at {
        count += 1;
        at = left;
    }
    count
}
