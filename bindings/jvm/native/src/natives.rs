//! What `io.polybolos.embedded.Native` declares, in its order: borrow the arguments, call, encode the answer.

#![expect(unreachable_pub, reason = "jni_mangle exports functions that are pub only")]

use std::path::PathBuf;

use jni::objects::{JBooleanArray, JByteArray, JClass, JObjectArray, JString};
use jni::sys::{jboolean, jint, jlong};
use jni::{Env, EnvUnowned, jni_mangle};
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::transport::{AnalyzeRequest, ExecuteRequest};
use polybolos_protocol::wire::flight::{
    Analyze, AnalyzeWhat, CancelQuery, CancelQueryResult, ExecutePlan, ListQueries, ListQueriesResult, OpenSession, SessionOpened,
};
use polybolos_protocol::wire::plan::KeyValue;
use polybolos_protocol::{CheckedPlan, Code, Error, Result, decode};
use prost::{Message, Name};

use crate::engines::{EngineOptions, Root};
use crate::failure::{Failure, native};
use crate::query::Query;
use crate::stream::Address;
use crate::{sessions, wait};

/// The version of this library; that of the jar must be the same.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn version<'local>(env: EnvUnowned<'local>, _: JClass<'local>) -> JString<'local> {
    native(env, |env| Ok(env.new_string(env!("CARGO_PKG_VERSION"))?))
}

/// Opens a session; `options` is an `OpenSession`. Numbers that are 0 mean the default.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn open<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    root_names: JObjectArray<'local, JString<'local>>,
    root_folders: JObjectArray<'local, JString<'local>>,
    roots_writable: JBooleanArray<'local>,
    memory_bytes: jlong,
    threads: jint,
    spill_folder: JString<'local>,
    options: JByteArray<'local>,
) -> jlong {
    native(env, |env| {
        let engine = EngineOptions {
            roots: roots(env, &root_names, &root_folders, &roots_writable)?,
            memory_bytes: positive(memory_bytes)?,
            threads: positive(threads.into())?,
            spill_folder: spill_folder.try_to_string(env)?.into(),
        };
        let options = env.convert_byte_array(&options)?;
        Ok(wait::finish(async move { sessions::open(engine, &pairs(message(&options)?)) })?)
    })
}

/// Ends a session, whether it is there or not.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn close<'local>(env: EnvUnowned<'local>, _: JClass<'local>, session: jlong) {
    native(env, |_| Ok(sessions::close(session)?));
}

/// Starts the plan of an `ExecutePlan`, writes the stream of its batches to the address, and answers the query's handle.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn execute<'local>(env: EnvUnowned<'local>, _: JClass<'local>, session: jlong, request: JByteArray<'local>, stream: jlong) -> jlong {
    native(env, |env| {
        let (transport, address) = (sessions::transport(session)?, Address::new(stream)?);
        let request = env.convert_byte_array(&request)?;
        // Made on our threads, the query goes on to its first batch there, while this thread is still waking up.
        let query = wait::wait(async move { Query::new(session, transport.execute(execute_request(message(&request)?)?).await?) })?;
        let (handle, query) = sessions::add_query(query);
        address.export(query);
        Ok(handle)
    })
}

/// `Analyze` in, `AnalyzeResult` out.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn analyze<'local>(env: EnvUnowned<'local>, _: JClass<'local>, session: jlong, request: JByteArray<'local>) -> JByteArray<'local> {
    native(env, |env| {
        let transport = sessions::transport(session)?;
        let request = env.convert_byte_array(&request)?;
        answer(env, &wait::wait(async move { transport.analyze(analyze_request(message(&request)?)?).await })?)
    })
}

/// Reads the stream at the address to its end; answers a `PutReceipt`.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn put<'local>(env: EnvUnowned<'local>, _: JClass<'local>, session: jlong, stream: jlong) -> JByteArray<'local> {
    native(env, |env| {
        let (transport, address) = (sessions::transport(session)?, Address::new(stream)?);
        answer(env, &address.import()?.put(transport)?)
    })
}

/// `CancelQuery` in, `CancelQueryResult` out.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn cancel<'local>(env: EnvUnowned<'local>, _: JClass<'local>, session: jlong, request: JByteArray<'local>) -> JByteArray<'local> {
    native(env, |env| {
        let transport = sessions::transport(session)?;
        let request: CancelQuery = message(&env.convert_byte_array(&request)?)?;
        let outcome = wait::finish(async move { transport.cancel(&request.query_id).await })?;
        answer(env, &CancelQueryResult { outcome: outcome as i32 })
    })
}

/// `ListQueries` in, `ListQueriesResult` out.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn queries<'local>(env: EnvUnowned<'local>, _: JClass<'local>, session: jlong, request: JByteArray<'local>) -> JByteArray<'local> {
    native(env, |env| {
        let transport = sessions::transport(session)?;
        let request: ListQueries = message(&env.convert_byte_array(&request)?)?;
        let queries = wait::finish(async move { transport.queries(request.all_states).await })?;
        answer(env, &ListQueriesResult { queries })
    })
}

/// Answers `Capabilities`.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn capabilities<'local>(env: EnvUnowned<'local>, _: JClass<'local>, session: jlong) -> JByteArray<'local> {
    native(env, |env| {
        let transport = sessions::transport(session)?;
        answer(env, &wait::finish(async move { transport.capabilities().await })?)
    })
}

/// Sets the options of an `OpenSession`, all or none; answers all of the session's in a `SessionOpened`.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn set_options<'local>(env: EnvUnowned<'local>, _: JClass<'local>, session: jlong, request: JByteArray<'local>) -> JByteArray<'local> {
    native(env, |env| {
        let transport = sessions::transport(session)?;
        let asked = pairs(message(&env.convert_byte_array(&request)?)?);
        let options = wait::finish(async move { transport.set_options(asked).await })?;
        let options = options.into_iter().map(|(key, value)| KeyValue { key, value }).collect();
        answer(env, &SessionOpened { options, ..SessionOpened::default() })
    })
}

/// The engine's id of a query.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn query_id<'local>(env: EnvUnowned<'local>, _: JClass<'local>, query: jlong) -> JString<'local> {
    native(env, |env| Ok(env.new_string(sessions::query(query)?.handle().query_id())?))
}

/// The status details of what ended the stream of a query; null where it ended well.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn failure<'local>(env: EnvUnowned<'local>, _: JClass<'local>, query: jlong) -> JByteArray<'local> {
    native(env, |env| match sessions::query(query)?.failure() {
        Some(details) => Ok(env.byte_array_from_slice(&details)?),
        None => Ok(JByteArray::default()),
    })
}

/// The `ResultTrailer` of a query that has ended; null before.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn trailer<'local>(env: EnvUnowned<'local>, _: JClass<'local>, query: jlong) -> JByteArray<'local> {
    native(env, |env| match sessions::query(query)?.handle().trailer() {
        Some(trailer) => answer(env, &trailer),
        None => Ok(JByteArray::default()),
    })
}

/// Lets a query go, whether it is there or not.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn close_query<'local>(env: EnvUnowned<'local>, _: JClass<'local>, query: jlong) {
    native(env, |_| {
        sessions::close_query(query);
        Ok(())
    });
}

/// Ends everything, when the JVM does.
#[jni_mangle("io.polybolos.embedded.Native")]
pub fn shutdown<'local>(env: EnvUnowned<'local>, _: JClass<'local>) {
    native(env, |_| {
        sessions::shutdown();
        Ok(())
    });
}

/// Decodes a message as the door of a server does: what is not understood is refused.
fn message<M: Message + Name + Default>(bytes: &[u8]) -> Result<M> {
    decode::message(&M::full_name(), bytes, &PlanLimits::default())
}

fn pairs(message: OpenSession) -> Vec<(String, String)> {
    message.options.into_iter().map(|option| (option.key, option.value)).collect()
}

fn answer<'local>(env: &mut Env<'local>, message: &impl Message) -> Result<JByteArray<'local>, Failure> {
    Ok(env.byte_array_from_slice(&message.encode_to_vec())?)
}

fn execute_request(message: ExecutePlan) -> Result<ExecuteRequest> {
    let plan = message.plan.ok_or_else(|| Error::new(Code::PlanMissingField, "ExecutePlan.plan is required"))?;
    Ok(ExecuteRequest {
        plan: CheckedPlan::check(plan, &PlanLimits::default())?,
        parameters: message.parameters,
        operation_id: operation_id(message.operation_id)?,
        options: message.result.unwrap_or_default(),
        tags: message.tags,
    })
}

fn analyze_request(message: Analyze) -> Result<AnalyzeRequest> {
    let plan = message.plan.ok_or_else(|| Error::new(Code::PlanMissingField, "Analyze.plan is required"))?;
    let what = message.what.iter().map(|&what| {
        let known = AnalyzeWhat::try_from(what).ok().filter(|what| *what != AnalyzeWhat::Unspecified);
        known.ok_or_else(|| Error::new(Code::PlanUnknownEnum, format!("Analyze.what {what} is not known")))
    });
    Ok(AnalyzeRequest {
        plan: CheckedPlan::check(plan, &PlanLimits::default())?,
        parameters: message.parameters,
        what: what.collect::<Result<_>>()?,
        operation_id: operation_id(message.operation_id)?,
    })
}

/// The caller's operation id, or a new one.
fn operation_id(given: String) -> Result<String> {
    if given.is_empty() {
        return Ok(uuid::Uuid::now_v7().to_string());
    }
    let id = uuid::Uuid::parse_str(&given).map_err(|_| Error::invalid_argument(format!("operation_id {given:?} is not a UUID")))?;
    Ok(id.to_string())
}

/// A number for the engine; 0 for its default.
fn positive(number: jlong) -> Result<Option<usize>> {
    let number = usize::try_from(number).map_err(|_| Error::invalid_argument(format!("{number} is not a number of bytes or threads")))?;
    Ok((number > 0).then_some(number))
}

fn roots<'local>(
    env: &mut Env<'local>,
    names: &JObjectArray<'local, JString<'local>>,
    folders: &JObjectArray<'local, JString<'local>>,
    writable: &JBooleanArray<'local>,
) -> Result<Vec<Root>, Failure> {
    let mut may_write: Vec<jboolean> = vec![false; names.len(env)?];
    writable.get_region(env, 0, &mut may_write)?;
    let mut roots = Vec::new();
    for (index, writable) in may_write.into_iter().enumerate() {
        let name = names.get_element(env, index)?.try_to_string(env)?;
        let folder = PathBuf::from(folders.get_element(env, index)?.try_to_string(env)?);
        roots.push(Root { name, folder, writable });
    }
    Ok(roots)
}
