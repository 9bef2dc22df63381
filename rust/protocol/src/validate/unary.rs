//! Relations of one input.

use std::collections::HashSet;

use super::check::Checker;
use super::expression::Allowed;
use super::place::Path;
use crate::wire::plan::{
    Aggregate, Distinct, Filter, GroupingMode, Hint, Limit, Observe, Project, Repartition, Sample, Selection, Sort, Star, SubqueryAlias,
    Unnest, Window, expression, relation::Kind, repartition::Scheme, selection,
};

impl<'p> Checker<'p> {
    pub(super) fn project(&mut self, at: &Path, project: &Project) {
        self.some(&at.field("items"), &project.items);
        for (i, item) in project.items.iter().enumerate() {
            self.selection(&at.item("items", i), item);
        }
    }

    fn selection(&mut self, at: &Path, item: &Selection) {
        match &item.kind {
            None => self.missing(at, format_args!("an item is an expr or a star")),
            Some(selection::Kind::Expr(named)) => {
                self.named_one(&at.field("expr"), named, true, Allowed::ITEMS);
            }
            Some(selection::Kind::Star(star)) => self.star(&at.field("star"), star),
        }
    }

    fn star(&mut self, at: &Path, star: &Star) {
        self.names(at, "qualifier", &star.qualifier);
        self.names(at, "excluding", &star.excluding);
        self.text(&at.field("regex"), &star.regex);
    }

    pub(super) fn filter(&mut self, at: &Path, filter: &Filter) {
        self.expression(&at.field("predicate"), filter.predicate.as_ref(), Allowed::ROWS);
    }

    pub(super) fn aggregate(&mut self, at: &Path, aggregate: &Aggregate) {
        if aggregate.keys.is_empty() && aggregate.measures.is_empty() {
            self.missing(at, format_args!("an aggregate needs keys or measures"));
        }
        self.named(at, "keys", &aggregate.keys, false, Allowed::ROWS);
        self.named(at, "measures", &aggregate.measures, false, Allowed::MEASURES);
        if let Some(mode) = self.choice::<GroupingMode>(&at.field("mode"), aggregate.mode) {
            self.grouping(at, aggregate, mode);
        }
    }

    fn grouping(&mut self, at: &Path, aggregate: &Aggregate, mode: GroupingMode) {
        let keys = aggregate.keys.len();
        match mode {
            GroupingMode::Sets => self.some(&at.field("sets"), &aggregate.sets),
            _ if !aggregate.sets.is_empty() => self.invalid(&at.field("sets"), format_args!("sets belong to GROUPING_MODE_SETS")),
            GroupingMode::Rollup | GroupingMode::Cube if keys == 0 => self.some(&at.field("keys"), &aggregate.keys),
            _ => {}
        }
        for (i, set) in aggregate.sets.iter().enumerate() {
            let mut seen = HashSet::new();
            for key in &set.keys {
                if *key as usize >= keys {
                    self.invalid(&at.item("sets", i), format_args!("there is no key {key}: there are {keys} and they count from 0"));
                } else if !seen.insert(key) {
                    self.invalid(&at.item("sets", i), format_args!("key {key} stands twice in the set"));
                }
            }
        }
    }

    pub(super) fn sort(&mut self, at: &Path, sort: &Sort) {
        self.some(&at.field("keys"), &sort.keys);
        self.sort_keys(at, "keys", &sort.keys, Allowed::ITEMS);
    }

    pub(super) fn limit(&mut self, at: &Path, limit: &Limit, input: Option<&u32>) {
        if limit.with_ties && limit.count.is_none() {
            self.missing(&at.field("count"), format_args!("with_ties needs a count"));
        }
        let input = input.and_then(|id| self.index.get(id)).and_then(|&position| self.plan.relations.get(position));
        if limit.with_ties && input.is_some_and(|input| !matches!(input.kind, Some(Kind::Sort(_)))) {
            self.invalid(&at.field("with_ties"), format_args!("with_ties needs a sort as its input: its keys say which rows tie"));
        }
    }

    pub(super) fn distinct(&mut self, at: &Path, distinct: &Distinct) {
        for (i, column) in distinct.on.iter().enumerate() {
            self.column_ref(&at.item("on", i), column);
        }
        if distinct.on.is_empty() && !distinct.keep.is_empty() {
            self.invalid(&at.field("keep"), format_args!("keep chooses among rows that agree on some columns; say them in on"));
        }
        self.sort_keys(at, "keep", &distinct.keep, Allowed::ROWS);
    }

    pub(super) fn window(&mut self, at: &Path, window: &Window) {
        self.some(&at.field("expressions"), &window.expressions);
        for (i, named) in window.expressions.iter().enumerate() {
            let at = at.item("expressions", i);
            let facts = self.named_one(&at, named, false, Allowed::ITEMS);
            if named.expr.is_some() && !facts.window {
                self.misplaced(&at, format_args!("{:?} holds no window call; with_columns adds other columns", named.name));
            }
        }
    }

    pub(super) fn unnest(&mut self, at: &Path, unnest: &Unnest) {
        self.expression(&at.field("value"), unnest.value.as_ref(), Allowed::ROWS);
        let bare = unnest.value.as_ref().is_some_and(|value| matches!(value.kind, Some(expression::Kind::Column(_))));
        if bare || unnest.into_fields {
            self.identifier(&at.field("as_column"), &unnest.as_column);
        } else {
            self.name(&at.field("as_column"), &unnest.as_column);
        }
        self.identifier(&at.field("ordinality"), &unnest.ordinality);
    }

    pub(super) fn sample(&mut self, at: &Path, sample: &Sample) {
        let fraction = at.field("fraction");
        match sample.rows {
            Some(_) if sample.fraction != 0.0 => {
                self.invalid(&fraction, format_args!("a sample has a fraction or a number of rows, not both"))
            }
            Some(_) => {}
            None if !sample.fraction.is_finite() || sample.fraction < 0.0 => {
                self.invalid(&fraction, format_args!("fraction is {}; it is a finite number, not negative", sample.fraction));
            }
            None if sample.fraction > 1.0 && !sample.replacement => {
                self.invalid(&fraction, format_args!("fraction is {}; without replacement it is at most 1", sample.fraction));
            }
            None => {}
        }
    }

    pub(super) fn repartition(&mut self, at: &Path, repartition: &Repartition) {
        match &repartition.scheme {
            None => self.missing(&at.field("scheme"), format_args!("a scheme is required: round_robin, hash, range or coalesce")),
            Some(Scheme::RoundRobin(scheme)) => self.partitions(&at.field("round_robin"), scheme.partitions),
            Some(Scheme::Coalesce(scheme)) => self.partitions(&at.field("coalesce"), scheme.partitions),
            Some(Scheme::Hash(scheme)) => {
                let at = at.field("hash");
                self.some(&at.field("keys"), &scheme.keys);
                self.expressions(&at, "keys", &scheme.keys, Allowed::ROWS);
                self.optional_partitions(&at, scheme.partitions);
            }
            Some(Scheme::Range(scheme)) => {
                let at = at.field("range");
                self.some(&at.field("keys"), &scheme.keys);
                self.sort_keys(&at, "keys", &scheme.keys, Allowed::ROWS);
                self.optional_partitions(&at, scheme.partitions);
            }
        }
    }

    fn partitions(&mut self, at: &Path, partitions: u32) {
        if partitions == 0 {
            self.missing(&at.field("partitions"), format_args!("partitions is required and greater than 0"));
        }
    }

    pub(super) fn alias(&mut self, at: &Path, alias: &SubqueryAlias) {
        self.name(&at.field("name"), &alias.name);
        self.distinct_names(at, "columns", alias.columns.iter().map(String::as_str));
    }

    pub(super) fn hint(&mut self, at: &Path, hint: &Hint) {
        self.name(&at.field("name"), &hint.name);
        self.expressions(at, "args", &hint.args, Allowed::CONSTANTS);
    }

    pub(super) fn observe(&mut self, at: &Path, observe: &'p Observe) {
        self.name(&at.field("name"), &observe.name);
        if !self.observed.insert(&observe.name) {
            self.invalid(&at.field("name"), format_args!("two relations observe under the name {:?}", observe.name));
        }
        self.some(&at.field("metrics"), &observe.metrics);
        self.named(at, "metrics", &observe.metrics, false, Allowed::MEASURES);
    }
}
