//! explain
use polybolos_protocol::transport::AnalyzeRequest;
use polybolos_protocol::wire::flight::AnalyzeResult;
use polybolos_protocol::{Error, Result};

use crate::session::QueryContext;

pub(crate) async fn analyze(_context: &QueryContext, _request: &AnalyzeRequest, _fingerprint: Vec<u8>) -> Result<AnalyzeResult> {
    Err(Error::unsupported("analyze"))
}
