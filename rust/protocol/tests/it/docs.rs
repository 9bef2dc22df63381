//! The pages that are printed from tables.

use std::path::PathBuf;
use std::{env, fs};

use polybolos_protocol::Code;
use polybolos_protocol::error;
use polybolos_protocol::limits::{self, PlanLimits};

fn compare_page(name: &str, printed: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, printed).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == printed, "docs/{name} is stale: run UPDATE_DOCS=1 cargo test -p polybolos-protocol");
}

#[test]
fn the_page_of_limits_is_the_table() {
    compare_page("limits.md", &limits::to_markdown());
}

#[test]
fn the_page_of_errors_is_the_table() {
    compare_page("errors.md", &error::to_markdown());
}

#[test]
fn no_default_exceeds_its_maximum_and_every_limit_can_be_set_by_name() {
    let mut limits = PlanLimits::default();
    for limit in PlanLimits::ALL {
        assert!(limit.default <= limit.maximum, "{}", limit.name);
        assert_eq!(limits.get(limit.name), Some(limit.default));
        limits.set(limit.name, 1).unwrap();
        assert_eq!(limits.get(limit.name), Some(1));
        assert!(limits.set(limit.name, limit.maximum + 1).is_err());
        assert!(limits.set(limit.name, 0).is_err());
    }
    let error = limits.set("plan_byte", 1).unwrap_err();
    assert_eq!(error.candidates(), ["plan_bytes"]);
}

#[test]
fn codes_go_by_their_names() {
    for &code in Code::ALL {
        assert_eq!(Code::from_name(code.name()), Some(code));
        assert_eq!(code.sqlstate().len(), 5, "{code}");
        assert!(code.meaning().ends_with('.'), "{code}");
    }
}
