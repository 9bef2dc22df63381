//! The one store that DataFusion sees: the first part of a path names the root, the rest is the key in it. Remote roots
//! remember listings for a few seconds; what the engine itself writes is seen at once.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::datasource::listing::ListingTableUrl;
use datafusion::execution::object_store::{ObjectStoreRegistry, ObjectStoreUrl};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use moka::sync::Cache;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, RenameOptions, Result,
};
use polybolos_protocol::{Code, Error};
use url::Url;

use super::Root;
use crate::error::{OrTranslated, in_object_store};

const URL: &str = "polybolos://storage";
const LISTINGS_REMEMBERED: u64 = 1_000;
const LISTING_AGE_MAX: Duration = Duration::from_secs(5);

/// All roots of an engine, as one object store. Cheap to clone.
#[derive(Clone)]
pub struct Storage(Arc<Inner>);

struct Inner {
    roots: Vec<Arc<Root>>,
    listings: Cache<Path, Arc<Vec<ObjectMeta>>>,
}

impl Storage {
    pub(super) fn new(roots: Vec<Arc<Root>>) -> Self {
        let listings = Cache::builder().max_capacity(LISTINGS_REMEMBERED).time_to_live(LISTING_AGE_MAX).build();
        Self(Arc::new(Inner { roots, listings }))
    }

    pub(super) fn roots(&self) -> &[Arc<Root>] {
        &self.0.roots
    }

    /// The URL under which DataFusion finds this store.
    pub(crate) fn url() -> polybolos_protocol::Result<ObjectStoreUrl> {
        ObjectStoreUrl::parse(URL).translated()
    }

    /// A file or folder of this store as DataFusion names it.
    pub(crate) fn table_url(path: &Path, folder: bool) -> polybolos_protocol::Result<ListingTableUrl> {
        let wrong = |_| Error::internal("the storage URL does not parse");
        let mut url = Url::parse(&format!("{URL}/")).map_err(|error| wrong(error.to_string()))?;
        {
            let mut segments = url.path_segments_mut().map_err(|()| wrong(String::new()))?;
            segments.pop_if_empty().extend(path.parts().map(|part| part.as_ref().to_owned()));
            if folder {
                segments.push("");
            }
        }
        ListingTableUrl::try_new(url, None).translated()
    }

    /// A path of this store as its users write it.
    pub(crate) fn shown(&self, path: &Path) -> String {
        match self.route(path) {
            Ok((root, key)) => root.shown(key.as_ref()),
            Err(_) => path.to_string(),
        }
    }

    fn route(&self, path: &Path) -> Result<(&Arc<Root>, Path)> {
        let mut parts = path.parts();
        let name = parts.next();
        let root = name.as_ref().and_then(|name| self.0.roots.iter().find(|root| root.name() == name.as_ref()));
        let root =
            root.ok_or_else(|| in_object_store(Error::new(Code::PermissionDenied, format!("'{path}' is outside the storage roots"))))?;
        let key = path.as_ref().strip_prefix(root.name()).unwrap_or_default();
        Ok((root, Path::parse(key)?))
    }

    fn route_writable(&self, path: &Path) -> Result<(&Arc<Root>, Path)> {
        let (root, key) = self.route(path)?;
        if !root.writable() {
            return Err(in_object_store(Error::new(Code::PermissionDenied, format!("the storage root '{}' is read-only", root.name()))));
        }
        if root.remote() {
            self.0.listings.invalidate_all();
        }
        Ok((root, key))
    }

    fn remembered(&self, path: &Path) -> Option<ObjectMeta> {
        let parent = Path::parse(path.as_ref().rsplit_once('/')?.0).ok()?;
        let listing = self.0.listings.get(&parent)?;
        listing.iter().find(|meta| meta.location == *path).cloned()
    }

    fn list_root(&self, root: &Arc<Root>, key: Path, prefix: Path) -> BoxStream<'static, Result<ObjectMeta>> {
        let name = root.name().to_owned();
        let shown = Arc::clone(root);
        let listed = root.store.list(Some(&key)).map_err(move |error| rename_error(error, &shown));
        let listed = listed.map_ok(move |meta| ObjectMeta { location: outer(&name, &meta.location), ..meta });
        let hidden_in = prefix.clone();
        let listed = listed.try_filter(move |meta| std::future::ready(!hidden(&meta.location, &hidden_in)));
        if !root.remote() {
            return listed.boxed();
        }
        let listings = self.0.listings.clone();
        let collected = async move {
            let all = Arc::new(listed.try_collect::<Vec<_>>().await?);
            listings.insert(prefix, Arc::clone(&all));
            Ok::<_, object_store::Error>(stream::iter(all.iter().cloned().map(Ok).collect::<Vec<_>>()))
        };
        stream::once(collected).try_flatten().boxed()
    }
}

/// A path of this store from a key of a root.
pub(super) fn outer(root: &str, key: &Path) -> Path {
    let joined = if key.is_root() { root.to_owned() } else { format!("{root}/{key}") };
    Path::parse(&joined).unwrap_or_else(|_| Path::from(joined))
}

/// Files and folders whose names begin with a dot are no data, unless the prefix itself names one: half-written output, editors' files.
fn hidden(location: &Path, prefix: &Path) -> bool {
    location.as_ref().strip_prefix(prefix.as_ref()).is_some_and(|rest| rest.split('/').any(|part| part.starts_with('.')))
}

/// Names the file as users write it, in the errors that carry a path.
fn rename_error(error: object_store::Error, root: &Root) -> object_store::Error {
    use object_store::Error as E;
    match error {
        E::NotFound { path, source } => E::NotFound { path: root.shown(&path), source },
        E::AlreadyExists { path, source } => E::AlreadyExists { path: root.shown(&path), source },
        E::PermissionDenied { path, source } => E::PermissionDenied { path: root.shown(&path), source },
        E::Unauthenticated { path, source } => E::Unauthenticated { path: root.shown(&path), source },
        other => other,
    }
}

#[async_trait]
impl ObjectStore for Storage {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        let (root, key) = self.route_writable(location)?;
        root.store.put_opts(&key, payload, opts).await.map_err(|error| rename_error(error, root))
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        let (root, key) = self.route_writable(location)?;
        root.store.put_multipart_opts(&key, opts).await.map_err(|error| rename_error(error, root))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let (root, key) = self.route(location)?;
        if options.head
            && root.remote()
            && let Some(meta) = self.remembered(location)
        {
            let range = 0..meta.size;
            let payload = object_store::GetResultPayload::Stream(stream::empty().boxed());
            return Ok(GetResult { payload, meta, range, attributes: object_store::Attributes::default() });
        }
        let mut result = root.store.get_opts(&key, options).await.map_err(|error| rename_error(error, root))?;
        result.meta.location = location.clone();
        Ok(result)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let (root, key) = self.route(location)?;
        root.store.get_ranges(&key, ranges).await.map_err(|error| rename_error(error, root))
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let storage = self.clone();
        locations
            .and_then(move |location| {
                let storage = storage.clone();
                async move {
                    let (root, key) = storage.route_writable(&location)?;
                    object_store::ObjectStoreExt::delete(&root.store, &key).await.map_err(|error| rename_error(error, root))?;
                    Ok(location)
                }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let prefix = prefix.cloned().unwrap_or_default();
        if let Some(remembered) = self.0.listings.get(&prefix) {
            return stream::iter(remembered.iter().cloned().map(Ok).collect::<Vec<_>>()).boxed();
        }
        match self.route(&prefix) {
            Ok((root, key)) => self.list_root(root, key, prefix),
            Err(error) => stream::once(std::future::ready(Err(error))).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let prefix = prefix.cloned().unwrap_or_default();
        let (root, key) = self.route(&prefix)?;
        let found = root.store.list_with_delimiter(Some(&key)).await.map_err(|error| rename_error(error, root))?;
        let visible = |path: &Path| !hidden(path, &prefix);
        let common_prefixes = found.common_prefixes.iter().map(|path| outer(root.name(), path)).filter(visible).collect();
        let objects = found.objects.into_iter().map(|meta| ObjectMeta { location: outer(root.name(), &meta.location), ..meta });
        Ok(ListResult { common_prefixes, objects: objects.filter(|meta| visible(&meta.location)).collect() })
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let (root, key) = self.route(from)?;
        let (target, target_key) = self.route_writable(to)?;
        if Arc::ptr_eq(root, target) {
            return root.store.copy_opts(&key, &target_key, options).await.map_err(|error| rename_error(error, root));
        }
        Err(in_object_store(Error::unsupported("a file cannot be copied from one storage root to another")))
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        let (root, key) = self.route_writable(from)?;
        let (target, target_key) = self.route_writable(to)?;
        if Arc::ptr_eq(root, target) {
            return root.store.rename_opts(&key, &target_key, options).await.map_err(|error| rename_error(error, root));
        }
        Err(in_object_store(Error::unsupported("a file cannot be moved from one storage root to another")))
    }
}

impl ObjectStoreRegistry for Storage {
    /// Roots come from the configuration alone: nothing is registered later.
    fn register_store(&self, _url: &Url, store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        Some(store)
    }

    fn get_store(&self, url: &Url) -> datafusion::common::Result<Arc<dyn ObjectStore>> {
        if url.as_str().starts_with(URL) {
            return Ok(Arc::new(self.clone()));
        }
        let shown = format!("{}://", url.scheme());
        Err(crate::error::into_datafusion(Error::new(Code::PermissionDenied, format!("{shown} is outside the storage roots"))))
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.roots.iter().map(|root| root.name())).finish()
    }
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("storage")
    }
}
