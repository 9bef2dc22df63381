//! Sessions: the engine in this process, or a server.

use std::time::Duration;

use arrow::array::RecordBatchReader;
use polybolos_client as client;
use polybolos_client::{Connect, IntoTableName, SqlOptions, ViewOptions};
use polybolos_engine::{Access, EngineBuilder};
use polybolos_protocol::wire::flight::{ParameterValue, QueryInfo, QueryState};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::errors::OrRaise;
use crate::expr::{Expr, inner};
use crate::frame::{Frame, Site, at};
use crate::handle::Owned;
use crate::plan::{self, Plan};
use crate::result::Stream;
use crate::runtime::{runtime, wait};
use crate::upload::Upload;
use crate::{arrow_c, build, options, types};

/// Where frames start and where they run.
#[pyclass(frozen, module = "polybolos._native")]
pub(crate) struct Session(Owned<client::Session>);

/// The name of a table: text with dots, or exact parts.
pub(crate) fn table_parts(name: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    match name.cast::<PyString>() {
        Ok(text) => IntoTableName::into_parts(text.to_str()?).or_raise(),
        Err(_) => IntoTableName::into_parts(name.extract::<Vec<String>>()?).or_raise(),
    }
}

impl Session {
    fn over(session: client::Session) -> Self {
        Self(Owned::new(session))
    }

    fn get(&self) -> PyResult<&client::Session> {
        self.0.get().or_raise()
    }
}

#[pymethods]
impl Session {
    /// The engine in this process. Without roots it reads and writes the caller's own file system.
    #[staticmethod]
    fn embedded(
        py: Python<'_>,
        roots: Option<Vec<(String, String, bool)>>,
        memory_bytes: Option<usize>,
        threads: Option<usize>,
        spill_dir: Option<String>,
        session_options: Vec<(String, String)>,
    ) -> PyResult<Self> {
        let mut builder = EngineBuilder::new();
        builder = match roots {
            None => builder.with_embedded_storage(),
            Some(roots) => roots.into_iter().fold(builder, |builder, (name, folder, writable)| {
                builder.with_root(name, folder, if writable { Access::ReadWrite } else { Access::Read })
            }),
        };
        builder = memory_bytes.into_iter().fold(builder, EngineBuilder::with_memory_bytes);
        builder = threads.into_iter().fold(builder, EngineBuilder::with_threads);
        builder = spill_dir.into_iter().fold(builder, EngineBuilder::with_spill_dir);
        runtime()?;
        let transport = py.detach(|| builder.build().and_then(|engine| engine.session("embedded", &session_options))).or_raise()?;
        Ok(Self::over(client::Session::over(transport)))
    }

    /// A server.
    #[staticmethod]
    #[expect(clippy::too_many_arguments, reason = "one for each setting of a connection")]
    fn flight(
        py: Python<'_>,
        url: &str,
        token: Option<String>,
        ca_certificate: Option<Vec<u8>>,
        client_certificate: Option<(Vec<u8>, Vec<u8>)>,
        server_name: Option<String>,
        connect_timeout: Option<f64>,
        session_options: Vec<(String, String)>,
    ) -> PyResult<Self> {
        let mut connect = token.into_iter().fold(Connect::to(url), Connect::token);
        connect = ca_certificate.into_iter().fold(connect, Connect::ca_certificate);
        connect = client_certificate.into_iter().fold(connect, |connect, (certificate, key)| connect.client_certificate(certificate, key));
        connect = server_name.into_iter().fold(connect, Connect::server_name);
        if let Some(seconds) = connect_timeout {
            let timeout = Duration::try_from_secs_f64(seconds)
                .map_err(|_| PyValueError::new_err(format!("timeout={seconds}: seconds, more than 0")))?;
            connect = connect.connect_timeout(timeout);
        }
        connect = session_options.into_iter().fold(connect, |connect, (key, value)| connect.option(key, value));
        wait(py, connect.connect())?.or_raise().map(Self::over)
    }

    /// A session that builds plans and runs none.
    #[staticmethod]
    fn detached() -> Self {
        Self::over(client::Session::detached())
    }

    fn with_tags(&self, tags: Vec<String>) -> PyResult<Self> {
        Ok(Self::over(self.get()?.with_tags(tags)))
    }

    fn with_batch_rows(&self, rows_max: u64) -> PyResult<Self> {
        Ok(Self::over(self.get()?.with_batch_rows(rows_max)))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        wait(py, self.get()?.close())?.or_raise()
    }

    fn table(&self, site: Site, name: &Bound<'_, PyAny>) -> PyResult<Frame> {
        let (session, parts) = (self.get()?, table_parts(name)?);
        at(site, || session.table(parts))
    }

    fn read(&self, site: Site, format: &str, paths: Vec<String>, given: &Bound<'_, PyDict>) -> PyResult<Frame> {
        let session = self.get()?;
        match format {
            "parquet" => options::parquet(given).and_then(|options| at(site, || session.read_parquet_with(paths, options))),
            "csv" => options::csv(given).and_then(|options| at(site, || session.read_csv_with(paths, options))),
            "json" => options::json(given).and_then(|options| at(site, || session.read_json_with(paths, options))),
            "arrow" => options::arrow(given).and_then(|options| at(site, || session.read_arrow_with(paths, options))),
            _ => options::avro(given).and_then(|options| at(site, || session.read_avro_with(paths, options))),
        }
    }

    fn sql(
        &self,
        site: Site,
        text: String,
        positional: Vec<Expr>,
        named: Vec<(String, Expr)>,
        inputs: Vec<(String, PyRef<'_, Frame>)>,
        dialect: Option<String>,
    ) -> PyResult<Frame> {
        let mut options = SqlOptions::new().values(inner(positional));
        options = named.into_iter().fold(options, |options, (name, value)| options.named(name, value.0));
        for (name, frame) in &inputs {
            options = options.input(name, frame.get()?);
        }
        options = dialect.into_iter().fold(options, SqlOptions::dialect);
        let session = self.get()?;
        at(site, || session.sql_with(text, options))
    }

    fn execute(&self, py: Python<'_>, text: String) -> PyResult<Stream> {
        wait(py, self.get()?.execute(text))?.or_raise().map(Stream::new)
    }

    /// Runs a plan that was made elsewhere; parameters are literals in protobuf's text format.
    fn run_plan(&self, py: Python<'_>, plan: &Plan, parameters: Vec<String>) -> PyResult<Stream> {
        let value =
            |(position, text): (usize, String)| Ok(ParameterValue { index: position as u32 + 1, value: Some(plan::literal(&text)?) });
        let parameters = parameters.into_iter().enumerate().map(value).collect::<PyResult<_>>()?;
        wait(py, self.get()?.run_plan(plan.0.clone(), parameters))?.or_raise().map(Stream::new)
    }

    fn range(&self, site: Site, start: i64, end: i64, step: i64) -> PyResult<Frame> {
        let session = self.get()?;
        at(site, || session.range_by(start, end, step))
    }

    fn table_function(&self, site: Site, name: String, args: Vec<Expr>) -> PyResult<Frame> {
        let session = self.get()?;
        at(site, || session.table_function(name, inner(args)))
    }

    /// A frame of the columns in a dict.
    fn columns(&self, site: Site, data: &Bound<'_, PyDict>, schema: Option<&Bound<'_, PyAny>>) -> PyResult<Frame> {
        let schema = schema.map(types::schema).transpose()?;
        let (session, batch) = (self.get()?, build::batch(data, schema)?);
        at(site, || session.from_batches(batch.schema(), [batch]))
    }

    /// A frame of Arrow data that is in memory already.
    fn batches(&self, site: Site, data: &Bound<'_, PyAny>) -> PyResult<Frame> {
        let session = self.get()?;
        let reader = arrow_c::import_stream(data)?;
        let schema = reader.schema();
        let batches = reader.collect::<Result<Vec<_>, _>>().map_err(|error| PyValueError::new_err(error.to_string()))?;
        at(site, || session.from_batches(schema, batches))
    }

    /// Starts an upload of batches of this schema.
    fn upload(&self, site: Site, schema: &Bound<'_, PyAny>) -> PyResult<Upload> {
        Upload::start(self.get()?, site, types::schema(schema)?)
    }

    fn create_view(&self, py: Python<'_>, name: &Bound<'_, PyAny>, frame: &Frame, shared: bool, if_exists: &str) -> PyResult<()> {
        let options = if shared { ViewOptions::default().shared() } else { ViewOptions::default() };
        let options = match if_exists {
            "replace" => options,
            "error" => options.error_if_exists(),
            "ignore" => options.ignore_if_exists(),
            other => return Err(PyValueError::new_err(format!("if_exists={other:?}: there are replace, error and ignore"))),
        };
        wait(py, self.get()?.create_view_with(table_parts(name)?, frame.get()?, options))?.or_raise()
    }

    fn drop_view(&self, py: Python<'_>, name: &Bound<'_, PyAny>, missing_ok: bool) -> PyResult<()> {
        let (session, parts) = (self.get()?, table_parts(name)?);
        let dropped = if missing_ok { wait(py, session.drop_view_if_exists(parts))? } else { wait(py, session.drop_view(parts))? };
        dropped.or_raise()
    }

    fn drop_table(&self, py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        wait(py, self.get()?.drop_table(table_parts(name)?))?.or_raise()
    }

    /// Catalog, schema, name and kind of each table.
    fn tables(&self, py: Python<'_>) -> PyResult<Vec<(String, String, String, String)>> {
        let tables = wait(py, self.get()?.tables())?.or_raise()?;
        Ok(tables.into_iter().map(|table| (table.catalog, table.schema, table.name, table.kind)).collect())
    }

    fn queries<'py>(&self, py: Python<'py>, all_states: bool) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let queries = wait(py, self.get()?.queries(all_states))?.or_raise()?;
        queries.iter().map(|query| query_facts(py, query)).collect()
    }

    fn cancel(&self, py: Python<'_>, query_id: &str) -> PyResult<String> {
        let outcome = wait(py, self.get()?.cancel(query_id))?.or_raise()?;
        Ok(outcome.as_str_name().trim_start_matches("CANCEL_OUTCOME_").to_ascii_lowercase())
    }

    fn options(&self, py: Python<'_>) -> PyResult<Vec<(String, String)>> {
        wait(py, self.get()?.options())?.or_raise()
    }

    fn set_option(&self, py: Python<'_>, key: String, value: String) -> PyResult<()> {
        wait(py, self.get()?.set_option(key, value))?.or_raise()
    }

    fn capabilities<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let known = wait(py, self.get()?.capabilities())?.or_raise()?;
        let facts = PyDict::new(py);
        facts.set_item("engine", known.engine)?;
        facts.set_item("engine_version", known.engine_version)?;
        facts.set_item("contract_minor", known.contract_minor)?;
        facts.set_item("features", known.features)?;
        facts.set_item(
            "functions",
            known.functions.iter().map(|function| format!("{}.{}", function.namespace, function.name)).collect::<Vec<_>>(),
        )?;
        facts.set_item("sql_dialects", known.sql_dialects)?;
        Ok(facts)
    }
}

fn query_facts<'py>(py: Python<'py>, query: &QueryInfo) -> PyResult<Bound<'py, PyDict>> {
    let facts = PyDict::new(py);
    let state = QueryState::try_from(query.state).unwrap_or_default().as_str_name();
    facts.set_item("query_id", &query.query_id)?;
    facts.set_item("state", state.trim_start_matches("QUERY_STATE_").to_ascii_lowercase())?;
    facts.set_item("principal", &query.principal)?;
    facts.set_item("started_micros", query.started_micros)?;
    facts.set_item("elapsed_micros", query.elapsed_micros)?;
    facts.set_item("rows", query.rows)?;
    facts.set_item("bytes", query.bytes)?;
    facts.set_item("statement", &query.statement)?;
    facts.set_item("tags", &query.tags)?;
    Ok(facts)
}
