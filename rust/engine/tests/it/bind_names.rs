//! Names: by name, by qualifier, by origin; and what is said when there is none, or more than one.

use polybolos_protocol::Code;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::relation::Kind as R;

use crate::plans::*;

#[tokio::test]
async fn a_filter_and_a_select_resolve_by_name() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let some = plan.filter(letters, gt(col("n"), int(1)));
    let selected = plan.select(some, vec![named("", col("s")), named("m", add(col("n"), int(10)))]);
    assert_eq!(plan.rows(selected).await.unwrap(), "s,m\nb,12\nnull,13");
}

#[tokio::test]
async fn an_unknown_column_is_told_with_the_near_names() {
    let mut plan = Plan::default();
    let letters = plan.table(&[("amount", int64()), ("country", string())], vec![]);
    let some = plan.filter(letters, gt(col("amout"), int(1)));
    let error = plan.error(some).await;
    assert_eq!(told(&error), "UNRESOLVED_COLUMN at 2:filter.predicate.call.args[0].column");
    assert_eq!(error.candidates(), ["amount"]);
}

#[tokio::test]
async fn several_errors_are_told_at_once() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let selected = plan.select(letters, vec![named("a", col("x")), named("b", add(col("s"), int(1))), named("c", col("n"))]);
    plan.filter(letters, col("n"));
    let error = plan.error(selected).await;
    assert_eq!(told(&error), "UNRESOLVED_COLUMN at 2:project.items[0].expr.expr.column");
    let others: Vec<String> = error.others().iter().map(told).collect();
    assert_eq!(others, ["TYPE_MISMATCH at 2:project.items[1].expr.expr.call", "TYPE_MISMATCH at 3:filter.predicate"]);
}

#[tokio::test]
async fn a_column_by_origin_is_found_through_filter_sort_limit_and_alias() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let some = plan.filter(letters, gt(of(letters, "n"), int(1)));
    let sorted = plan.sort(some, &["n"]);
    let first = plan.limit(sorted, 1);
    let alias = plan.alias(first, "l");
    let selected = plan.select(alias, vec![named("a", of(letters, "s")), named("b", of(some, "s")), named("c", qualified("l", "s"))]);
    assert_eq!(plan.rows(selected).await.unwrap(), "a,b,c\nb,b,b");
}

#[tokio::test]
async fn a_column_that_was_replaced_is_not_found_by_its_name() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let more = plan.with(letters, vec![named("n", add(of(letters, "n"), int(1)))]);
    let old = plan.select(more, vec![named("a", of(letters, "n"))]);
    assert_eq!(plan.error(old).await.code(), Code::UnresolvedColumn);
    let mut plan = Plan::default();
    let letters = plan.letters();
    let more = plan.with(letters, vec![named("n", add(of(letters, "n"), int(1)))]);
    let new = plan.select(more, vec![named("a", of(more, "n")), named("b", of(letters, "s"))]);
    assert_eq!(plan.rows(new).await.unwrap(), "a,b\n2,a\n3,b\n4,null");
}

#[tokio::test]
async fn a_self_join_is_ambiguous_until_a_side_has_an_alias() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let both = plan.join(letters, letters, pb::JoinKind::Inner, eq(of(letters, "n"), of(letters, "n")));
    let error = plan.error(both).await;
    assert_eq!(told(&error), "AMBIGUOUS_COLUMN at 2:join.on.call.args[0].column");

    let mut plan = Plan::default();
    let letters = plan.letters();
    let (left, right) = (plan.alias(letters, "l"), plan.alias(letters, "r"));
    let both = plan.join(left, right, pb::JoinKind::Inner, eq(of(left, "n"), add(of(right, "n"), int(1))));
    let selected = plan.select(both, vec![named("l", of(left, "s")), named("r", qualified("r", "s"))]);
    assert_eq!(plan.set(selected).await.unwrap(), "l,r\nb,a\nnull,b");
}

#[tokio::test]
async fn both_sides_of_filters_of_one_frame_are_told_apart() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let left = plan.filter(letters, gt(of(letters, "n"), int(1)));
    let right = plan.filter(letters, gt(of(letters, "n"), int(0)));
    let both = plan.join(left, right, pb::JoinKind::Inner, eq(of(left, "n"), of(right, "n")));
    let selected = plan.select(both, vec![named("l", of(left, "n")), named("r", of(right, "n"))]);
    assert_eq!(plan.set(selected).await.unwrap(), "l,r\n2,2\n3,3");
}

#[tokio::test]
async fn a_result_may_hold_a_name_twice() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let twice = plan.select(letters, vec![named("", col("n")), named("", col("n")), named("n", col("s"))]);
    assert_eq!(plan.rows(twice).await.unwrap(), "n,n,n\n1,1,a\n2,2,b\n3,3,null");
}

#[tokio::test]
async fn a_using_column_stands_once_and_answers_to_both_sides() {
    let mut plan = Plan::default();
    let left = plan.letters();
    let right = plan.table(&[("n", int64()), ("t", string())], vec![vec![int(2), text("x")], vec![int(4), text("y")]]);
    let full = plan.using(left, right, pb::JoinKind::Full, &["n"]);
    let selected = plan.select(full, vec![named("", col("n")), named("l", of(left, "n")), named("", col("s")), named("", col("t"))]);
    assert_eq!(plan.set(full).await.unwrap(), "n,s,t\n1,a,null\n2,b,x\n3,null,null\n4,null,y");
    assert_eq!(plan.set(selected).await.unwrap(), "n,l,s,t\n1,1,a,null\n2,2,b,x\n3,3,null,null\n4,4,null,y");
}

#[tokio::test]
async fn names_match_without_case_when_asked() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let selected = plan.select(letters, vec![named("", col("N"))]);
    assert_eq!(plan.error(selected).await.code(), Code::UnresolvedColumn);
    plan.0.semantics = Some(pb::Semantics { identifiers: pb::IdentifierMatch::CaseInsensitive as i32, ..Default::default() });
    assert_eq!(plan.rows(selected).await.unwrap(), "n\n1\n2\n3");
}

#[tokio::test]
async fn stars_exclude_match_and_qualify() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let alias = plan.alias(letters, "l");
    let star = |star: pb::Star| R::Project(pb::Project { items: vec![pb::Selection { kind: Some(pb::selection::Kind::Star(star)) }] });
    let without = plan.add(&[alias], star(pb::Star { excluding: vec!["s".to_owned()], ..Default::default() }));
    let matching = plan.add(&[alias], star(pb::Star { regex: "[s-z]".to_owned(), ..Default::default() }));
    let under = plan.add(&[alias], star(pb::Star { qualifier: vec!["l".to_owned()], ..Default::default() }));
    assert_eq!(plan.rows(without).await.unwrap(), "n\n1\n2\n3");
    assert_eq!(plan.rows(matching).await.unwrap(), "s\na\nb\nnull");
    assert_eq!(plan.rows(under).await.unwrap(), "n,s\n1,a\n2,b\n3,null");
}

#[tokio::test]
async fn renames_swap_and_drops_drop() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let pair = |old: &str, new: &str| pb::Rename { old_name: old.to_owned(), new_name: new.to_owned() };
    let swapped = plan.add(&[letters], R::Rename(pb::RenameColumns { renames: vec![pair("n", "s"), pair("s", "n")], missing_ok: false }));
    let column = pb::ColumnRef { name: "n".to_owned(), ..Default::default() };
    let dropped = plan.add(&[swapped], R::Drop(pb::DropColumns { columns: vec![column], missing_ok: false }));
    assert_eq!(plan.rows(swapped).await.unwrap(), "s,n\n1,a\n2,b\n3,null");
    assert_eq!(plan.rows(dropped).await.unwrap(), "s\n1\n2\n3");
}
