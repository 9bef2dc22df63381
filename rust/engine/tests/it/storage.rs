//! Storage roots: what is outside stays outside.

use std::os::unix::fs::symlink;

use polybolos_engine::{Access, EngineBuilder, S3Root};
use polybolos_protocol::Code;

use crate::harness::{Bench, csv, read_plan, rows};

const HOSTILE: [&str; 34] = [
    "/etc/passwd",
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "../../etc/passwd",
    "../",
    "..",
    "a/../../../etc/passwd",
    "..%2f..%2fetc/passwd",
    "%2e%2e/etc/passwd",
    "%252e%252e/%252e%252e/etc/passwd",
    "..\\..\\etc\\passwd",
    "a\0b",
    "a%00b",
    "/proc/self/environ",
    "/dev/zero",
    "/dev/stdin",
    "http://169.254.169.254/latest/meta-data",
    "http://[::ffff:169.254.169.254]/",
    "https://example.org/x.csv",
    "s3://other-bucket/x.csv",
    "s3a://other-bucket/x.csv",
    "s3://user:password@bucket/x",
    "gs://bucket/x",
    "az://container/x",
    "hdfs://namenode/x",
    "gopher://x/",
    "data:text/csv,a",
    "ftp://x/y",
    "root://other/x.csv",
    "root://@engine/x",
    "root://data/../x.csv",
    "//etc/passwd",
    "/./etc/../etc/passwd",
    "jdbc:x",
];

#[tokio::test]
async fn paths_outside_the_roots_are_refused_at_every_door() {
    let bench = Bench::new();
    bench.run("create table t as select 1 as a").await.unwrap();
    for path in HOSTILE {
        let quoted = path.replace('\'', "''");
        let read = rows(&bench.session, read_plan(path, csv())).await.unwrap_err();
        assert_eq!(read.code(), Code::PermissionDenied, "read {path}: {read}");
        if path.contains('\0') {
            continue;
        }
        for statement in
            [format!("create external table e stored as csv location '{quoted}'"), format!("copy t to '{quoted}' stored as csv")]
        {
            let error = bench.run_error(&statement).await;
            assert_eq!(error.code(), Code::PermissionDenied, "{statement}: {error}");
        }
    }
}

#[tokio::test]
async fn the_refusal_names_the_roots() {
    let error = Bench::new().read("/etc/passwd", csv()).await.unwrap_err();
    assert_eq!(error.message(), "'/etc/passwd' is outside the storage roots: it is in no configured folder; the roots are 'data'");
}

#[tokio::test]
async fn links_that_leave_a_root_are_refused_and_not_listed() {
    let bench = Bench::new();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.csv"), "a\n1\n").unwrap();
    symlink(outside.path().join("secret.csv"), bench.path().join("link.csv")).unwrap();
    symlink(outside.path(), bench.path().join("folder")).unwrap();
    for path in ["link.csv", "folder/secret.csv", "folder/"] {
        let error = bench.read(path, csv()).await.unwrap_err();
        assert_eq!(error.code(), Code::PermissionDenied, "{path}: {error}");
    }
    bench.file("mine.csv", "a\n2\n");
    let all = bench.read("*.csv", csv()).await.unwrap();
    assert!(all.contains("| 2 |") && !all.contains("| 1 |"), "{all}");
    bench.run("create table t as select 1 as a").await.unwrap();
    let error = bench.run_error("copy t to 'folder/new.csv' stored as csv").await;
    assert_eq!(error.code(), Code::PermissionDenied, "{error}");
    assert!(!outside.path().join("new.csv").exists());
}

#[tokio::test]
async fn links_within_a_root_are_followed() {
    let bench = Bench::new();
    bench.file("a/x.csv", "a\n1\n");
    symlink(bench.path().join("a"), bench.path().join("b")).unwrap();
    assert!(bench.read("b/x.csv", csv()).await.unwrap().contains("| 1 |"));
}

#[tokio::test]
async fn pipes_and_folders_are_no_files() {
    let bench = Bench::new();
    let pipe = bench.path().join("pipe.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let error = bench.read("pipe.csv", csv()).await.unwrap_err();
    assert_eq!(error.code(), Code::PermissionDenied, "{error}");
}

#[tokio::test]
async fn a_read_only_root_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with(|builder| builder.with_root("library", folder.path(), Access::Read));
    bench.run("create table t as select 1 as a").await.unwrap();
    let error = bench.run_error("copy t to 'root://library/x.csv' stored as csv").await;
    assert_eq!(error.code(), Code::PermissionDenied);
    assert!(error.message().contains("'library' is read-only; writable roots are 'data'"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn roots_are_named_by_url_profile_and_folder() {
    let second = tempfile::tempdir().unwrap();
    std::fs::write(second.path().join("y.csv"), "a\n5\n").unwrap();
    let bench = Bench::with(|builder| builder.with_root("second", second.path(), Access::Read));
    let absolute = second.path().join("y.csv");
    for path in ["root://second/y.csv", absolute.to_str().unwrap(), &format!("file://{}", absolute.display())] {
        assert!(bench.read(path, csv()).await.unwrap().contains("| 5 |"), "{path}");
    }
}

#[tokio::test]
async fn strange_file_names_are_read() {
    let bench = Bench::new();
    for name in ["with space.csv", "per%cent.csv", "ünïcödé.csv", "a+b&c=d.csv", "~tilde.csv", "{brace}.csv"] {
        bench.file(name, "a\n1\n");
        assert!(bench.read(name, csv()).await.unwrap().contains("| 1 |"), "{name}");
    }
}

#[tokio::test]
async fn an_engine_without_roots_reads_nothing() {
    let session = EngineBuilder::new().build().unwrap().session("me", &[]).unwrap();
    let error = rows(&session, read_plan("x.csv", csv())).await.unwrap_err();
    assert_eq!(error.code(), Code::PermissionDenied);
    assert!(error.message().ends_with("no roots are configured"), "{error}");
}

#[tokio::test]
async fn an_embedded_engine_reads_the_callers_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.csv"), "a\n1\n").unwrap();
    let session = polybolos_engine::embedded().unwrap();
    assert!(rows(&session, read_plan(folder.path().join("x.csv").to_str().unwrap(), csv())).await.unwrap().contains("| 1 |"));
    assert!(rows(&session, read_plan("Cargo.toml", csv())).await.is_ok(), "relative to the current folder");
}

#[test]
fn secrets_of_a_bucket_are_never_shown() {
    let root = S3Root {
        bucket: "lake".to_owned(),
        endpoint: Some("http://127.0.0.1:9".to_owned()),
        access_key_id: Some("CANARYKEY".to_owned()),
        secret_access_key: Some("CANARYSECRET".to_owned()),
        session_token: Some("CANARYTOKEN".to_owned()),
        ..Default::default()
    };
    assert!(!format!("{root:?}").contains("CANARY"));
    let builder = EngineBuilder::new().with_s3_root("lake", root.clone(), Access::Read);
    assert!(!format!("{builder:?}").contains("CANARY"));
    let error = builder.build().unwrap_err();
    assert!(error.message().contains("allow_http"), "{error}");
    assert!(!format!("{error:?}").contains("CANARY"));
}

#[tokio::test]
async fn a_bucket_that_does_not_answer_is_an_external_error_without_secrets() {
    let root = S3Root {
        bucket: "lake".to_owned(),
        endpoint: Some("http://127.0.0.1:9".to_owned()),
        access_key_id: Some("CANARYKEY".to_owned()),
        secret_access_key: Some("CANARYSECRET".to_owned()),
        allow_http: true,
        region: Some("us-east-1".to_owned()),
        ..Default::default()
    };
    let bench = Bench::with(|builder| builder.with_s3_root("lake", root, Access::Read));
    let error = bench.read("s3://lake/x.csv", csv()).await.unwrap_err();
    assert_eq!(error.code(), Code::External, "{error}");
    assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
}
