//! Enums: a value without a name is refused, and so is UNSPECIFIED where the plan has to choose.

use super::check::Checker;
use super::place::Path;
use crate::error::Code;
use crate::wire::plan;

/// An enum of the contract.
pub(super) trait Choice: TryFrom<i32> + Copy {
    /// Its name in the contract.
    const NAME: &'static str;
}

macro_rules! choices {
    ($($type:ident)*) => {
        $(impl Choice for plan::$type {
            const NAME: &'static str = stringify!($type);
        })*
    };
}

choices! {
    Profile Arithmetic IdentifierMatch IfExists ObjectKind WriteMode ColumnMatch
    Primitive TimeUnit IntervalUnit
    NullTreatment FrameUnits FrameExclusion BoundKind SortDirection NullsOrder CastFailure SubqueryKind
    FunctionKind Volatility NullCall
    GroupingMode JoinKind AsOfDirection SetOpKind SetOpColumns
}

impl Checker<'_> {
    /// A choice that the plan must make.
    pub(super) fn choice<C: Choice>(&mut self, at: &Path, value: i32) -> Option<C> {
        if value == 0 {
            let message = format_args!("{} must say a {}; UNSPECIFIED is no choice", at.name(), C::NAME);
            self.report.add(at, Code::PlanUnknownEnum, message);
            return None;
        }
        self.optional_choice(at, value)
    }

    /// A choice with a default: UNSPECIFIED will do.
    pub(super) fn optional_choice<C: Choice>(&mut self, at: &Path, value: i32) -> Option<C> {
        let known = C::try_from(value).ok();
        if known.is_none() {
            self.report.add(at, Code::PlanUnknownEnum, format_args!("{} has no value {value}", C::NAME));
        }
        known
    }
}
