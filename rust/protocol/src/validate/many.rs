//! Relations of several inputs, and those that run foreign code.

use super::check::Checker;
use super::expression::Allowed;
use super::place::Path;
use crate::wire::plan::{
    AsOfDirection, AsOfJoin, CoGroupedMap, FunctionKind, GroupedMap, Join, JoinKind, MapBatches, SetOp, SetOpColumns, SetOpKind,
    join::Condition,
};

impl Checker<'_> {
    pub(super) fn join(&mut self, at: &Path, join: &Join) {
        match &join.condition {
            Some(Condition::On(on)) => {
                self.whole_expression(&at.field("on"), on, Allowed::ROWS);
            }
            Some(Condition::Using(using)) => {
                let at = at.field("using");
                self.some(&at.field("columns"), &using.columns);
                self.distinct_names(&at, "columns", using.columns.iter().map(String::as_str));
            }
            None => {}
        }
        if let Some(kind) = self.choice::<JoinKind>(&at.field("kind"), join.kind) {
            self.join_kind(at, join, kind);
        }
    }

    fn join_kind(&mut self, at: &Path, join: &Join, kind: JoinKind) {
        let condition = at.field("condition");
        match (&join.condition, kind) {
            (Some(_), JoinKind::Cross) => self.invalid(&condition, format_args!("a cross join has no condition; choose JOIN_KIND_INNER")),
            (None, JoinKind::Cross) => {}
            (None, _) => {
                self.missing(
                    &condition,
                    format_args!("{} needs on or using; without a condition choose JOIN_KIND_CROSS", kind.as_str_name()),
                );
            }
            (Some(_), _) => {}
        }
        if join.lateral && !matches!(kind, JoinKind::Inner | JoinKind::Left | JoinKind::Cross) {
            self.invalid(&at.field("lateral"), format_args!("a lateral join is INNER, LEFT or CROSS, not {}", kind.as_str_name()));
        }
    }

    pub(super) fn as_of_join(&mut self, at: &Path, join: &AsOfJoin) {
        self.distinct_names(at, "using", join.using.iter().map(String::as_str));
        self.expression(&at.field("left_time"), join.left_time.as_ref(), Allowed::ROWS);
        self.expression(&at.field("right_time"), join.right_time.as_ref(), Allowed::ROWS);
        self.choice::<AsOfDirection>(&at.field("direction"), join.direction);
        if let Some(tolerance) = &join.tolerance {
            self.expression(&at.field("tolerance"), Some(tolerance), Allowed::CONSTANTS);
        }
    }

    pub(super) fn set_op(&mut self, at: &Path, set_op: &SetOp) {
        let kind = self.choice::<SetOpKind>(&at.field("kind"), set_op.kind);
        let columns = self.choice::<SetOpColumns>(&at.field("columns"), set_op.columns);
        let is_union = matches!(kind, None | Some(SetOpKind::UnionAll | SetOpKind::Union));
        if columns == Some(SetOpColumns::ByNameFillMissing) && !is_union {
            self.invalid(&at.field("columns"), format_args!("only a union fills missing columns"));
        }
    }

    pub(super) fn map_batches(&mut self, at: &Path, map: &MapBatches) {
        self.foreign(&at.field("function"), map.function, &[FunctionKind::MapBatches]);
        self.expressions(at, "args", &map.args, Allowed::CONSTANTS);
    }

    pub(super) fn grouped_map(&mut self, at: &Path, map: &GroupedMap) {
        self.foreign(&at.field("function"), map.function, &[FunctionKind::GroupedMap]);
        self.some(&at.field("keys"), &map.keys);
        self.expressions(at, "keys", &map.keys, Allowed::ROWS);
        self.sort_keys(at, "order", &map.order, Allowed::ROWS);
    }

    pub(super) fn cogrouped_map(&mut self, at: &Path, map: &CoGroupedMap, inputs: usize) {
        self.foreign(&at.field("function"), map.function, &[FunctionKind::CogroupedMap]);
        if map.keys.len() != inputs {
            self.invalid(&at.field("keys"), format_args!("{} lists of keys for {inputs} inputs", map.keys.len()));
        }
        for (i, group) in map.keys.iter().enumerate() {
            let at = at.item("keys", i);
            self.some(&at.field("keys"), &group.keys);
            let first = map.keys.first().map_or(0, |first| first.keys.len());
            if group.keys.len() != first {
                self.invalid(&at, format_args!("{} keys, the first input has {first}", group.keys.len()));
            }
            self.expressions(&at, "keys", &group.keys, Allowed::ROWS);
        }
        self.sort_keys(at, "order", &map.order, Allowed::ROWS);
    }
}
