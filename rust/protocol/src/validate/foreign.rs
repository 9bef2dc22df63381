//! Functions in client languages: declared in the plan, used by index.

use super::check::Checker;
use super::place::Path;
use crate::error::Code;
use crate::wire::plan::{ForeignFunction, FunctionKind, NullCall, Runtime, Volatility, foreign_function::Body};

impl Checker<'_> {
    pub(super) fn foreign_functions(&mut self) {
        let root = Path::root(1);
        for (i, function) in self.plan.functions.iter().enumerate() {
            let at = root.item("functions", i);
            self.foreign_function(&at, function);
        }
    }

    fn foreign_function(&mut self, at: &Path, function: &ForeignFunction) {
        self.name(&at.field("name"), &function.name);
        for (i, artifact) in function.artifacts.iter().enumerate() {
            self.sha256(&at.item("artifacts", i), artifact);
        }
        self.choice::<Volatility>(&at.field("volatility"), function.volatility);
        if let Some(runtime) = self.required(&at.field("runtime"), function.runtime.as_ref()) {
            self.runtime(&at.field("runtime"), runtime);
        }
        match &function.body {
            None => {
                self.missing(&at.field("body"), format_args!("a function without a body: entry_point, source, serialized or wasm_artifact"))
            }
            Some(body) => self.body(at, body),
        }
        if let Some(schema) = self.required(&at.field("input"), function.input.as_ref()) {
            self.schema(&at.field("input"), schema);
        }
        if let Some(kind) = self.choice::<FunctionKind>(&at.field("kind"), function.kind) {
            self.result(at, function, kind);
        }
    }

    fn runtime(&mut self, at: &Path, runtime: &Runtime) {
        self.name(&at.field("language"), &runtime.language);
        self.identifier(&at.field("version"), &runtime.version);
        self.identifier(&at.field("environment"), &runtime.environment);
        self.names(at, "packages", &runtime.packages);
    }

    fn body(&mut self, at: &Path, body: &Body) {
        match body {
            Body::EntryPoint(entry) => self.name(&at.field("entry_point").field("symbol"), &entry.symbol),
            Body::Source(source) => {
                let at = at.field("source");
                self.required(&at.field("text"), Some(source.text.as_str()).filter(|text| !text.is_empty()));
                self.inline(&at.field("text"), source.text.len());
                self.name(&at.field("symbol"), &source.symbol);
            }
            Body::Serialized(object) => {
                let at = at.field("serialized");
                self.name(&at.field("format"), &object.format);
                self.inline(&at.field("data"), object.data.len());
                self.identifier(&at.field("artifact"), &object.artifact);
                if object.data.is_empty() == object.artifact.is_empty() {
                    self.invalid(&at, format_args!("a serialized object is in data or in an artifact"));
                }
            }
            Body::WasmArtifact(artifact) => self.sha256(&at.field("wasm_artifact"), artifact),
        }
    }

    fn sha256(&mut self, at: &Path, sum: &str) {
        let is_sum = sum.len() == 64 && sum.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_sum {
            self.invalid(at, format_args!("an artifact is named by its SHA-256: 64 hexadecimal digits in lower case"));
        }
    }

    /// One column or a table, as the kind says.
    fn result(&mut self, at: &Path, function: &ForeignFunction, kind: FunctionKind) {
        let null_call = at.field("null_call");
        if kind == FunctionKind::Scalar {
            self.choice::<NullCall>(&null_call, function.null_call);
        } else {
            self.optional_choice::<NullCall>(&null_call, function.null_call);
        }
        if matches!(kind, FunctionKind::Scalar | FunctionKind::Aggregate | FunctionKind::Window) {
            self.returns(at, function);
        } else {
            self.output(at, function);
        }
    }

    fn returns(&mut self, at: &Path, function: &ForeignFunction) {
        if let Some(ty) = self.required(&at.field("returns"), function.returns.as_ref()) {
            self.data_type(&at.field("returns"), ty);
        }
        if function.output.is_some() {
            self.invalid(&at.field("output"), format_args!("a function that gives one column has returns, not output"));
        }
    }

    fn output(&mut self, at: &Path, function: &ForeignFunction) {
        if let Some(schema) = self.required(&at.field("output"), function.output.as_ref()) {
            self.schema(&at.field("output"), schema);
        }
        if function.returns.is_some() {
            self.invalid(&at.field("returns"), format_args!("a function that gives a table has output, not returns"));
        }
    }

    /// A use of a function of the plan, which must be of one of these kinds.
    pub(super) fn foreign(&mut self, at: &Path, index: u32, kinds: &[FunctionKind]) {
        let Some(function) = self.index_of(at, index, &self.plan.functions, "function") else {
            return;
        };
        let kind = FunctionKind::try_from(function.kind).unwrap_or_default();
        if kind != FunctionKind::Unspecified && !kinds.contains(&kind) {
            let name = &function.name;
            self.report.add(
                at,
                Code::InvalidExpression,
                format_args!("function {name:?} is {}, which cannot stand here", kind.as_str_name()),
            );
        }
    }
}
