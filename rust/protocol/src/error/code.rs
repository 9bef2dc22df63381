//! The closed table of error codes: what each means, its class in client languages, gRPC status, SQLSTATE and retry advice.
//!
//! A code is stable for ever; messages are not. `docs/errors.md` is printed from this table by a test.

/// The kind of exception that a code belongs to in every client language (`InvalidPlan` is `pb.InvalidPlanError` in Python).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it; docs/errors.md lists the codes of each")]
pub enum Class {
    InvalidPlan,
    InvalidSql,
    InvalidArgument,
    Unsupported,
    NotFound,
    AlreadyExists,
    Unauthenticated,
    PermissionDenied,
    LimitExceeded,
    ResourcesExhausted,
    DeadlineExceeded,
    Cancelled,
    Unavailable,
    Data,
    External,
    Internal,
}

/// gRPC status codes, by number, so that this crate needs no transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "gRPC's own names")]
#[repr(i32)]
pub enum Grpc {
    Cancelled = 1,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

macro_rules! codes {
    ($($variant:ident = $name:literal, $class:ident, $grpc:ident, $sqlstate:literal, $retryable:literal, $meaning:literal;)*) => {
        /// A stable error code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The stable name on the wire, such as `UNRESOLVED_COLUMN`.
            pub const fn name(self) -> &'static str { match self { $(Code::$variant => $name,)* } }
            /// The class of exception in client languages.
            pub const fn class(self) -> Class { match self { $(Code::$variant => Class::$class,)* } }
            /// The gRPC status that carries this code.
            pub const fn grpc(self) -> Grpc { match self { $(Code::$variant => Grpc::$grpc,)* } }
            /// The SQLSTATE, for SQL clients.
            pub const fn sqlstate(self) -> &'static str { match self { $(Code::$variant => $sqlstate,)* } }
            /// Whether the same request may succeed when it is sent again.
            pub const fn retryable(self) -> bool { match self { $(Code::$variant => $retryable,)* } }
            /// One sentence: what the code means.
            pub const fn meaning(self) -> &'static str { match self { $(Code::$variant => $meaning,)* } }
            /// The code of this name.
            pub fn from_name(name: &str) -> Option<Self> { match name { $($name => Some(Code::$variant),)* _ => None } }
        }
    };
}

codes! {
    PlanMalformed = "PLAN_MALFORMED", InvalidPlan, InvalidArgument, "22000", false, "The bytes are not a message of the contract.";
    PlanUnknownField = "PLAN_UNKNOWN_FIELD", InvalidPlan, InvalidArgument, "0A000", false, "A field that this build does not know; it is never ignored.";
    PlanUnknownEnum = "PLAN_UNKNOWN_ENUM", InvalidPlan, InvalidArgument, "0A000", false, "An enum value that this build does not know, or UNSPECIFIED where a choice is required.";
    PlanUnknownRequirement = "PLAN_UNKNOWN_REQUIREMENT", InvalidPlan, InvalidArgument, "0A000", false, "Plan.requirements names a feature that this build does not have.";
    PlanMissingField = "PLAN_MISSING_FIELD", InvalidPlan, InvalidArgument, "22004", false, "A required field is absent.";
    PlanInvalidValue = "PLAN_INVALID_VALUE", InvalidPlan, InvalidArgument, "22023", false, "A field holds a value outside its range.";
    PlanInvalidTopology = "PLAN_INVALID_TOPOLOGY", InvalidPlan, InvalidArgument, "22023", false, "Relation ids repeat, or an edge points to no earlier relation, or the number of inputs is wrong.";
    PlanTooLarge = "PLAN_TOO_LARGE", LimitExceeded, InvalidArgument, "54000", false, "The plan exceeds a size or count limit.";
    PlanTooDeep = "PLAN_TOO_DEEP", LimitExceeded, InvalidArgument, "54001", false, "An expression or type nests deeper than the limit.";
    UnresolvedColumn = "UNRESOLVED_COLUMN", InvalidPlan, InvalidArgument, "42703", false, "No column of that name is in scope.";
    AmbiguousColumn = "AMBIGUOUS_COLUMN", InvalidPlan, InvalidArgument, "42702", false, "More than one column matches the reference.";
    DuplicateColumn = "DUPLICATE_COLUMN", InvalidPlan, InvalidArgument, "42701", false, "An output would hold the same column name twice where that is not allowed.";
    UnresolvedFunction = "UNRESOLVED_FUNCTION", InvalidPlan, InvalidArgument, "42883", false, "The registry has no function of that name.";
    WrongArgumentCount = "WRONG_ARGUMENT_COUNT", InvalidPlan, InvalidArgument, "42883", false, "A function is called with too few or too many arguments.";
    TypeMismatch = "TYPE_MISMATCH", InvalidPlan, InvalidArgument, "42804", false, "The types of an expression do not fit together.";
    InvalidExpression = "INVALID_EXPRESSION", InvalidPlan, InvalidArgument, "42601", false, "An expression stands where it is not allowed, such as an aggregate in a filter.";
    ParameterMismatch = "PARAMETER_MISMATCH", InvalidArgument, InvalidArgument, "07001", false, "Parameters are missing, too many, or of the wrong type.";
    SqlSyntax = "SQL_SYNTAX", InvalidSql, InvalidArgument, "42601", false, "The SQL text does not parse.";
    SqlNotAllowed = "SQL_NOT_ALLOWED", InvalidSql, PermissionDenied, "42501", false, "The statement is outside what this session may run.";
    InvalidArgument = "INVALID_ARGUMENT", InvalidArgument, InvalidArgument, "22023", false, "An argument is wrong; the message says which and what would be right.";
    Unsupported = "UNSUPPORTED", Unsupported, Unimplemented, "0A000", false, "The contract has it, this engine does not.";
    TableNotFound = "TABLE_NOT_FOUND", NotFound, NotFound, "42P01", false, "No table or view of that name.";
    FileNotFound = "FILE_NOT_FOUND", NotFound, NotFound, "58P01", false, "No file matches the path.";
    SessionNotFound = "SESSION_NOT_FOUND", NotFound, FailedPrecondition, "08003", false, "The session has expired, was closed, or never was; open a new one.";
    QueryNotFound = "QUERY_NOT_FOUND", NotFound, NotFound, "02000", false, "No query, ticket or uploaded data of that id.";
    AlreadyExists = "ALREADY_EXISTS", AlreadyExists, AlreadyExists, "42710", false, "The object or file exists and the request does not say to replace it.";
    Unauthenticated = "UNAUTHENTICATED", Unauthenticated, Unauthenticated, "28000", false, "The token is missing or wrong.";
    TokenExpired = "TOKEN_EXPIRED", Unauthenticated, Unauthenticated, "28000", false, "The token was right and has expired.";
    PermissionDenied = "PERMISSION_DENIED", PermissionDenied, PermissionDenied, "42501", false, "The caller may not do this.";
    LimitExceeded = "LIMIT_EXCEEDED", LimitExceeded, ResourceExhausted, "54000", false, "A limit of the server or of the session is exceeded.";
    ResourcesExhausted = "RESOURCES_EXHAUSTED", ResourcesExhausted, ResourceExhausted, "53200", true, "Memory, spill space or another shared resource ran out.";
    Overloaded = "OVERLOADED", Unavailable, ResourceExhausted, "53300", true, "The server has too many queries at once.";
    DeadlineExceeded = "DEADLINE_EXCEEDED", DeadlineExceeded, DeadlineExceeded, "57014", false, "The query ran longer than its deadline.";
    Cancelled = "CANCELLED", Cancelled, Cancelled, "57014", false, "The query was cancelled.";
    Unavailable = "UNAVAILABLE", Unavailable, Unavailable, "08006", true, "The server cannot be reached, went away, or is shutting down.";
    DivisionByZero = "DIVISION_BY_ZERO", Data, OutOfRange, "22012", false, "An integer or decimal was divided by zero.";
    NumericOverflow = "NUMERIC_OVERFLOW", Data, OutOfRange, "22003", false, "A result does not fit its type.";
    CastFailed = "CAST_FAILED", Data, InvalidArgument, "22018", false, "A value cannot be cast to the type.";
    CardinalityViolation = "CARDINALITY_VIOLATION", Data, InvalidArgument, "21000", false, "A scalar subquery gave more than one row.";
    DataInvalid = "DATA_INVALID", Data, InvalidArgument, "22000", false, "A value or a line of a file is not what its schema says.";
    DataCorrupt = "DATA_CORRUPT", Data, DataLoss, "XX001", false, "A file or stream is damaged.";
    External = "EXTERNAL", External, Unavailable, "58030", true, "Storage or another outside system failed.";
    Internal = "INTERNAL", Internal, Internal, "XX000", false, "A fault of ours; please report it.";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The table as `docs/errors.md` shows it.
pub fn to_markdown() -> String {
    let mut page = String::from(PAGE_HEAD);
    for &code in Code::ALL {
        let retry = if code.retryable() { "yes" } else { "no" };
        page += &format!(
            "| `{code}` | {:?} | {:?} ({}) | {} | {retry} | {} |\n",
            code.class(),
            code.grpc(),
            code.grpc() as i32,
            code.sqlstate(),
            code.meaning()
        );
    }
    page
}

const PAGE_HEAD: &str = "# Error codes\n\n\
    Printed from `rust/protocol/src/error/code.rs` by a test; `UPDATE_DOCS=1 cargo test -p polybolos-protocol` rewrites it.\n\n\
    A code is stable for ever; messages are not. The class is the kind of exception in client languages (`InvalidPlan` is \
    `InvalidPlanError`); retry says whether the same request may succeed when it is sent again.\n\n\
    | code | class | gRPC status | SQLSTATE | retry | meaning |\n| --- | --- | --- | --- | --- | --- |\n";
