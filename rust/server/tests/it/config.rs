//! Settings: their layers, their errors, their template.

use polybolos_protocol::Code;
use polybolos_server::ServerConfig;
use polybolos_server::config::{ConfigLayers, Limit, Size, Span, check, template};

fn wrong(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.toml");
    std::fs::write(&file, text).unwrap();
    check(&file).err().unwrap().message().to_owned()
}

#[test]
fn later_layers_win_key_by_key() {
    let file = "listen = \"127.0.0.1:1\"\n[results]\nmessage_bytes = \"1MiB\"\nmessages_ahead = 2\n";
    let environment = [
        ("POLYBOLOS_RESULTS__MESSAGES_AHEAD".to_owned(), "4".to_owned()),
        ("POLYBOLOS_LISTEN".to_owned(), "127.0.0.1:2".to_owned()),
        ("POLYBOLOS_TOKEN".to_owned(), "the client's business".to_owned()),
        ("PATH".to_owned(), "/bin".to_owned()),
    ];
    let layers = ConfigLayers::default().with_text(file).unwrap().with_variables(environment).unwrap();
    let config = layers.with("listen", "127.0.0.1:3").unwrap().with("admission.query_time", "unlimited").unwrap().build().unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.results.messages_ahead, 4);
    assert_eq!(config.results.message_bytes, Size::mib(1));
    assert_eq!(config.results.idle, Span::minutes(10));
    assert_eq!(config.admission.query_time, Limit::Unlimited);
}

#[test]
fn an_error_in_a_file_names_the_key_the_line_and_what_would_be_right() {
    let unknown = wrong("listen = \"127.0.0.1:1\"\n\n[results]\nmesage_bytes = \"1MiB\"\n");
    assert!(unknown.contains("line 4") && unknown.contains("mesage_bytes") && unknown.contains("message_bytes"), "{unknown}");
    let size = wrong("[transport]\nmessage_bytes = \"much\"\n");
    assert!(size.contains("line 2") && size.contains("64MiB"), "{size}");
    let time = wrong("[sessions]\n\nidle = 30\n");
    assert!(time.contains("line 3") && time.contains("30s"), "{time}");
    let syntax = wrong("[sessions\n");
    assert!(syntax.contains("line 1"), "{syntax}");
    let section = wrong("[nonsense]\n");
    assert!(section.contains("nonsense"), "{section}");
    assert_eq!(check("/nowhere/server.toml").err().map(|e| e.code()), Some(Code::FileNotFound));
}

#[test]
fn an_error_in_a_variable_or_flag_names_it() {
    let variables = [("POLYBOLOS_RESULTS__MESAGE_BYTES".to_owned(), "1MiB".to_owned())];
    let error = ConfigLayers::default().with_variables(variables).err().unwrap();
    assert!(error.message().contains("POLYBOLOS_RESULTS__MESAGE_BYTES"), "{error}");
    let error = ConfigLayers::default().with("results.idle", "soon").err().unwrap();
    assert!(error.message().contains("results.idle") && error.message().contains("30s"), "{error}");
}

#[test]
fn secrets_do_not_show() {
    let text = "[[storage.roots]]\nname = \"lake\"\ns3 = { bucket = \"b\", access_key_id = \"id\", secret_access_key = \"hunter2\" }\n";
    let config = ConfigLayers::default().with_text(text).unwrap().build().unwrap();
    let shown = format!("{config:?} {}", toml::to_string(&config).unwrap());
    assert!(!shown.contains("hunter2") && shown.contains("***"), "{shown}");
    let secret = config.storage.roots[0].s3.as_ref().unwrap().secret_access_key.as_ref().unwrap();
    assert_eq!(secret.reveal(), "hunter2");
}

#[test]
fn the_template_sets_nothing_and_its_comments_are_the_defaults() {
    let template = template();
    assert_eq!(toml::from_str::<ServerConfig>(&template).unwrap(), ServerConfig::default());
    // Uncommented, every line that shows a default still gives the defaults.
    let shown: String = template
        .lines()
        .filter(|line| !line.contains("..."))
        .map(|line| {
            let setting = line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()) && rest.contains(" = "));
            format!("{}\n", setting.unwrap_or(line))
        })
        .collect();
    let shown = shown.split("# Encryption of the listener").collect::<Vec<_>>();
    let (head, tail) = (shown[0], shown[1]);
    let tail = &tail[tail.find("[admission]").unwrap()..];
    let storage = tail.find("# Where queries may read").unwrap();
    let after = tail.find("[metrics]").unwrap();
    let text = format!("{head}{}{}", &tail[..storage], &tail[after..]);
    assert_eq!(toml::from_str::<ServerConfig>(&text).unwrap(), ServerConfig::default(), "{text}");
}

#[test]
fn every_default_is_the_one_that_its_documentation_says() {
    let template = template();
    let mut documented = String::new();
    let mut checked = 0;
    for line in template.lines() {
        if let Some(doc) = line.strip_prefix("# ") {
            documented = format!("{documented} {doc}");
            continue;
        }
        let setting = line.strip_prefix('#').and_then(|setting| setting.split_once(" = "));
        if let (Some((key, value)), Some((_, said))) = (setting, documented.rsplit_once("Default ")) {
            let said = if value.contains(':') { said } else { said.split([' ', ':', ',']).next().unwrap_or_default() };
            let plain = value.trim_matches('"');
            assert!(
                said.trim_matches(['"', '.']).starts_with(plain.trim_end_matches(".0")),
                "{key}: the text says {said:?}, the default is {value}"
            );
            checked += 1;
        }
        documented.clear();
    }
    assert!(checked > 25, "{checked}");
}

#[test]
fn the_operations_page_shows_the_template() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md")).unwrap();
    assert!(page.contains(&template()), "docs/operations.md must hold what `polybolos config template` prints:\n{}", template());
}
