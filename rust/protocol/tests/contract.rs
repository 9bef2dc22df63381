//! The contract's own rules: names that every language can write, a log of every field, and a documented example that is true.
//!
//! `UPDATE_DOCS=1 cargo test -p polybolos-protocol --test contract` appends new fields to CHANGES.contract and rewrites the bytes of the
//! example; what a line of the log says is never changed by it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use polybolos_protocol::decode::CONTRACT_MINOR;
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::wire::{DESCRIPTORS, flight};
use polybolos_protocol::{CheckedPlan, decode};
use prost::Message as _;
use prost_reflect::{Cardinality, DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

/// Reserved words that generated code of a client language cannot use as they are.
const KEYWORDS: [(&str, &str); 5] = [
    (
        "Python",
        "False None True and as assert async await break class continue def del elif else except finally for from global if import in is \
         lambda nonlocal not or pass raise return try while with yield",
    ),
    (
        "Java",
        "abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally float for \
         goto if implements import instanceof int interface long native new package private protected public return short static strictfp \
         super switch synchronized this throw throws transient try void volatile while true false null",
    ),
    (
        "Kotlin",
        "as break class continue do else false for fun if in interface is null object package return super this throw true try typealias \
         typeof val var when while",
    ),
    (
        "Scala",
        "abstract case catch class def do else enum export extends false final finally for given if implicit import lazy match new null object \
         override package private protected return sealed super then this throw trait true try type val var while with yield",
    ),
    (
        "Rust",
        "as async await become box break const continue crate do dyn else enum extern false final fn for gen if impl in let loop macro match \
         mod move mut override priv pub ref return self static struct super trait true try type typeof unsafe unsized use virtual where while \
         yield abstract",
    ),
];

/// `type`: every generator escapes it well, and no other word says it. `sealed`: Scala reads the Java classes, where it is `getSealed`.
/// Go is not in the list above: its fields are capitalized.
const TOLERATED: [&str; 2] = ["type", "sealed"];

fn pool() -> DescriptorPool {
    DescriptorPool::decode(DESCRIPTORS).unwrap()
}

fn is_ours(full_name: &str) -> bool {
    full_name.starts_with("polybolos.")
}

fn messages(pool: &DescriptorPool) -> impl Iterator<Item = MessageDescriptor> {
    pool.all_messages().filter(|message| is_ours(message.full_name()))
}

fn enums(pool: &DescriptorPool) -> impl Iterator<Item = EnumDescriptor> {
    pool.all_enums().filter(|of| is_ours(of.full_name()))
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn updating() -> bool {
    env::var_os("UPDATE_DOCS").is_some()
}

#[test]
fn no_field_has_a_name_that_a_client_language_reserves() {
    let pool = pool();
    for field in messages(&pool).flat_map(|message| message.fields().collect::<Vec<_>>()) {
        for (language, words) in KEYWORDS {
            let reserved = !TOLERATED.contains(&field.name()) && words.split_whitespace().any(|word| word == field.name());
            assert!(!reserved, "{} is a keyword of {language}", field.full_name());
        }
    }
}

#[test]
fn every_enum_begins_with_unspecified() {
    for of in enums(&pool()) {
        assert!(of.default_value().name().ends_with("_UNSPECIFIED"), "{}", of.full_name());
        assert_eq!(of.default_value().number(), 0, "{}", of.full_name());
    }
}

#[test]
fn no_message_holds_a_protobuf_map() {
    let pool = pool();
    let maps: Vec<_> = messages(&pool).filter(MessageDescriptor::is_map_entry).collect();
    assert!(maps.is_empty(), "encoded maps have no order: use a sorted list of KeyValue instead of {maps:?}");
}

#[test]
fn the_log_of_changes_holds_every_field_and_value_as_it_is() {
    let path = repository().join("CHANGES.contract");
    let mut text = fs::read_to_string(&path).unwrap();
    let logged: BTreeMap<String, String> = text.lines().filter_map(logged).collect();
    let mut current = current();

    for (name, shape) in &logged {
        let now = current.remove(name);
        assert_eq!(now.as_ref(), Some(shape), "{name} was promised in CHANGES.contract: it stays as it is, or its number is reserved");
    }
    let missing: String = current.iter().map(|(name, shape)| format!("{CONTRACT_MINOR}  {name} = {shape}\n")).collect();
    if updating() && !missing.is_empty() {
        text.push_str(&missing);
        fs::write(&path, text).unwrap();
    } else {
        assert!(missing.is_empty(), "not in CHANGES.contract (UPDATE_DOCS=1 adds them):\n{missing}");
    }
}

/// `0  polybolos.plan.v1.Plan.relation = 6 uint32` without the minor, cut at the sign.
fn logged(line: &str) -> Option<(String, String)> {
    let (minor, rest) = line.split_once("  ").filter(|_| !line.starts_with('#'))?;
    let (name, shape) = rest.split_once(" = ").unwrap_or_else(|| panic!("CHANGES.contract: cannot read {line:?}"));
    let minor: u32 = minor.parse().unwrap_or_else(|_| panic!("CHANGES.contract: {line:?} begins with no minor version"));
    assert!((0..=CONTRACT_MINOR).contains(&minor), "CHANGES.contract: {line:?} is of a minor version to come");
    Some((name.to_owned(), shape.to_owned()))
}

fn current() -> BTreeMap<String, String> {
    let pool = pool();
    let fields =
        messages(&pool).flat_map(|message| message.fields().map(|field| (field.full_name().to_owned(), shape(&field))).collect::<Vec<_>>());
    let values = enums(&pool).flat_map(|of| {
        let name = of.full_name().to_owned();
        of.values().map(|value| (format!("{name}.{}", value.name()), value.number().to_string())).collect::<Vec<_>>()
    });
    fields.chain(values).collect()
}

fn shape(field: &FieldDescriptor) -> String {
    let presence = match (field.cardinality(), field.containing_oneof()) {
        (Cardinality::Repeated, _) => "repeated ".to_owned(),
        _ if field.field_descriptor_proto().proto3_optional() => "optional ".to_owned(),
        (_, Some(oneof)) => format!("{}: ", oneof.name()),
        _ => String::new(),
    };
    let kind = match field.kind() {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(of) => of.full_name().to_owned(),
        scalar => format!("{scalar:?}").to_lowercase(),
    };
    format!("{} {presence}{kind}", field.number())
}

const PAGE: &str = "docs/contract.md";

#[test]
fn the_example_on_the_wire_is_the_plan_that_the_page_shows_and_passes_the_door() {
    let path = repository().join(PAGE);
    let mut page = fs::read_to_string(&path).unwrap();
    let plan = plan_of(&block(&page, "txtpb plan"));
    let request = request_of(&block(&page, "txtpb request"), &plan);
    pass_the_door(&plan, &request);

    let ticket = prost_types::Any { type_url: "type.googleapis.com/polybolos.flight.v1.ExecutePlan".to_owned(), value: request };
    for (info, bytes) in [("hex plan", plan), ("hex ticket", ticket.encode_to_vec())] {
        let shown = block(&page, info);
        if updating() && from_hex(&shown) != bytes {
            page = page.replace(&fenced(info, &shown), &fenced(info, &hex_lines(&bytes)));
        }
        assert_eq!(from_hex(&block(&page, info)), bytes, "{PAGE}, block `{info}` (UPDATE_DOCS=1 rewrites it)");
    }
    if updating() {
        fs::write(&path, page).unwrap();
    }
}

fn pass_the_door(plan: &[u8], request: &[u8]) {
    let limits = PlanLimits::default();
    let checked = CheckedPlan::decode(plan, &limits).unwrap();
    let request: flight::ExecutePlan = decode::message("polybolos.flight.v1.ExecutePlan", request, &limits).unwrap();
    assert_eq!(request.plan.as_ref(), Some(checked.plan()));
}

fn plan_of(text: &str) -> Vec<u8> {
    parse("polybolos.plan.v1.Plan", text).encode_to_vec()
}

/// The request with the plan in it.
fn request_of(text: &str, plan: &[u8]) -> Vec<u8> {
    let mut request = parse("polybolos.flight.v1.ExecutePlan", text);
    let of_plan = pool().get_message_by_name("polybolos.plan.v1.Plan").unwrap();
    let plan = DynamicMessage::decode(of_plan, plan).unwrap();
    request.set_field_by_name("plan", prost_reflect::Value::Message(plan));
    request.encode_to_vec()
}

fn parse(name: &str, text: &str) -> DynamicMessage {
    DynamicMessage::parse_text_format(pool().get_message_by_name(name).unwrap(), text).unwrap()
}

/// The lines of the page's fenced block of this info string.
fn block(page: &str, info: &str) -> String {
    let fence = fenced(info, "").trim_end_matches("```").to_owned();
    let start = page.find(&fence).unwrap_or_else(|| panic!("{PAGE} has no block `{info}`")) + fence.len();
    let end = page[start..].find("```").unwrap() + start;
    page[start..end].to_owned()
}

fn fenced(info: &str, lines: &str) -> String {
    format!("```{info}\n{lines}```")
}

/// Bytes from lines of hexadecimal pairs; what follows a `#` explains them.
fn from_hex(text: &str) -> Vec<u8> {
    let pairs = text.lines().flat_map(|line| line.split('#').next().unwrap_or_default().split_whitespace());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn hex_lines(bytes: &[u8]) -> String {
    let line = |chunk: &[u8]| chunk.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ") + "\n";
    bytes.chunks(32).map(line).collect()
}
