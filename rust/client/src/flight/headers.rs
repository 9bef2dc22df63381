//! What every call carries: the token and the session.

use std::fmt;

use polybolos_protocol::{Error, Result};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::{Request, Status};
use zeroize::Zeroizing;

const SESSION: &str = "polybolos-session";

/// The headers of a session's calls. Shown nowhere.
#[derive(Clone, Default)]
pub(super) struct Headers {
    authorization: Option<MetadataValue<Ascii>>,
    session: Option<MetadataValue<Ascii>>,
}

impl Headers {
    pub(super) fn of_token(token: Option<Zeroizing<String>>) -> Result<Self> {
        let authorization = token.map(|token| authorization(&token)).transpose()?;
        Ok(Self { authorization, session: None })
    }

    pub(super) fn in_session(mut self, id: &str) -> Result<Self> {
        let value = id.parse().map_err(|_| Error::internal("the server gave the session an id that no header can hold"))?;
        self.session = Some(value);
        Ok(self)
    }
}

fn authorization(token: &str) -> Result<MetadataValue<Ascii>> {
    let text = Zeroizing::new(format!("Bearer {}", token.trim()));
    // The parser's own error would quote the token.
    let mut value: MetadataValue<Ascii> =
        text.parse().map_err(|_| Error::invalid_argument("the token holds characters that no token has"))?;
    value.set_sensitive(true);
    Ok(value)
}

impl Interceptor for Headers {
    fn call(&mut self, mut request: Request<()>) -> std::result::Result<Request<()>, Status> {
        if let Some(authorization) = &self.authorization {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        if let Some(session) = &self.session {
            request.metadata_mut().insert(SESSION, session.clone());
        }
        Ok(request)
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Headers").field("token", &self.authorization.is_some()).finish_non_exhaustive()
    }
}
