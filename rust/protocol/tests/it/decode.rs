//! Strict decoding: what protobuf would ignore, truncate or merge is refused by its place.

use std::time::{Duration, Instant};

use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::wire::flight::ExecutePlan;
use polybolos_protocol::wire::plan::*;
use polybolos_protocol::{CheckedPlan, Code, decode, encode};
use prost::Message;

use crate::plans::*;

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn number(field: u32, value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    varint(&mut out, u64::from(field) << 3);
    varint(&mut out, value);
    out
}

fn block(field: u32, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    varint(&mut out, u64::from(field) << 3 | 2);
    varint(&mut out, content.len() as u64);
    out.extend_from_slice(content);
    out
}

fn joined(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.concat()
}

/// A plan whose relation 7 is a filter with these bytes as `Filter`.
fn plan_with_filter(filter: &[u8]) -> Vec<u8> {
    let read = joined(&[number(1, 3), block(10, &block(1, &block(1, b"t")))]);
    let relation = joined(&[number(2, 3), block(21, filter), number(1, 7)]);
    let version = joined(&[number(1, 4), block(2, b"newer 4.2")]);
    joined(&[block(1, &version), number(2, 1), block(5, &read), block(5, &relation), number(6, 7)])
}

fn refused(bytes: &[u8]) -> polybolos_protocol::Error {
    decode::plan(bytes, &PlanLimits::default()).map(drop).expect_err("the bytes passed")
}

#[test]
fn an_unknown_field_is_refused_by_relation_path_and_minor() {
    let expression = block(3, &joined(&[block(2, &[]), block(2, &number(99, 1))]));
    let error = refused(&plan_with_filter(&block(1, &expression)));
    assert_eq!(place(&error), "PLAN_UNKNOWN_FIELD 7 predicate.call.args[1]".replace("predicate", "filter.predicate"));
    let minor = decode::CONTRACT_MINOR;
    let expected = format!(
        "Expression has no field 99; this build knows the contract up to minor {minor}, the plan was made for minor 4 by \"newer 4.2\""
    );
    assert_eq!(error.message(), expected);
}

#[test]
fn a_reserved_number_is_an_unknown_field() {
    let error = refused(&joined(&[number(2, 1), block(5, &joined(&[number(1, 1), block(3, &[])]))]));
    assert_eq!(place(&error), "PLAN_UNKNOWN_FIELD 1");
}

#[test]
fn an_unknown_relation_kind_names_the_relation_whose_id_comes_later() {
    let error = refused(&block(5, &joined(&[block(73, &[]), number(1, 12)])));
    assert_eq!(place(&error), "PLAN_UNKNOWN_FIELD 12");
}

#[test]
fn a_place_outside_of_relations_is_a_path_from_the_plan() {
    let error = refused(&joined(&[block(9, &number(17, 1)), block(9, &block(3, &number(4, 1)))]));
    assert_eq!(place(&error), "PLAN_MALFORMED 0 shared_expressions[1].call.options[0]");
}

#[test]
fn a_wrong_wire_type_is_malformed() {
    let error = refused(&plan_with_filter(&number(1, 5)));
    assert_eq!(place(&error), "PLAN_MALFORMED 7 filter.predicate");
    assert_eq!(error.message(), "predicate is written as varint, not as length-delimited");
}

#[test]
fn an_unknown_enum_value_is_refused() {
    let join = block(60, &number(1, 44));
    let error = refused(&block(5, &joined(&[number(1, 5), join])));
    assert_eq!(place(&error), "PLAN_UNKNOWN_ENUM 5 join.kind");
    assert!(error.message().starts_with("JoinKind has no value 44; "), "{error}");
}

#[test]
fn numbers_that_would_be_cut_off_are_refused() {
    for (what, bytes) in [
        ("uint32", block(5, &number(1, 1 << 32))),
        ("enum", number(2, 1 << 32 | 1)),
        ("bool", block(5, &joined(&[number(1, 1), block(23, &number(2, 2))]))),
        ("int32", block(8, &block(10, &block(2, &number(2, 1 << 40))))),
    ] {
        let error = refused(&bytes);
        assert_eq!(error.code(), Code::PlanMalformed, "{what}: {error}");
        assert!(error.message().contains("does not fit its type"), "{what}: {error}");
    }
}

#[test]
fn negative_int32_and_packed_and_unpacked_numbers_are_read() {
    let decimal = joined(&[number(1, 5), number(2, (-2i64).cast_unsigned())]);
    let parameter = block(10, &block(2, &block(2, &decimal)));
    let unpacked = block(5, &joined(&[number(1, 9), number(2, 1), number(2, 2)]));
    let packed = block(5, &joined(&[number(1, 9), block(2, &[1, 2])]));
    let plan = decode::plan(&joined(&[parameter, unpacked, packed]), &PlanLimits::default()).unwrap();
    assert_eq!(plan.relations[0].inputs, [1, 2]);
    assert_eq!(plan.relations[0], plan.relations[1]);
    assert!(format!("{:?}", plan.parameters).contains("scale: -2"));
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    let error = refused(&plan_with_filter(&block(1, &block(2, &block(1, &[0xff, 0xfe])))));
    assert_eq!(place(&error), "PLAN_MALFORMED 7 filter.predicate.column.name");
}

#[test]
fn whatever_is_set_twice_is_refused_because_protobuf_would_merge_it() {
    let twice = joined(&[block(1, &block(2, &block(1, b"a"))), block(1, &block(2, &block(1, b"b")))]);
    let error = refused(&plan_with_filter(&twice));
    assert_eq!(place(&error), "PLAN_MALFORMED 7 filter.predicate");
    assert_eq!(error.message(), "predicate of Filter is set twice");

    let oneof = joined(&[block(2, &block(1, b"a")), number(17, 1)]);
    let error = refused(&plan_with_filter(&block(1, &oneof)));
    assert_eq!(error.message(), "oneof kind of Expression is set twice");

    let error = refused(&joined(&[number(2, 1), number(2, 1)]));
    assert_eq!(error.message(), "profile of Plan is set twice");
}

#[test]
fn forged_lengths_are_refused_before_anything_is_allocated() {
    for length in [5, 127, 1 << 20, u64::from(u32::MAX), u64::MAX >> 1, u64::MAX] {
        let mut bytes = vec![5 << 3 | 2];
        varint(&mut bytes, length);
        bytes.extend([0; 4]);
        assert_eq!(refused(&bytes).code(), Code::PlanMalformed, "{length}");
    }
}

#[test]
fn damaged_tags_are_refused() {
    let bad: [&[u8]; 8] =
        [&[0], &[0x0b], &[0x0c], &[0x0e], &[0x0f], &[0x80], &[0xff; 10], &[0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]];
    for bytes in bad {
        assert_eq!(refused(bytes).code(), Code::PlanMalformed, "{bytes:?}");
    }
}

#[test]
fn every_prefix_of_a_plan_is_a_plan_or_an_error() {
    let bytes = encode::plan(&parse(&filter(
        r#"call { function { namespace: "core" name: "gt" } args { column { name: "a" } } args { shared: 1 } }"#,
    )));
    for end in 0..bytes.len() {
        let _ = CheckedPlan::decode(&bytes[..end], &PlanLimits::default());
    }
}

#[test]
fn annotations_are_not_looked_into() {
    let strange = joined(&[block(1, b"k"), block(77, b"from the future"), number(78, 1)]);
    let bytes = joined(&[block(11, &strange), block(5, &joined(&[number(1, 1), block(4, &strange)]))]);
    let plan = decode::plan(&bytes, &PlanLimits::default()).unwrap();
    assert_eq!(plan.annotations[0].key, "k");
}

#[test]
fn the_value_of_an_any_is_not_looked_into() {
    let any = joined(&[block(1, b"example.com/x"), block(2, &[0xff, 0xff, 0xff])]);
    let plan = decode::plan(&block(5, &joined(&[number(1, 1), block(90, &any)])), &PlanLimits::default()).unwrap();
    assert!(matches!(plan.relations[0].kind, Some(relation::Kind::Extension(_))));
}

/// Bytes of a plan whose messages nest this deep: plan, relation, filter, then `field` accesses two by two.
fn nested(depth: usize) -> Vec<u8> {
    let mut expression = if depth.is_multiple_of(2) { Vec::new() } else { block(11, &[]) };
    for _ in 0..(depth - 4) / 2 {
        expression = block(11, &block(1, &expression));
    }
    plan_with_filter(&block(1, &expression))
}

#[test]
fn a_plan_may_nest_100_messages_and_not_101() {
    for depth in [4, 5, 99, 100] {
        decode::plan(&nested(depth), &PlanLimits::default()).unwrap_or_else(|e| panic!("{depth}: {e}"));
    }
    for depth in [101, 102, 1_000, 100_000] {
        let error = refused(&nested(depth));
        assert_eq!(error.code(), Code::PlanTooDeep, "{depth}: {error}");
        assert_eq!(error.location().unwrap().relation, 7);
    }
}

#[test]
fn a_plan_inside_a_request_may_be_as_deep_as_alone() {
    let request = |depth| block(2, &nested(depth));
    decode::message::<ExecutePlan>("polybolos.flight.v1.ExecutePlan", &request(100), &PlanLimits::default()).unwrap();
    let error = decode::message::<ExecutePlan>("polybolos.flight.v1.ExecutePlan", &request(101), &PlanLimits::default()).unwrap_err();
    assert_eq!(error.code(), Code::PlanTooDeep);
}

/// Feature unification could turn it off for the whole build: then a hostile message would take the stack.
#[test]
fn the_recursion_limit_of_prost_is_on() {
    assert!(Plan::decode(nested(110).as_slice()).is_err());
}

#[test]
fn a_message_that_is_not_of_the_contract_is_our_fault() {
    let error = decode::message::<Plan>("polybolos.plan.v1.Plam", &[], &PlanLimits::default()).unwrap_err();
    assert_eq!(error.code(), Code::Internal);
}

#[test]
fn sizes_and_counts_are_refused_before_decoding() {
    let small =
        PlanLimits { plan_bytes: 1_000, relations: 3, edges: 4, expressions: 5, columns: 3, literal_bytes: 10, ..PlanLimits::default() };
    let refused = |bytes: &[u8]| {
        let error = decode::plan(bytes, &small).map(drop).expect_err("passed");
        assert_eq!(error.code(), Code::PlanTooLarge);
        error.params().iter().find(|(key, _)| key == "limit").unwrap().1.clone()
    };
    assert_eq!(refused(&block(5, &[0; 2_000])), "plan_bytes");
    assert_eq!(refused(&block(5, &[]).repeat(4)), "relations");
    assert_eq!(refused(&block(5, &block(2, &[1; 5]))), "edges");
    assert_eq!(refused(&block(9, &[]).repeat(6)), "expressions");
    assert_eq!(refused(&block(8, &block(9, &block(1, &[]).repeat(4)))), "columns");
    assert_eq!(refused(&block(9, &block(1, &block(7, &[b'x'; 20])))), "literal_bytes");
}

#[test]
fn data_types_nest_32_levels() {
    let nested = |depth: usize| {
        let ty = (1..depth).fold(number(1, 5), |inner, _| block(8, &block(1, &inner)));
        decode::plan(&block(10, &block(2, &ty)), &PlanLimits::default())
    };
    nested(32).unwrap();
    assert_eq!(place(&nested(33).unwrap_err()).split(' ').next(), Some("PLAN_TOO_DEEP"));
}

#[test]
fn many_empty_messages_take_no_memory() {
    let started = Instant::now();
    // 8 million messages of two bytes each: decoded they would take gigabytes.
    let bomb = block(11, &[]).repeat(8_000_000);
    assert_eq!(refused(&bomb).code(), Code::PlanTooLarge);
    let bomb = block(8, &block(12, &[])).repeat(4_000_000);
    assert_eq!(refused(&bomb).code(), Code::PlanMalformed);
    let parts = block(5, &block(10, &block(1, &block(1, &[]).repeat(8_000_000))));
    assert_eq!(refused(&parts).code(), Code::PlanTooLarge);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn ten_thousand_relations_are_decoded_and_checked_in_linear_time() {
    let chain = |count: u32| {
        let filters = (2..=count).map(|id| filtered(id, id - 1, call("gt", vec![column("amount"), int(i64::from(id))])));
        encode::plan(&plan_of(std::iter::once(read(1)).chain(filters).collect()))
    };
    let time = |bytes: &[u8]| {
        let started = Instant::now();
        CheckedPlan::decode(bytes, &PlanLimits::default()).unwrap();
        started.elapsed()
    };
    let (small, large) = (chain(1_000), chain(10_000));
    time(&small);
    let (fast, slow) = (time(&small).max(Duration::from_millis(1)), time(&large));
    eprintln!("1 000 relations {fast:?}, 10 000 relations {slow:?}, {} bytes", large.len());
    assert!(slow < fast * 60, "{fast:?} for 1 000 relations, {slow:?} for 10 000");
}
