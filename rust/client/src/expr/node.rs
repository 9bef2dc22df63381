//! The tree behind [`Expr`].
//!
//! A node is an operation and a flat list of children, so that everything that walks a tree (naming, writing it into a
//! plan, freeing it) does so with its own stack and is the same for every operation.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use polybolos_protocol::Error;
use polybolos_protocol::functions::lookup;
use polybolos_protocol::wire::plan as pb;

use crate::frame::DataFrame;
use crate::naming;
use crate::reclaim;

use super::convert::IntoOperand;

/// A name that is mostly known at compile time.
pub(crate) type Text = Cow<'static, str>;

/// An expression over the columns of a DataFrame. See the [module](crate::expr) for how to build one.
#[derive(Clone)]
pub struct Expr(Arc<Node>);

struct Node {
    op: Op,
    children: Vec<Expr>,
    flags: Flags,
}

/// The operation of a node. `children` of the node are in the order that each variant states.
#[derive(Clone)]
pub(crate) enum Op {
    Literal(pb::Literal),
    Column(pb::ColumnRef),
    OuterColumn(pb::OuterColumn),
    Star(pb::Star),
    /// Arguments.
    Call {
        namespace: Text,
        name: Text,
    },
    /// Input.
    Cast {
        to: pb::DataType,
        on_failure: pb::CastFailure,
    },
    /// Operand where there is one, then condition and result of each branch, then otherwise where there is one.
    Case {
        operand: bool,
        otherwise: bool,
    },
    /// Needle, then items.
    InList,
    /// Arguments, then the filter where there is one, then the sort keys.
    Aggregate(AggregateShape),
    /// A window function that has no window yet: its arguments.
    WindowFunction {
        namespace: Text,
        name: Text,
    },
    /// Function (an aggregate or a window function), partition keys, sort keys, offsets of the frame's bounds.
    Window(WindowShape),
    /// Needles.
    Subquery {
        kind: pb::SubqueryKind,
        frame: DataFrame,
        comparison: Option<Comparator>,
    },
    /// Input.
    Field {
        name: String,
    },
    /// Body.
    Lambda {
        params: Vec<(u32, String)>,
    },
    LambdaVar {
        id: u32,
        name: String,
    },
    Parameter {
        name: String,
        ty: pb::DataType,
    },
    Sql {
        text: String,
    },
    /// The expression that gets the name.
    Alias {
        name: String,
    },
    /// A mistake, told by the method that takes the expression.
    Invalid(Arc<Mistake>),
}

/// The comparison of a quantified subquery: the name of a `core` function.
pub(crate) type Comparator = &'static str;

#[derive(Clone)]
pub(crate) struct AggregateShape {
    pub(crate) namespace: Text,
    pub(crate) name: Text,
    pub(crate) args: usize,
    pub(crate) distinct: bool,
    pub(crate) filter: bool,
    pub(crate) order: Vec<SortOrder>,
    pub(crate) nulls: pb::NullTreatment,
}

#[derive(Clone)]
pub(crate) struct WindowShape {
    pub(crate) partitions: usize,
    pub(crate) order: Vec<SortOrder>,
    pub(crate) units: pb::FrameUnits,
    pub(crate) start: pb::BoundKind,
    pub(crate) end: pb::BoundKind,
    pub(crate) exclusion: pb::FrameExclusion,
    /// The frame is the default one: not part of the default name.
    pub(crate) default_frame: bool,
}

impl WindowShape {
    /// How many of the children are offsets of bounds.
    pub(crate) fn offsets(&self) -> (bool, bool) {
        let takes = |kind| matches!(kind, pb::BoundKind::PrecedingOffset | pb::BoundKind::FollowingOffset);
        (takes(self.start), takes(self.end))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SortOrder {
    pub(crate) direction: pb::SortDirection,
    pub(crate) nulls: pb::NullsOrder,
}

/// What was wrong, and where the expression was built.
pub(crate) struct Mistake {
    pub(crate) message: String,
    pub(crate) site: crate::call_site::Site,
}

/// What stands anywhere below a node.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flags(u8);

impl Flags {
    pub(crate) const NONE: Flags = Flags(0);
    pub(crate) const AGGREGATE: Flags = Flags(1);
    pub(crate) const WINDOW: Flags = Flags(2);
    pub(crate) const BARE_WINDOW: Flags = Flags(4);
    pub(crate) const SUBQUERY: Flags = Flags(8);
    pub(crate) const INVALID: Flags = Flags(16);
    pub(crate) const STAR: Flags = Flags(32);
    pub(crate) const LAMBDA_VAR: Flags = Flags(64);
    pub(crate) const COLUMN: Flags = Flags(128);

    pub(crate) fn has(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }

    fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    fn without(self, other: Flags) -> Flags {
        Flags(self.0 & !other.0)
    }
}

impl Expr {
    pub(crate) fn new(op: Op, children: Vec<Expr>) -> Self {
        let below = children.iter().fold(Flags::NONE, |flags, child| flags.with(child.flags()));
        let flags = op.flags(below);
        Self(Arc::new(Node { op, children, flags }))
    }

    pub(crate) fn leaf(op: Op) -> Self {
        Self::new(op, Vec::new())
    }

    #[track_caller]
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        let site = crate::call_site::Site::caller();
        Self::leaf(Op::Invalid(Arc::new(Mistake { message: message.into(), site })))
    }

    pub(crate) fn core(name: &'static str, args: Vec<Expr>) -> Self {
        call("core", name, args)
    }

    pub(crate) fn op(&self) -> &Op {
        &self.0.op
    }

    pub(crate) fn children(&self) -> &[Expr] {
        &self.0.children
    }

    /// The children, without a copy where nobody else holds the node.
    pub(crate) fn take_children(&mut self) -> Vec<Expr> {
        match Arc::get_mut(&mut self.0) {
            Some(node) => std::mem::take(&mut node.children),
            None => self.0.children.clone(),
        }
    }

    pub(crate) fn flags(&self) -> Flags {
        self.0.flags
    }

    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    /// Whether somebody else holds this node too: another expression, or the user.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// The operands of a call: of a chain of the same chainable operator on its left side, all of them.
    pub(crate) fn chain(&self) -> Vec<&Expr> {
        self.chain_until(|_| false)
    }

    /// The operands of a call, where a chain on its left side is taken apart up to an operand that must stay whole.
    pub(crate) fn chain_until(&self, whole: impl Fn(&Expr) -> bool) -> Vec<&Expr> {
        let mut operands: Vec<&Expr> = self.children().iter().rev().collect();
        if let Some(operator) = self.chained_operator() {
            while let Some(left) = operands.pop() {
                let left = left.unaliased();
                if left.chained_operator() != Some(operator) || whole(left) {
                    operands.push(left);
                    break;
                }
                operands.extend(left.children().iter().rev());
            }
        }
        operands.reverse();
        operands
    }

    /// The operator, where the expression is a call of one that the registry folds from the left.
    fn chained_operator(&self) -> Option<&str> {
        match self.op() {
            Op::Call { namespace, name } if namespace == "core" => lookup("core", name).filter(|spec| spec.chainable).map(|spec| spec.name),
            _ => None,
        }
    }

    /// The expression without the names given to it.
    pub(crate) fn unaliased(&self) -> &Expr {
        let mut expr = self;
        while let (Op::Alias { .. }, Some(inner)) = (expr.op(), expr.children().first()) {
            expr = inner;
        }
        expr
    }

    /// The first mistake in the tree, such as `distinct()` of something that is no aggregate; a method that takes the expression tells it.
    pub fn mistake(&self) -> Option<Error> {
        let mut pending = vec![self];
        while let Some(expr) = pending.pop() {
            if let Op::Invalid(mistake) = expr.op() {
                return Some(Error::invalid_argument(mistake.message.clone()).with_call_site(mistake.site.to_call_site()));
            }
            pending.extend(expr.children().iter().rev().filter(|child| child.flags().has(Flags::INVALID)));
        }
        None
    }

    /// The DataFrames of the subqueries in the tree.
    pub(crate) fn subqueries(&self) -> Vec<&DataFrame> {
        let mut frames = Vec::new();
        let mut pending = vec![self];
        while let Some(expr) = pending.pop() {
            if let Op::Subquery { frame, .. } = expr.op() {
                frames.push(frame);
            }
            pending.extend(expr.children().iter().rev().filter(|child| child.flags().has(Flags::SUBQUERY)));
        }
        frames
    }

    /// The name that the expression has as an output column: the one given with [`alias`](Expr::alias), or the default
    /// name, as [`naming`] describes.
    pub fn name(&self) -> String {
        naming::name(self)
    }

    /// The expression under another name. Only the outermost name of an output column counts.
    pub fn alias(&self, name: impl Into<String>) -> Expr {
        Expr::new(Op::Alias { name: name.into() }, vec![self.unaliased().clone()])
    }

    /// The field of a struct.
    ///
    /// ```
    /// # use polybolos_client::col;
    /// assert_eq!(col("address").field("city").name(), "city");
    /// ```
    pub fn field(&self, name: impl Into<String>) -> Expr {
        Expr::new(Op::Field { name: name.into() }, vec![self.clone()])
    }

    /// True where the value is one of these. With a null among them and no match the answer is null.
    ///
    /// ```
    /// # use polybolos_client::col;
    /// assert_eq!(col("mode").in_(["AIR", "RAIL"]).name(), "(mode in ('AIR', 'RAIL'))");
    /// ```
    pub fn in_<I: IntoOperand>(&self, items: impl IntoIterator<Item = I>) -> Expr {
        let mut children = vec![self.clone()];
        children.extend(items.into_iter().map(IntoOperand::into_operand));
        Expr::new(Op::InList, children)
    }

    /// True where the value is none of these. With a null among them and no match the answer is null.
    pub fn not_in<I: IntoOperand>(&self, items: impl IntoIterator<Item = I>) -> Expr {
        self.in_(items).not()
    }
}

impl Op {
    fn flags(&self, below: Flags) -> Flags {
        match self {
            Op::Column(_) | Op::OuterColumn(_) => Flags::COLUMN,
            Op::Star(_) => Flags::STAR,
            Op::Aggregate(_) => below.with(Flags::AGGREGATE),
            Op::WindowFunction { .. } => below.with(Flags::BARE_WINDOW),
            Op::Window(_) => below.without(Flags::AGGREGATE).without(Flags::BARE_WINDOW).with(Flags::WINDOW),
            Op::Subquery { .. } => below.with(Flags::SUBQUERY),
            Op::Lambda { .. } => below,
            Op::LambdaVar { .. } => Flags::LAMBDA_VAR,
            Op::Sql { .. } => Flags::COLUMN,
            Op::Invalid(_) => Flags::INVALID,
            _ => below,
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if !self.children.is_empty() {
            reclaim::defer(reclaim::Owned::Exprs(std::mem::take(&mut self.children)));
        }
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&naming::text(self))
    }
}

/// A call of a scalar function by its namespace and name, for functions that have no wrapper in
/// [`functions`](crate::functions): those that a catalog holds.
///
/// ```
/// use polybolos_client::{call, col};
///
/// assert_eq!(call("std", "upper", vec![col("name")]).name(), "upper(name)");
/// ```
pub fn call(namespace: impl Into<Cow<'static, str>>, name: impl Into<Cow<'static, str>>, args: Vec<Expr>) -> Expr {
    Expr::new(Op::Call { namespace: namespace.into(), name: name.into() }, args)
}
