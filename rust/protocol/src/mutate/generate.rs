//! Random plans that pass every check of this crate. Names and types fit only by chance: that is the binder's business.

use super::random::Random;
use crate::functions::{FUNCTIONS, FunctionKind as RegisteredKind, FunctionSpec};
use crate::wire::plan::{
    Arithmetic, ContractVersion, DataType, EntryPoint, ForeignFunction, FunctionKind, IdentifierMatch, KeyValue, NullCall, ParameterDecl,
    Plan, Profile, Runtime, Semantics, Volatility, foreign_function, plan,
};

/// The names that random plans use.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    /// Tables, in parts.
    pub tables: Vec<Vec<String>>,
    /// Columns, whatever the table.
    pub columns: Vec<String>,
    /// Paths of Parquet files.
    pub files: Vec<String>,
    /// Whether plans bring functions in client languages.
    pub foreign: bool,
    /// Whether plans hold commands.
    pub commands: bool,
}

impl Default for Vocabulary {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        Self {
            tables: vec![words(&["t"]), words(&["s", "u"]), words(&["c", "s", "Odd Name"])],
            columns: words(&["a", "b", "c", "d.e", "ü", "select"]),
            files: words(&["a.parquet", "dir/*.parquet"]),
            foreign: true,
            commands: true,
        }
    }
}

/// Makes plans.
#[derive(Debug)]
pub struct Generator {
    pub(super) random: Random,
    pub(super) words: Vocabulary,
    /// Ids of the relations so far, with whether each is a sort.
    pub(super) relations: Vec<(u32, bool)>,
    pub(super) parameters: u32,
    pub(super) shared: u32,
    pub(super) lambdas: u32,
    pub(super) observed: u32,
    pub(super) functions: Vec<FunctionKind>,
}

const FOREIGN_KINDS: [FunctionKind; 7] = [
    FunctionKind::Scalar,
    FunctionKind::Aggregate,
    FunctionKind::Window,
    FunctionKind::Table,
    FunctionKind::MapBatches,
    FunctionKind::GroupedMap,
    FunctionKind::CogroupedMap,
];

impl Generator {
    /// Plans with these names, from a seed.
    pub fn new(seed: u64, words: Vocabulary) -> Self {
        Self {
            random: Random::new(seed),
            words,
            relations: Vec::new(),
            parameters: 0,
            shared: 0,
            lambdas: 0,
            observed: 0,
            functions: Vec::new(),
        }
    }

    /// The next plan, of up to this many relations.
    pub fn plan(&mut self, relations_max: usize) -> Plan {
        self.begin();
        let parameters = (0..self.parameters).map(|i| ParameterDecl { name: format!("p{i}"), r#type: Some(self.data_type(1)) }).collect();
        let functions = (0..self.functions.len()).map(|at| self.foreign_function(at)).collect();
        let shared = self.random.below(4);
        let shared_expressions = (0..shared).map(|_| self.shared_expression()).collect();
        let count = 1 + self.random.below(relations_max);
        let relations = (0..count).map(|_| self.relation()).collect();
        Plan {
            version: Some(ContractVersion { minor: 0, producer: "generator".to_owned() }),
            profile: Profile::Surface as i32,
            requirements: if self.random.one_in(5) { vec!["rel.filter".to_owned()] } else { Vec::new() },
            semantics: self.maybe(5).then(|| self.semantics()),
            relations,
            functions,
            shared_expressions,
            parameters,
            annotations: self.annotations(),
            root: Some(self.root()),
        }
    }

    fn begin(&mut self) {
        self.relations.clear();
        self.parameters = self.random.below(3) as u32;
        self.shared = 0;
        self.lambdas = 0;
        self.observed = 0;
        self.functions = if self.words.foreign && self.maybe(4) { FOREIGN_KINDS.to_vec() } else { Vec::new() };
    }

    /// True once in so many times.
    pub(super) fn maybe(&mut self, times: usize) -> bool {
        self.random.one_in(times)
    }

    pub(super) fn column_name(&mut self) -> String {
        self.random.word(&self.words.columns)
    }

    /// Names that differ.
    pub(super) fn column_names(&mut self, least: usize) -> Vec<String> {
        let count = least + self.random.below(self.words.columns.len().saturating_sub(least) + 1);
        let from = self.random.below(self.words.columns.len());
        self.words.columns.iter().cycle().skip(from).take(count).cloned().collect()
    }

    /// The 1-based index of a foreign function of this kind.
    pub(super) fn foreign(&mut self, kind: FunctionKind) -> Option<u32> {
        self.functions.iter().position(|known| *known == kind).map(|at| at as u32 + 1)
    }

    /// A function of the registry, with a number of arguments that it takes.
    pub(super) fn registered(&mut self, kind: RegisteredKind) -> (&'static FunctionSpec, usize) {
        let of_kind: Vec<&FunctionSpec> = FUNCTIONS.iter().filter(|spec| spec.kind == kind).collect();
        let spec = self.random.pick(&of_kind).copied().unwrap_or(&FUNCTIONS[0]);
        let least = spec.min_args();
        let most = spec.max_args().unwrap_or(least + 3);
        (spec, least + self.random.below(most - least + 1))
    }

    pub(super) fn annotations(&mut self) -> Vec<KeyValue> {
        let count = if self.maybe(6) { 2 } else { 0 };
        ["a", "b"].iter().take(count).map(|key| KeyValue { key: (*key).to_owned(), value: "x".to_owned() }).collect()
    }

    fn semantics(&mut self) -> Semantics {
        Semantics {
            time_zone: self.random.word(&["", "UTC", "Europe/Berlin"]),
            overflow: self.random.below(1 + Arithmetic::Wrap as usize) as i32,
            division_by_zero: self.random.below(1 + Arithmetic::Null as usize) as i32,
            identifiers: self.random.below(1 + IdentifierMatch::CaseInsensitive as usize) as i32,
            now_micros: self.maybe(2).then(|| self.random.number().cast_signed()),
        }
    }

    fn foreign_function(&mut self, at: usize) -> ForeignFunction {
        let kind = FOREIGN_KINDS.get(at).copied().unwrap_or(FunctionKind::Scalar);
        let gives_a_column = matches!(kind, FunctionKind::Scalar | FunctionKind::Aggregate | FunctionKind::Window);
        ForeignFunction {
            name: format!("f{at}"),
            kind: kind as i32,
            runtime: Some(Runtime { language: "python".to_owned(), ..Runtime::default() }),
            artifacts: if self.maybe(3) { vec!["0a".repeat(32)] } else { Vec::new() },
            input: Some(self.schema(0)),
            returns: gives_a_column.then(|| self.data_type(1)),
            output: (!gives_a_column).then(|| self.schema(1)),
            volatility: Volatility::Stable as i32,
            null_call: NullCall::Called as i32,
            body: Some(foreign_function::Body::EntryPoint(EntryPoint { symbol: "m:f".to_owned() })),
        }
    }

    fn root(&mut self) -> plan::Root {
        if self.words.commands && self.maybe(6) {
            return plan::Root::Command(self.command());
        }
        plan::Root::Relation(self.relations.last().map_or(0, |(id, _)| *id))
    }

    /// A type, with at most so many others around the innermost.
    pub(super) fn data_type(&mut self, depth: usize) -> DataType {
        DataType { kind: Some(self.type_kind(depth)) }
    }
}
