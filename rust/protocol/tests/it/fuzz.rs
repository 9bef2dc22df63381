//! Mutated plans by the hundred thousand: each is a plan or a typed error, soon.
//!
//! `POLYBOLOS_FUZZ_COUNT` says how many, `POLYBOLOS_FUZZ_SEED` which.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use polybolos_protocol::error::{STATUS_DETAILS_BYTES_MAX, to_status_details};
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::mutate::{Generator, Mutator, Random, Vocabulary};
use polybolos_protocol::wire::plan::Plan;
use polybolos_protocol::{CheckedPlan, Code, Error, encode, text};

const INPUTS: u64 = 200_000;
const SLOW: Duration = Duration::from_millis(250);

/// A setting, or this.
fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.replace('_', "").parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn fresh_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    setting("POLYBOLOS_FUZZ_SEED", u64::from(now.subsec_nanos()) ^ now.as_secs())
}

fn plans(seed: u64, count: usize, relations_max: usize) -> Vec<Plan> {
    let mut generator = Generator::new(seed, Vocabulary::default());
    (0..count).map(|_| generator.plan(relations_max)).collect()
}

/// The first lines that differ.
fn difference(one: &str, other: &str) -> String {
    let lines = one.lines().zip(other.lines()).filter(|(one, other)| one != other);
    lines.take(3).map(|(one, other)| format!("{one}\n{other}\n")).collect()
}

#[test]
fn generated_plans_pass_and_come_back_equal() {
    let seed = fresh_seed();
    eprintln!("POLYBOLOS_FUZZ_SEED={seed}");
    for plan in plans(seed, 10_000, 12) {
        let checked = CheckedPlan::decode(&encode::plan(&plan), &PlanLimits::default());
        let checked = checked.unwrap_or_else(|e| panic!("seed {seed}: {e}\n{}", text::to_text(&plan)));
        assert_eq!(checked.plan(), &plan, "seed {seed}");
    }
}

#[test]
fn generated_plans_survive_text_json_and_hoisting() {
    let seed = fresh_seed();
    eprintln!("POLYBOLOS_FUZZ_SEED={seed}");
    for plan in plans(seed, 150, 8) {
        let again = text::from_text(&text::to_text(&plan)).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        assert!(again == plan, "seed {seed}\n{}", difference(&format!("{plan:#?}"), &format!("{again:#?}")));
        let json = text::to_json(&plan).unwrap();
        let again = text::from_json(&json).unwrap_or_else(|e| panic!("seed {seed}: {e}\n{json}"));
        assert!(again == plan, "seed {seed}\n{}", difference(&format!("{plan:#?}"), &format!("{again:#?}")));
        let lines = text::display(&plan).lines().count();
        let declarations = plan.parameters.len() + plan.functions.len() + plan.shared_expressions.len();
        assert_eq!(lines, plan.relations.len() + declarations + 1, "seed {seed}");
        let mut hoisted = plan.clone();
        encode::hoist(&mut hoisted);
        assert_eq!(hoisted, plan, "seed {seed}");
    }
}

#[test]
fn the_generator_makes_every_kind_of_relation_and_expression() {
    let all: String = plans(1, 2_000, 12).iter().map(|plan| format!("{plan:?}")).collect();
    let missing = |kinds: &[&str]| kinds.iter().filter(|kind| !all.contains(**kind)).map(|kind| (*kind).to_owned()).collect::<Vec<_>>();
    let relations = [
        "ReadTable(",
        "ReadFiles(",
        "LocalData(",
        "Values(",
        "Range(",
        "Sql(SqlQuery",
        "TableFunction(",
        "Cached(",
        "Project(",
        "Filter(",
        "Aggregate(Aggregate ",
        "Sort(",
        "Limit(",
        "Distinct(",
        "Window(Window ",
        "Unnest(",
        "Sample(",
        "Repartition(",
        "Alias(",
        "Hint(",
        "Observe(",
        "WithColumns(",
        "Rename(",
        "Drop(",
        "Conform(",
        "Pivot(",
        "Unpivot(",
        "FillNulls(",
        "DropNulls(",
        "Replace(",
        "Describe(",
        "Join(",
        "AsOfJoin(",
        "SetOp(",
        "MapBatches(",
        "GroupedMap(",
        "CogroupedMap(",
    ];
    let expressions = [
        "Literal(",
        "Column(",
        "Call(",
        "Cast(",
        "CaseWhen(",
        "InList(",
        "Aggregate(AggregateCall",
        "Window(WindowCall",
        "Subquery(",
        "OuterColumn(",
        "Field(",
        "LambdaFn(",
        "LambdaVar(",
        "Parameter(",
        "Foreign(",
        "Sql(SqlFragment",
        "Shared(",
    ];
    assert_eq!(missing(&relations), Vec::<String>::new());
    assert_eq!(missing(&expressions), Vec::<String>::new());
}

#[test]
fn mutated_plans_are_plans_or_typed_errors() {
    let (seed, count) = (fresh_seed(), setting("POLYBOLOS_FUZZ_COUNT", INPUTS));
    eprintln!("POLYBOLOS_FUZZ_SEED={seed} POLYBOLOS_FUZZ_COUNT={count}");
    let threads = 2;
    let passed: u64 = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|thread| scope.spawn(move || fuzz(seed.wrapping_add(thread), count / threads))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    eprintln!("{passed} of {count} mutated plans were plans");
    assert!(passed > count / 100 && passed < count * 9 / 10, "the mutations are too tame or too wild: {passed} of {count} passed");
}

/// Tries so many inputs; answers how many of them were plans.
fn fuzz(seed: u64, count: u64) -> u64 {
    let mut mutator = Mutator::new(seed, &plans(seed, 200, 6));
    let mut random = Random::new(seed);
    (0..count).filter(|nth| is_plan(&mutator.input(), random.one_in(50), &format!("seed {seed}, input {nth}"))).count() as u64
}

fn is_plan(input: &[u8], thoroughly: bool, name: &str) -> bool {
    let decode = || {
        let started = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| CheckedPlan::decode(input, &PlanLimits::default())));
        (started.elapsed(), result.unwrap_or_else(|_| panic!("{name} panicked: {input:02x?}")))
    };
    let (mut elapsed, result) = decode();
    if elapsed > SLOW {
        // The machine may have been busy with something else.
        elapsed = elapsed.min(decode().0);
    }
    assert!(elapsed < SLOW, "{name} took {elapsed:?}: {} bytes", input.len());
    match result {
        Ok(plan) => {
            if thoroughly {
                round_trip(plan.plan(), name);
            }
            true
        }
        Err(error) => {
            typed(&error, name);
            false
        }
    }
}

fn round_trip(plan: &Plan, name: &str) {
    let again = CheckedPlan::decode(&encode::plan(plan), &PlanLimits::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
    // NaN equals nothing, itself included.
    let (before, after) = (format!("{plan:?}"), format!("{:?}", again.plan()));
    assert!(before == after, "{name}");
    assert!(!text::display(plan).is_empty());
    assert!(!text::to_text(plan).starts_with('#'), "{name}");
}

fn typed(error: &Error, name: &str) {
    assert!(error.code() != Code::Internal, "{name}: {error}");
    assert!(!error.message().is_empty(), "{name}");
    let details = to_status_details(error);
    assert!(details.len() <= STATUS_DETAILS_BYTES_MAX, "{name}: {} bytes of details: {error}", details.len());
}

/// Text inputs: valid ones with characters changed.
#[test]
fn mutated_texts_are_plans_or_typed_errors() {
    let seed = fresh_seed();
    eprintln!("POLYBOLOS_FUZZ_SEED={seed}");
    let texts: Vec<String> = plans(seed, 20, 3).iter().map(text::to_text).collect();
    let mut random = Random::new(seed);
    for nth in 0..1_500 {
        let mut input: Vec<char> = random.pick(&texts).unwrap().chars().collect();
        for _ in 0..=random.below(4) {
            let at = random.below(input.len());
            let with = *random.pick(&['{', '}', '[', '<', '"', '\'', '\\', '#', ':', '-', '9', 'x', '\n', '\0', 'ü']).unwrap();
            match random.below(3) {
                0 => drop(input.splice(at..at, [with])),
                1 => drop(input.drain(at..(at + 1 + random.below(20)).min(input.len()))),
                _ => input[at] = with,
            }
        }
        let input: String = input.into_iter().collect();
        let result =
            catch_unwind(AssertUnwindSafe(|| text::from_text(&input))).unwrap_or_else(|_| panic!("seed {seed}, text {nth}: {input}"));
        if let Err(error) = result {
            typed(&error, &format!("seed {seed}, text {nth}"));
        }
    }
}
