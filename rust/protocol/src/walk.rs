//! Every expression of a plan: the roots that relations and commands hold, and the children of an expression.
//!
//! Each visit also says how many messages lie between: the distance from the plan to a root, from an expression to its child.

use crate::wire::plan::{
    AggregateCall, Call, Command, Expression, NamedExpr, Relation, SortKey, WindowCall, command, expression, join, relation, repartition,
    selection, window_call,
};

/// The distance from the plan to a relation or to an entry of `Plan.shared_expressions`.
const IN_PLAN: u32 = 1;

macro_rules! walks {
    ($suffix:ident, $children:ident, $relation:ident, $command:ident, $iter:ident, $as_deref:ident, $as_ref:ident, [$($mutable:tt)*]) => {
        mod $suffix {
            use super::*;

            type Visit<'v, 'e> = dyn FnMut(&'e $($mutable)* Expression, u32) + 'v;

            /// The children of an expression, in a fixed order.
            pub(crate) fn $children<'e>(expression: &'e $($mutable)* Expression, visit: &mut Visit<'_, 'e>) {
                use expression::Kind;
                let Some(kind) = expression.kind.$as_ref() else { return };
                match kind {
                    Kind::Call(of) => call(of, 2, visit),
                    Kind::Cast(of) => one(of.input.$as_deref(), 2, visit),
                    Kind::CaseWhen(of) => {
                        one(of.operand.$as_deref(), 2, visit);
                        for branch in of.branches.$iter() {
                            one(branch.condition.$as_ref(), 3, visit);
                            one(branch.result.$as_ref(), 3, visit);
                        }
                        one(of.otherwise.$as_deref(), 2, visit);
                    }
                    Kind::InList(of) => {
                        one(of.needle.$as_deref(), 2, visit);
                        of.items.$iter().for_each(|item| visit(item, 2));
                    }
                    Kind::Aggregate(of) => aggregate(of, 2, visit),
                    Kind::Window(of) => window(of, visit),
                    Kind::Subquery(of) => of.needles.$iter().for_each(|needle| visit(needle, 2)),
                    Kind::Field(of) => one(of.input.$as_deref(), 2, visit),
                    Kind::LambdaFn(of) => one(of.body.$as_deref(), 2, visit),
                    Kind::Foreign(of) => of.args.$iter().for_each(|arg| visit(arg, 2)),
                    Kind::Literal(_) | Kind::Column(_) | Kind::OuterColumn(_) | Kind::LambdaVar(_) | Kind::Parameter(_) => {}
                    Kind::Sql(_) | Kind::Shared(_) | Kind::Extension(_) => {}
                }
            }

            fn one<'e>(expression: Option<&'e $($mutable)* Expression>, distance: u32, visit: &mut Visit<'_, 'e>) {
                if let Some(expression) = expression {
                    visit(expression, distance);
                }
            }

            fn named<'e>(list: &'e $($mutable)* [NamedExpr], distance: u32, visit: &mut Visit<'_, 'e>) {
                list.$iter().for_each(|named| one(named.expr.$as_ref(), distance, visit));
            }

            fn keys<'e>(list: &'e $($mutable)* [SortKey], distance: u32, visit: &mut Visit<'_, 'e>) {
                list.$iter().for_each(|key| one(key.expr.$as_ref(), distance, visit));
            }

            fn call<'e>(of: &'e $($mutable)* Call, distance: u32, visit: &mut Visit<'_, 'e>) {
                of.args.$iter().for_each(|arg| visit(arg, distance));
                named(& $($mutable)* of.named_args, distance + 1, visit);
            }

            fn aggregate<'e>(of: &'e $($mutable)* AggregateCall, distance: u32, visit: &mut Visit<'_, 'e>) {
                of.args.$iter().for_each(|arg| visit(arg, distance));
                one(of.filter.$as_deref(), distance, visit);
                keys(& $($mutable)* of.order_by, distance + 1, visit);
            }

            fn window<'e>(of: &'e $($mutable)* WindowCall, visit: &mut Visit<'_, 'e>) {
                match of.function.$as_ref() {
                    Some(window_call::Function::Aggregate(function)) => aggregate(function, 3, visit),
                    Some(window_call::Function::Window(function)) => call(function, 3, visit),
                    None => {}
                }
                of.partition_by.$iter().for_each(|expression| visit(expression, 2));
                keys(& $($mutable)* of.order_by, 3, visit);
                if let Some(frame) = of.frame.$as_deref() {
                    if let Some(bound) = frame.start.$as_deref() {
                        one(bound.offset.$as_deref(), 4, visit);
                    }
                    if let Some(bound) = frame.end.$as_deref() {
                        one(bound.offset.$as_deref(), 4, visit);
                    }
                }
            }

            /// The expressions of a relation.
            pub(crate) fn $relation<'e>(of: &'e $($mutable)* Relation, visit: &mut Visit<'_, 'e>) {
                use relation::Kind;
                const IN_KIND: u32 = IN_PLAN + 2;
                let Some(kind) = of.kind.$as_ref() else { return };
                match kind {
                    Kind::Values(of) => {
                        let values = of.rows.$iter().flat_map(|row| row.values.$iter());
                        values.for_each(|value| visit(value, IN_KIND + 1));
                    }
                    Kind::Sql(of) => {
                        named(& $($mutable)* of.named_args, IN_KIND + 1, visit);
                        of.positional_args.$iter().for_each(|arg| visit(arg, IN_KIND));
                    }
                    Kind::TableFunction(of) => {
                        of.args.$iter().for_each(|arg| visit(arg, IN_KIND));
                        named(& $($mutable)* of.named_args, IN_KIND + 1, visit);
                    }
                    Kind::Project(of) => {
                        for item in of.items.$iter() {
                            if let Some(selection::Kind::Expr(named)) = item.kind.$as_ref() {
                                one(named.expr.$as_ref(), IN_KIND + 2, visit);
                            }
                        }
                    }
                    Kind::Filter(of) => one(of.predicate.$as_ref(), IN_KIND, visit),
                    Kind::Aggregate(of) => {
                        named(& $($mutable)* of.keys, IN_KIND + 1, visit);
                        named(& $($mutable)* of.measures, IN_KIND + 1, visit);
                    }
                    Kind::Sort(of) => keys(& $($mutable)* of.keys, IN_KIND + 1, visit),
                    Kind::Distinct(of) => keys(& $($mutable)* of.keep, IN_KIND + 1, visit),
                    Kind::Window(of) => named(& $($mutable)* of.expressions, IN_KIND + 1, visit),
                    Kind::Unnest(of) => one(of.value.$as_ref(), IN_KIND, visit),
                    Kind::Repartition(of) => match of.scheme.$as_ref() {
                        Some(repartition::Scheme::Hash(by)) => by.keys.$iter().for_each(|key| visit(key, IN_KIND + 1)),
                        Some(repartition::Scheme::Range(by)) => keys(& $($mutable)* by.keys, IN_KIND + 2, visit),
                        _ => {}
                    },
                    Kind::Hint(of) => of.args.$iter().for_each(|arg| visit(arg, IN_KIND)),
                    Kind::Observe(of) => named(& $($mutable)* of.metrics, IN_KIND + 1, visit),
                    Kind::WithColumns(of) => named(& $($mutable)* of.columns, IN_KIND + 1, visit),
                    Kind::Pivot(of) => {
                        named(& $($mutable)* of.keys, IN_KIND + 1, visit);
                        one(of.column.$as_ref(), IN_KIND, visit);
                        named(& $($mutable)* of.measures, IN_KIND + 1, visit);
                    }
                    Kind::Unpivot(of) => {
                        of.ids.$iter().for_each(|id| visit(id, IN_KIND));
                        of.values.$iter().for_each(|value| visit(value, IN_KIND));
                    }
                    Kind::Join(of) => {
                        if let Some(join::Condition::On(on)) = of.condition.$as_ref() {
                            visit(on, IN_KIND);
                        }
                    }
                    Kind::AsOfJoin(of) => {
                        one(of.left_time.$as_ref(), IN_KIND, visit);
                        one(of.right_time.$as_ref(), IN_KIND, visit);
                        one(of.tolerance.$as_ref(), IN_KIND, visit);
                    }
                    Kind::MapBatches(of) => of.args.$iter().for_each(|arg| visit(arg, IN_KIND)),
                    Kind::GroupedMap(of) => {
                        of.keys.$iter().for_each(|key| visit(key, IN_KIND));
                        keys(& $($mutable)* of.order, IN_KIND + 1, visit);
                    }
                    Kind::CogroupedMap(of) => {
                        let group_keys = of.keys.$iter().flat_map(|group| group.keys.$iter());
                        group_keys.for_each(|key| visit(key, IN_KIND + 1));
                        keys(& $($mutable)* of.order, IN_KIND + 1, visit);
                    }
                    Kind::ReadTable(_) | Kind::ReadFiles(_) | Kind::LocalData(_) | Kind::Range(_) | Kind::Cached(_) => {}
                    Kind::Limit(_) | Kind::Sample(_) | Kind::Alias(_) | Kind::Rename(_) | Kind::Drop(_) | Kind::Conform(_) => {}
                    Kind::FillNulls(_) | Kind::DropNulls(_) | Kind::Replace(_) | Kind::Describe(_) => {}
                    Kind::SetOp(_) | Kind::Extension(_) => {}
                }
            }

            /// The expressions of a command.
            pub(crate) fn $command<'e>(of: &'e $($mutable)* Command, visit: &mut Visit<'_, 'e>) {
                const IN_KIND: u32 = IN_PLAN + 2;
                match of.kind.$as_ref() {
                    Some(command::Kind::WriteFiles(of)) => keys(& $($mutable)* of.sort_by, IN_KIND + 1, visit),
                    Some(command::Kind::WriteTable(of)) => one(of.overwrite_where.$as_ref(), IN_KIND, visit),
                    Some(command::Kind::Sql(of)) => of.positional_args.$iter().for_each(|arg| visit(arg, IN_KIND)),
                    _ => {}
                }
            }
        }
    };
}

walks!(shared, children, relation, command, iter, as_deref, as_ref, []);
walks!(exclusive, children_mut, relation_mut, command_mut, iter_mut, as_deref_mut, as_mut, [mut]);

pub(crate) use exclusive::{children_mut, command_mut, relation_mut};
pub(crate) use shared::{children, command, relation};
