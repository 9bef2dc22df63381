//! S3-compatible roots. Credentials come from the configuration or the environment of the process, never from a plan, and never
//! show in `Debug` or in an error.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::client::{ClientOptions, SpawnedReqwestConnector};
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};
use polybolos_protocol::{Error, Result};
use tokio::runtime::Handle;

/// A bucket, or a prefix of one, on S3 or a store that speaks its protocol.
#[derive(Clone, Default)]
pub struct S3Root {
    /// The bucket. Required.
    pub bucket: String,
    /// Only keys below this prefix belong to the root. Empty: the whole bucket.
    pub prefix: String,
    /// The region; absent: `AWS_REGION` of the environment, else `us-east-1`.
    pub region: Option<String>,
    /// The endpoint of a store that is not AWS, such as `http://127.0.0.1:9000`. The bucket goes into the path.
    pub endpoint: Option<String>,
    /// The access key; absent: the environment's credentials (`AWS_ACCESS_KEY_ID`, web identity, instance profile).
    pub access_key_id: Option<String>,
    /// The secret of the access key.
    pub secret_access_key: Option<String>,
    /// A session token that belongs to a temporary access key.
    pub session_token: Option<String>,
    /// Allows an endpoint without TLS. Default false.
    pub allow_http: bool,
    /// Puts the bucket into the host name although an endpoint is given. Default false.
    pub virtual_hosted: bool,
    /// Reads without signing requests, for public buckets. Default false.
    pub anonymous: bool,
}

impl fmt::Debug for S3Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |secret: &Option<String>| secret.as_ref().map(|_| "***");
        f.debug_struct("S3Root")
            .field("bucket", &self.bucket)
            .field("prefix", &self.prefix)
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .field("access_key_id", &hidden(&self.access_key_id))
            .field("secret_access_key", &hidden(&self.secret_access_key))
            .field("session_token", &hidden(&self.session_token))
            .field("allow_http", &self.allow_http)
            .field("virtual_hosted", &self.virtual_hosted)
            .field("anonymous", &self.anonymous)
            .finish()
    }
}

impl S3Root {
    pub(super) fn open(&self, name: &str, requests: &Handle) -> Result<Arc<dyn ObjectStore>> {
        self.check(name)?;
        let builder = self
            .credentials()
            .with_bucket_name(&self.bucket)
            .with_virtual_hosted_style_request(self.virtual_hosted)
            .with_allow_http(self.allow_http)
            .with_skip_signature(self.anonymous)
            .with_client_options(
                ClientOptions::new()
                    .with_allow_http(self.allow_http)
                    .with_timeout(Duration::from_secs(120))
                    .with_connect_timeout(Duration::from_secs(5)),
            )
            .with_retry(retries())
            .with_http_connector(SpawnedReqwestConnector::new(requests.clone()));
        // The builder's error may quote its settings.
        let store =
            builder.build().map_err(|_| Error::invalid_argument(format!("the S3 settings of root '{name}' do not fit together")))?;
        Ok(if self.prefix.is_empty() { Arc::new(store) } else { Arc::new(PrefixStore::new(store, self.prefix.as_str())) })
    }

    fn check(&self, name: &str) -> Result<()> {
        let wrong = |what: &str| Err(Error::invalid_argument(format!("the S3 root '{name}' {what}")));
        if self.bucket.is_empty() || self.bucket.contains('/') {
            return wrong("needs the name of a bucket");
        }
        if self.access_key_id.is_some() != self.secret_access_key.is_some() {
            return wrong("needs access_key_id and secret_access_key together");
        }
        match &self.endpoint {
            Some(endpoint) if endpoint.starts_with("http://") && !self.allow_http => {
                wrong("has an endpoint without TLS; set allow_http to permit it")
            }
            Some(endpoint) if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") => {
                wrong("needs an endpoint that begins with https://")
            }
            _ => Ok(()),
        }
    }

    fn credentials(&self) -> AmazonS3Builder {
        let mut builder = match (&self.access_key_id, &self.secret_access_key) {
            (Some(id), Some(secret)) => AmazonS3Builder::new().with_access_key_id(id).with_secret_access_key(secret),
            _ => AmazonS3Builder::from_env(),
        };
        if let Some(token) = &self.session_token {
            builder = builder.with_token(token);
        }
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        builder
    }
}

fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(5), base: 2.0 },
        max_retries: 5,
        retry_timeout: Duration::from_secs(60),
    }
}
