//! Panics on demand. No input that we know of makes one, and what becomes of those that we do not know of has to be tested. Release
//! builds have none of this; who calls is a class of the tests, `polybolos.embedded.tests.Panics`.

#![expect(unreachable_pub, reason = "jni_mangle exports functions that are pub only")]

use std::sync::Arc;

use arrow_schema::Schema;
use futures::{StreamExt, stream};
use jni::objects::JClass;
use jni::sys::jlong;
use jni::{EnvUnowned, jni_mangle};
use polybolos_protocol::transport::{QueryHandle, QueryStream};
use polybolos_protocol::wire::flight::{ResultProgress, ResultTrailer};

use crate::failure::native;
use crate::query::Query;
use crate::sessions;
use crate::stream::Address;

/// Panics at once.
#[jni_mangle("polybolos.embedded.tests.Panics")]
#[expect(clippy::panic, reason = "it is what this is for")]
pub fn panic<'local>(env: EnvUnowned<'local>, _: JClass<'local>) {
    native::<()>(env, |_| panic!("as it was asked to"));
}

/// A query that panics when its first batch is asked for.
#[jni_mangle("polybolos.embedded.tests.Panics")]
#[expect(clippy::panic, reason = "it is what this is for")]
pub fn panicking_query<'local>(env: EnvUnowned<'local>, _: JClass<'local>, stream: jlong) -> jlong {
    native(env, |_| {
        let batches = stream::poll_fn(|_| panic!("as it was asked to")).boxed();
        let result = QueryStream::new(Arc::new(Schema::empty()), batches, Arc::new(Nothing));
        let (handle, query) = sessions::add_query(Query::new(0, result)?);
        Address::new(stream)?.export(query);
        Ok(handle)
    })
}

/// What is known of a query that does nothing.
#[derive(Debug)]
struct Nothing;

impl QueryHandle for Nothing {
    fn query_id(&self) -> &str {
        "panic"
    }

    fn progress(&self) -> ResultProgress {
        ResultProgress::default()
    }

    fn trailer(&self) -> Option<ResultTrailer> {
        None
    }
}
