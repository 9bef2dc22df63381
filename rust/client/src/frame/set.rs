//! Frames above each other: union, intersect, except.

use polybolos_protocol::Result;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::relation::Kind;

use super::DataFrame;
use super::relation::RelationOp;

impl DataFrame {
    /// The rows of both, duplicates kept (`UNION ALL`); columns by position.
    #[track_caller]
    pub fn union(&self, other: &DataFrame) -> Result<DataFrame> {
        self.union_many([other])
    }

    /// The rows of all, duplicates kept; columns by position.
    #[track_caller]
    pub fn union_many<'a>(&'a self, others: impl IntoIterator<Item = &'a DataFrame>) -> Result<DataFrame> {
        let others: Vec<_> = others.into_iter().collect();
        if others.is_empty() {
            return self.fail("union_many() needs at least one other frame");
        }
        self.then_with(others, set(pb::SetOpKind::UnionAll, pb::SetOpColumns::ByPosition))
    }

    /// Every different row of both once (`UNION` in SQL); columns by position.
    #[track_caller]
    pub fn union_distinct(&self, other: &DataFrame) -> Result<DataFrame> {
        self.then_with([other], set(pb::SetOpKind::Union, pb::SetOpColumns::ByPosition))
    }

    /// The rows of both, duplicates kept; columns by name. Both must have the same names.
    #[track_caller]
    pub fn union_by_name(&self, other: &DataFrame) -> Result<DataFrame> {
        self.then_with([other], set(pb::SetOpKind::UnionAll, pb::SetOpColumns::ByName))
    }

    /// As [`union_by_name`](Self::union_by_name), and a column that only one of them has is null in the rows of the other.
    #[track_caller]
    pub fn union_by_name_filling(&self, other: &DataFrame) -> Result<DataFrame> {
        self.then_with([other], set(pb::SetOpKind::UnionAll, pb::SetOpColumns::ByNameFillMissing))
    }

    /// Every different row that both have, once. Two nulls are equal here, as in all of these.
    #[track_caller]
    pub fn intersect(&self, other: &DataFrame) -> Result<DataFrame> {
        self.then_with([other], set(pb::SetOpKind::Intersect, pb::SetOpColumns::ByPosition))
    }

    /// The rows that both have, each as often as the one that has it less often.
    #[track_caller]
    pub fn intersect_all(&self, other: &DataFrame) -> Result<DataFrame> {
        self.then_with([other], set(pb::SetOpKind::IntersectAll, pb::SetOpColumns::ByPosition))
    }

    /// Every different row that the other frame does not have, once.
    #[track_caller]
    pub fn except_(&self, other: &DataFrame) -> Result<DataFrame> {
        self.then_with([other], set(pb::SetOpKind::Except, pb::SetOpColumns::ByPosition))
    }

    /// The rows that the other frame does not have: each row of the other takes one equal row away.
    #[track_caller]
    pub fn except_all(&self, other: &DataFrame) -> Result<DataFrame> {
        self.then_with([other], set(pb::SetOpKind::ExceptAll, pb::SetOpColumns::ByPosition))
    }
}

fn set(kind: pb::SetOpKind, columns: pb::SetOpColumns) -> RelationOp {
    RelationOp::plain(Kind::SetOp(pb::SetOp { kind: kind as i32, columns: columns as i32 }))
}
