//! DataFusion's session state: functions, rules and the settings that were measured to matter.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result as DataFusionResult;
use datafusion::common::config::ConfigNonZeroUsize;
use datafusion::execution::cache::cache_manager::CacheManagerConfig;
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};
use datafusion::prelude::SessionConfig;
use polybolos_protocol::Result;

use crate::catalog::{CATALOG, DEFAULT_SCHEMA};
use crate::error::OrTranslated;
use crate::limits::cores;
use crate::storage::Storage;

/// Rows of a batch: 16 384 ran TPC-H at 0.95 of the time of 8 192, and larger ones no faster.
pub(crate) const BATCH_SIZE: usize = 16_384;
const METADATA_CACHE_BYTES: usize = 256 << 20;
const STATISTICS_CACHE_BYTES: usize = 64 << 20;
const BROADCAST_BYTES: usize = 128 << 20;
const BROADCAST_ROWS: usize = 1_000_000;
/// Nesting of a SQL text, well below what the planning stack holds.
const SQL_DEPTH_MAX: usize = 400;

/// The settings of every session, before its own options.
pub(crate) fn config() -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_default_catalog_and_schema(CATALOG, DEFAULT_SCHEMA)
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(true)
        .with_batch_size(BATCH_SIZE)
        .with_target_partitions(cores())
        .with_collect_statistics(true);
    let options = config.options_mut();
    options.execution.time_zone = Some("UTC".to_owned());
    options.execution.parquet.pushdown_filters = false;
    options.execution.keep_partition_by_columns = false;
    // It compares what may be null, of which DataFusion is not always of one mind; names and types are ours to get right.
    options.execution.skip_physical_aggregate_schema_check = true;
    options.optimizer.prefer_hash_join = true;
    options.optimizer.hash_join_single_partition_threshold = BROADCAST_BYTES;
    options.optimizer.hash_join_single_partition_threshold_rows = BROADCAST_ROWS;
    options.sql_parser.collect_spans = true;
    options.explain.show_schema = false;
    if let Ok(depth) = ConfigNonZeroUsize::try_new(SQL_DEPTH_MAX) {
        options.sql_parser.recursion_limit = depth;
    }
    config
}

/// The engine's environment: storage, caches that outlive queries, the process's memory pool.
pub(crate) fn environment(storage: &Storage, pool: Arc<dyn MemoryPool>) -> Result<Arc<RuntimeEnv>> {
    // Listings are not kept here: DataFusion's cache cannot tell that a folder has a new file.
    let caches = CacheManagerConfig::default()
        .with_list_files_cache_limit(0)
        .with_metadata_cache_limit(METADATA_CACHE_BYTES)
        .with_file_statistics_cache_limit(STATISTICS_CACHE_BYTES);
    let builder =
        RuntimeEnvBuilder::new().with_object_store_registry(Arc::new(storage.clone())).with_memory_pool(pool).with_cache_manager(caches);
    builder.build_arc().translated()
}

/// The state that sessions start from.
pub(crate) fn base(environment: Arc<RuntimeEnv>) -> Result<SessionState> {
    let mut state = SessionStateBuilder::new()
        .with_config(config())
        .with_runtime_env(environment)
        .with_default_features()
        .with_query_planner(Arc::new(Planner))
        .with_optimizer_rules(crate::rules::logical())
        .with_physical_optimizer_rules(crate::rules::physical())
        .build();
    datafusion_functions_json::register_all(&mut state).translated()?;
    crate::bind::register(&mut state).translated()?;
    Ok(state)
}

/// DataFusion's physical planner with the engine's own nodes.
#[derive(Debug)]
struct Planner;

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(&self, plan: &LogicalPlan, session: &dyn Session) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        DefaultPhysicalPlanner::with_extension_planners(crate::bind::planners()).create_physical_plan(plan, session).await
    }
}
