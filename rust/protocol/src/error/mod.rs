//! The one error type. A code from a closed table, one sentence, and the place: a relation of the plan, a field path in it, and,
//! in the client that built the plan, the file and line of the caller.
//!
//! Context is added where it is known (the relation by the binder, the query id by the door), never by formatting a typed
//! cause into text.

mod code;
mod status;

pub use code::{Class, Code, Grpc, to_markdown};
pub use status::{STATUS_DETAILS_BYTES_MAX, from_status_details, to_plan_errors, to_status_details, to_status_details_with_id};

use std::fmt;

use crate::wire::flight::Precision;

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What went wrong, told once, the same in every language.
pub struct Error(Box<Inner>);

struct Inner {
    code: Code,
    message: String,
    location: Option<PlanPlace>,
    params: Vec<(String, String)>,
    query_id: Option<String>,
    call_site: Option<CallSite>,
    expression: Option<String>,
    retry_after_millis: u64,
    source: Option<Source>,
    others: Vec<Error>,
}

/// A place in a plan (or in the text of a SQL statement).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPlace {
    /// `Relation.id`; 0 where no relation is to blame.
    pub relation: u32,
    /// Field path inside the relation, such as `filter.predicate.call.args[1]`.
    pub path: String,
    /// Whether the relation is the guilty one or one that encloses it.
    pub precision: Precision,
    /// Byte range in the SQL text; equal ends where there is none.
    pub sql_range: (u32, u32),
}

impl PlanPlace {
    /// The exact place: a relation and a path in it.
    pub fn exact(relation: u32, path: impl Into<String>) -> Self {
        Self { relation, path: path.into(), precision: Precision::Exact, sql_range: (0, 0) }
    }
}

/// Where the caller's program made the DataFrame call that is to blame.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallSite {
    /// Source file, as the compiler or interpreter names it.
    pub file: String,
    /// 1-based line.
    pub line: u32,
}

impl fmt::Display for CallSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Error {
    /// An error of this code. The message is one sentence without a final period.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            location: None,
            params: Vec::new(),
            query_id: None,
            call_site: None,
            expression: None,
            retry_after_millis: 0,
            source: None,
            others: Vec::new(),
        }))
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// One sentence, without code and place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The place in the plan.
    pub fn location(&self) -> Option<&PlanPlace> {
        self.0.location.as_ref()
    }

    /// Named facts of the error, such as `("name", "amout")`.
    pub fn params(&self) -> &[(String, String)] {
        &self.0.params
    }

    /// The names that the caller may have meant.
    pub fn candidates(&self) -> Vec<&str> {
        self.0.params.iter().filter(|(key, _)| key == "candidate").map(|(_, value)| value.as_str()).collect()
    }

    /// The query that failed.
    pub fn query_id(&self) -> Option<&str> {
        self.0.query_id.as_deref()
    }

    /// The caller's file and line, known only to the client that built the plan.
    pub fn call_site(&self) -> Option<&CallSite> {
        self.0.call_site.as_ref()
    }

    /// The text of the guilty expression, known only to the client that built the plan.
    pub fn expression(&self) -> Option<&str> {
        self.0.expression.as_deref()
    }

    /// Whether the same request may succeed when it is sent again.
    pub fn retryable(&self) -> bool {
        self.0.code.retryable()
    }

    /// How long to wait before trying again, in milliseconds; 0 where there is no advice.
    pub fn retry_after_millis(&self) -> u64 {
        self.0.retry_after_millis
    }

    /// Further errors found in the same plan.
    pub fn others(&self) -> &[Error] {
        &self.0.others
    }

    /// Says where in the plan, unless a more exact place is known already.
    #[must_use]
    pub fn at(mut self, place: PlanPlace) -> Self {
        self.0.location.get_or_insert(place);
        self
    }

    /// Says which relation, unless a place is known already.
    #[must_use]
    pub fn in_relation(self, relation: u32) -> Self {
        self.at(PlanPlace { relation, path: String::new(), precision: Precision::Enclosing, sql_range: (0, 0) })
    }

    /// Replaces the place.
    #[must_use]
    pub fn relocated(mut self, place: Option<PlanPlace>) -> Self {
        self.0.location = place;
        self
    }

    /// Replaces the sentence.
    #[must_use]
    pub fn reworded(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Adds a named fact.
    #[must_use]
    pub fn param(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.params.push((key.into(), value.into()));
        self
    }

    /// Adds the names that the caller may have meant, best first.
    #[must_use]
    pub fn with_candidates<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.0.params.extend(names.into_iter().map(|name| ("candidate".to_owned(), name.into())));
        self
    }

    /// Names the query.
    #[must_use]
    pub fn with_query_id(mut self, query_id: impl Into<String>) -> Self {
        self.0.query_id.get_or_insert(query_id.into());
        self
    }

    /// Names the caller's line, unless it is known already.
    #[must_use]
    pub fn with_call_site(mut self, site: CallSite) -> Self {
        self.0.call_site.get_or_insert(site);
        self
    }

    /// Forgets the caller's line, for a binding that knows a better one.
    #[must_use]
    pub fn without_call_site(mut self) -> Self {
        self.0.call_site = None;
        self
    }

    /// Shows the guilty expression, unless it is known already.
    #[must_use]
    pub fn with_expression(mut self, text: impl Into<String>) -> Self {
        self.0.expression.get_or_insert(text.into());
        self
    }

    /// Names the caller's line of every error that points at a relation, this one and the further ones, where `site_of`
    /// knows the relation's.
    #[must_use]
    pub fn with_call_sites(mut self, site_of: &dyn Fn(u32) -> Option<CallSite>) -> Self {
        let relation = self.0.location.as_ref().map_or(0, |place| place.relation);
        if relation != 0 && self.0.call_site.is_none() {
            self.0.call_site = site_of(relation);
        }
        let others = std::mem::take(&mut self.0.others);
        self.0.others = others.into_iter().map(|other| other.with_call_sites(site_of)).collect();
        self
    }

    /// Advises when to try again.
    #[must_use]
    pub fn retry_after(mut self, millis: u64) -> Self {
        self.0.retry_after_millis = millis;
        self
    }

    /// Keeps the typed cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds further errors of the same plan.
    #[must_use]
    pub fn with_others(mut self, others: impl IntoIterator<Item = Error>) -> Self {
        self.0.others.extend(others);
        self
    }

    /// A fault of ours.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Code::Internal, message)
    }

    /// The contract has it, this engine does not.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(Code::Unsupported, message)
    }

    /// A wrong argument; the message says which and what would be right.
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.message)?;
        match &self.0.location {
            Some(place) if place.relation != 0 && !place.path.is_empty() => write!(f, " [relation {}, {}]", place.relation, place.path)?,
            Some(place) if place.relation != 0 => write!(f, " [relation {}]", place.relation)?,
            Some(place) if !place.path.is_empty() => write!(f, " [plan, {}]", place.path)?,
            _ => {}
        }
        match &self.0.call_site {
            Some(site) => write!(f, "\n  at {site}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        match &self.0.source {
            Some(source) => write!(f, "\n  cause: {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source.as_ref() as &(dyn std::error::Error + 'static))
    }
}
