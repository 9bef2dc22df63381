//! Errors and panics as Java exceptions: the only place where something is thrown.

use std::any::Any;

use jni::errors::ErrorPolicy;
use jni::objects::JThrowable;
use jni::{Env, EnvUnowned, JValue, jni_sig, jni_str};
use polybolos_protocol::Error;
use polybolos_protocol::error::to_status_details;

/// Why a native did not do what it was asked.
pub(crate) enum Failure {
    /// One of our errors.
    Ours(Error),
    /// JNI itself failed, perhaps because Java has thrown already.
    Jni(jni::errors::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<jni::errors::Error> for Failure {
    fn from(error: jni::errors::Error) -> Self {
        Self::Jni(error)
    }
}

/// Runs the body of a native; whatever goes wrong in it is thrown in Java.
pub(crate) fn native<'local, T: Default>(mut env: EnvUnowned<'local>, body: impl FnOnce(&mut Env<'local>) -> Result<T, Failure>) -> T {
    env.with_env(body).resolve::<Thrown>()
}

/// The policy of all natives.
struct Thrown;

impl<T: Default> ErrorPolicy<T, Failure> for Thrown {
    type Captures<'local: 'native, 'native> = ();

    fn on_error<'local: 'native, 'native>(env: &mut Env<'local>, (): &mut (), failure: Failure) -> jni::errors::Result<T> {
        if env.exception_check() {
            return Ok(T::default());
        }
        let error = match failure {
            Failure::Ours(error) => error,
            Failure::Jni(error) => Error::internal(format!("a call into the JVM failed: {error}")),
        };
        throw(env, &error)
    }

    fn on_panic<'local: 'native, 'native>(
        env: &mut Env<'local>,
        (): &mut (),
        payload: Box<dyn Any + Send + 'static>,
    ) -> jni::errors::Result<T> {
        throw(env, &panicked(payload.as_ref()))
    }
}

/// Throws the exception that carries the error's status details.
fn throw<T: Default>(env: &mut Env<'_>, error: &Error) -> jni::errors::Result<T> {
    let details = env.byte_array_from_slice(&to_status_details(error))?;
    let exception =
        env.new_object(jni_str!("io/polybolos/embedded/NativeException"), jni_sig!((jbyte[]) -> void), &[JValue::Object(&details)])?;
    let exception = env.cast_local::<JThrowable>(exception)?;
    match env.throw(&exception) {
        // This is how the crate says that it was thrown.
        Err(jni::errors::Error::JavaException) | Ok(()) => Ok(T::default()),
        Err(error) => Err(error),
    }
}

/// The error for a panic that was caught.
pub(crate) fn panicked(payload: &(dyn Any + Send)) -> Error {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    Error::internal(format!("the native library panicked: {}", text.unwrap_or("no message")))
}
