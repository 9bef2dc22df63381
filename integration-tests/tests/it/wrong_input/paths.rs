//! Paths that lead out of the roots, in many spellings, through everything that takes a path: all are refused, nothing is read, and
//! nothing is written.

use std::fs;
use std::os::unix::fs::symlink;

use polybolos_client::{Code, WriteMode, WriteOptions};

use super::{Door, Doors, files_below};

const SECRET: &str = "canary-41d7";

/// The roots, and beside them a folder that nobody may reach.
struct Guarded {
    doors: Doors,
    outside: tempfile::TempDir,
}

impl Guarded {
    async fn open() -> Self {
        let (doors, outside) = (Doors::open().await, tempfile::tempdir().unwrap());
        fs::write(outside.path().join("secret.csv"), format!("a,b\n1,{SECRET}\n")).unwrap();
        symlink(outside.path(), doors.folder().join("link")).unwrap();
        symlink(outside.path().join("secret.csv"), doors.folder().join("link.csv")).unwrap();
        symlink(outside.path().join("new.csv"), doors.folder().join("dangling.csv")).unwrap();
        Self { doors, outside }
    }

    /// Ways to say a place outside, each ending in `name`.
    fn spellings(&self, name: &str) -> Vec<String> {
        let outside = self.outside.path().display().to_string();
        let below = outside.trim_start_matches('/');
        let up = "../".repeat(20);
        let scratch = self.doors.folder().display().to_string();
        let hex = |text: &str, dots: &str, slash: &str| format!("{}{}/{name}", text.replace("..", dots).replace('/', slash), below);
        vec![
            format!("{outside}/{name}"),
            format!("file://{outside}/{name}"),
            format!("file://localhost{outside}/{name}"),
            format!("file:{outside}/{name}"),
            format!("FILE://{outside}/{name}"),
            format!("//{outside}/{name}"),
            format!("{up}{below}/{name}"),
            format!("./{up}{below}/{name}"),
            format!("sales/{up}{below}/{name}"),
            hex(&up, "%2e%2e", "/"),
            hex(&up, "%2E%2e", "/"),
            hex(&up, ".%2e", "/"),
            hex(&up, "..", "%2f"),
            hex(&up, "%252e%252e", "/"),
            hex(&up, "%25252e%25252e", "/"),
            hex(&up, "..", "\\"),
            format!("root://scratch/{up}{below}/{name}"),
            format!("root://scratch/x/{up}{below}/{name}"),
            format!("root://scratch/{}", hex(&up, "%2e%2e", "/")),
            format!("root://other/{name}"),
            format!("root://../{name}"),
            format!("{scratch}/{up}{below}/{name}"),
            format!("file://{scratch}/{}", hex(&up, "%2e%2e", "/")),
            format!("root://scratch/link/{name}"),
            format!("{scratch}/link/{name}"),
            format!("s3://other/{name}"),
            format!("s3a://other/{name}"),
            format!("gs://other/{name}"),
            format!("az://other/{name}"),
            format!("hdfs://other/{name}"),
            format!("http://127.0.0.1:1/{name}"),
            format!("https://169.254.169.254/{name}"),
            format!("ftp://user:{SECRET}@other/{name}"),
            format!("polybolos://storage/scratch/{name}"),
            format!("memory:///{name}"),
            format!("data:text/{name}"),
            format!("{outside}/\u{0}{name}"),
            format!("{outside}/\n{name}"),
        ]
    }

    /// Files of the machine itself.
    fn of_the_machine() -> Vec<String> {
        let files =
            ["/etc/passwd", "/etc/hostname", "/proc/self/environ", "/proc/self/cmdline", "/proc/self/fd/0", "/dev/zero", "/dev/stdin"];
        files.iter().flat_map(|file| [(*file).to_owned(), format!("file://{file}"), format!("{}{file}", "/..".repeat(20))]).collect()
    }

    fn check_nothing_was_written(&self, about: &str) {
        assert_eq!(files_below(self.outside.path()), [self.outside.path().join("secret.csv")], "{about}");
        let secret = fs::read_to_string(self.outside.path().join("secret.csv")).unwrap();
        assert_eq!(secret, format!("a,b\n1,{SECRET}\n"), "{about}");
    }
}

fn quoted(path: &str) -> String {
    format!("'{}'", path.replace('\'', "''"))
}

/// SQL takes a name for a path where it looks like one; any other is the name of a table that is not there.
fn is_path(path: &str) -> bool {
    path.contains("://") || path.starts_with('/') || path.ends_with(".csv")
}

async fn each_way_to_read_is_refused(door: &Door, path: &str) {
    let frames = [
        ("read_csv", door.read_csv(path)),
        ("read_parquet", door.read_parquet(path)),
        ("read_json", door.read_json(path)),
        ("read_arrow", door.read_arrow([path, "people.arrow"])),
    ];
    for (method, frame) in frames {
        let outcome = match frame {
            Ok(frame) => frame.collect().await,
            Err(error) => Err(error),
        };
        door.told(format!("{method}({path:?})"), outcome).code(Code::PermissionDenied).never_says(SECRET);
    }
    let text = quoted(path);
    door.fails(&format!("create external table t stored as csv location {text}")).await.code(Code::PermissionDenied).never_says(SECRET);
    let code = if is_path(path) { Code::PermissionDenied } else { Code::TableNotFound };
    for statement in [format!("select * from {text}"), format!("with x as (select * from {text}) select count(*) from x")] {
        door.fails(&statement).await.code(code).never_says(SECRET);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_spelling_of_a_path_outside_the_roots_can_be_read() {
    let guarded = Guarded::open().await;
    for door in guarded.doors.each().await {
        for path in guarded.spellings("secret.csv").iter().chain(&Guarded::of_the_machine()) {
            // A password in a URL is not ours to hide where the caller wrote it; it must not come from anywhere else.
            if path.contains(SECRET) {
                door.fails(&format!("select * from {}", quoted(path))).await.code(Code::PermissionDenied);
                continue;
            }
            each_way_to_read_is_refused(&door, path).await;
        }
        each_way_to_read_is_refused(&door, "root://scratch/link.csv").await;
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_path_is_told_with_the_roots_and_the_line() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let (line, frame) = (line!(), door.read_csv("/etc/passwd").unwrap());
        let told = door.told("read_csv", frame.collect().await);
        told.code(Code::PermissionDenied).says(&["/etc/passwd", "'data'", "'scratch'"]).never_says("root:x:0").at(file!(), line);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_listing_does_not_follow_a_link_out_of_its_root() {
    let guarded = Guarded::open().await;
    guarded.doors.file("own.csv", "a,b\n2,own\n");
    for door in guarded.doors.each().await {
        let rows = door.read_csv("root://scratch/*.csv").unwrap().collect().await;
        let shown = format!("{rows:?}");
        assert!(!shown.contains(SECRET), "{}: {shown}", door.name);
        let rows = door.read_csv("root://scratch/**/*.csv").unwrap().collect().await;
        let shown = format!("{rows:?}");
        assert!(!shown.contains(SECRET), "{}: {shown}", door.name);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_spelling_of_a_path_outside_the_roots_can_be_written() {
    let guarded = Guarded::open().await;
    for door in guarded.doors.each().await {
        let row = door.range(0, 1).unwrap();
        for path in guarded.spellings("new.csv").iter().chain(&guarded.spellings("secret.csv")) {
            let force = || WriteOptions::default().mode(WriteMode::Overwrite);
            let outcome = row.write_parquet_with(path, force()).await;
            door.told(format!("write_parquet({path:?})"), outcome).code(Code::PermissionDenied);
            let outcome = row.write_csv_with(path, force()).await;
            door.told(format!("write_csv({path:?})"), outcome).code(Code::PermissionDenied);
            let text = quoted(path);
            door.fails(&format!("copy (select 1 as x) to {text} stored as csv")).await.code(Code::PermissionDenied);
            guarded.check_nothing_was_written(path);
        }
        for path in ["root://scratch/link.csv", "root://scratch/dangling.csv", "root://scratch/link/x/y.csv"] {
            let outcome = row.write_csv_with(path, WriteOptions::default().mode(WriteMode::Overwrite)).await;
            if let Err(error) = outcome {
                assert_eq!(error.code(), Code::PermissionDenied, "{}: {path}: {error}", door.name);
            }
            guarded.check_nothing_was_written(path);
        }
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_root_is_not_written_to() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let row = door.range(0, 1).unwrap();
        let told = door.told("write_parquet", row.write_parquet("root://data/new.parquet").await);
        told.code(Code::PermissionDenied).says(&["'data'", "read-only", "'scratch'"]);
        let told = door.fails("copy (select 1 as x) to 'new.parquet' stored as parquet").await;
        told.code(Code::PermissionDenied).says(&["'data'", "read-only"]);
        door.still_answers().await;
    }
}
