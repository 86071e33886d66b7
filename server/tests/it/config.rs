//! The configuration, and the messages if it is incomplete or contradicts itself.

use clap::Parser;
use server::{Config, StartError};

fn config(args: &[&str]) -> Config {
    Config::try_parse_from([&["server"], args].concat()).expect("the arguments parse")
}

fn problem(args: &[&str]) -> String {
    config(args)
        .deployment()
        .expect_err("the deployment is refused")
        .to_string()
}

#[test]
fn neither_url_means_the_embedded_backend() {
    assert_eq!(config(&[]).deployment().expect("valid"), None);
    let empty = config(&["--convex-url", "", "--convex-site-url", " "]);
    assert_eq!(empty.deployment().expect("valid"), None);
}

#[test]
fn both_urls_mean_that_deployment() {
    let deployment = config(&[
        "--convex-url=https://happy-animal-123.convex.cloud/",
        "--convex-site-url=https://happy-animal-123.convex.site",
    ])
    .deployment()
    .expect("valid")
    .expect("a deployment");
    assert_eq!(
        deployment.convex_url,
        "https://happy-animal-123.convex.cloud"
    );
    assert_eq!(
        deployment.convex_site_url,
        "https://happy-animal-123.convex.site"
    );
}

#[test]
fn a_missing_url_of_a_deployment_is_named() {
    let cloud = problem(&["--convex-url=https://happy-animal-123.convex.cloud"]);
    assert!(
        cloud.contains("CONVEX_SITE_URL=https://happy-animal-123.convex.site"),
        "{cloud}"
    );
    let local = problem(&["--convex-site-url=http://127.0.0.1:3211"]);
    assert!(local.contains("CONVEX_URL is not"), "{local}");
    assert!(local.contains("Set both"), "{local}");
}

#[test]
fn swapped_urls_are_recognised() {
    let swapped = problem(&[
        "--convex-url=https://happy-animal-123.convex.site",
        "--convex-site-url=https://happy-animal-123.convex.cloud",
    ]);
    assert!(swapped.contains("belong into CONVEX_SITE_URL"), "{swapped}");
    let twice = problem(&[
        "--convex-url=http://127.0.0.1:3210",
        "--convex-site-url=http://127.0.0.1:3210",
    ]);
    assert!(twice.contains("3211"), "{twice}");
    let garbled = problem(&["--convex-url=happy-animal-123", "--convex-site-url=x"]);
    assert!(garbled.contains("no http(s) URL"), "{garbled}");
}

#[test]
fn a_provider_needs_both_halves_and_its_secret_is_never_printed() {
    let of = |text: &str| with_file(text, &[]).expect("the file is read");
    for (name, other) in [("ID", "SECRET"), ("SECRET", "ID")] {
        for provider in ["GITHUB", "GOOGLE"] {
            let text = format!("{provider}_CLIENT_{name}=abc\n{provider}_CLIENT_{other}=\n");
            let half = of(&text);
            let problem = half.check_providers().expect_err("half-set").to_string();
            let expected = format!("{provider}_CLIENT_{other} is not");
            assert!(problem.contains(&expected), "{problem}");
        }
    }
    let whole = of("GOOGLE_CLIENT_ID=abc\nGOOGLE_CLIENT_SECRET=hush-hush\n");
    whole.check_providers().expect("both are set");
    assert!(!format!("{whole:?}").contains("hush-hush"));
    // The app has no such provider, so the server does not check the variable.
    of("CALENDAR_CLIENT_ID=abc\n")
        .check_providers()
        .expect("not a provider");
}

#[test]
fn the_public_url_is_an_origin() {
    let addr = ([127, 0, 0, 1], 4321).into();
    assert_eq!(config(&[]).site_url(addr), "http://localhost:4321");
    assert_eq!(
        config(&["--site-url=https://app.example.com/"]).site_url(addr),
        "https://app.example.com"
    );
    for wrong in [
        "app.example.com",
        "ftp://app.example.com",
        "https://app.example.com/app",
    ] {
        let error = Config::try_parse_from(["server", "--site-url", wrong])
            .expect_err(wrong)
            .to_string();
        assert!(error.contains("https://app.example.com"), "{error}");
    }
}

#[test]
fn a_localhost_site_url_is_not_served_to_other_machines() {
    let refusal = |args: &[&str], addr: &str| {
        let addr = addr.parse().expect("an address");
        config(args)
            .check_address(addr)
            .err()
            .map(|error| error.to_string())
    };
    for args in [
        &[][..],
        &["--site-url=http://localhost:3000"],
        &["--site-url=http://127.0.0.1"],
        &["--site-url=http://app.localhost"],
    ] {
        for addr in ["0.0.0.0:3000", "[::]:3000", "192.168.1.7:3000"] {
            let said = refusal(args, addr).unwrap_or_default();
            for part in [
                addr,
                "SITE_URL=https://",
                "LEPTOS_SITE_ADDR",
                "ALLOW_LOCALHOST_SITE_URL",
            ] {
                assert!(said.contains(part), "{args:?} {addr}: {said}");
            }
        }
        for addr in ["127.0.0.1:3000", "[::1]:3000", "127.0.0.2:80"] {
            assert_eq!(refusal(args, addr), None, "{args:?} {addr}");
        }
    }
    assert_eq!(
        refusal(&["--site-url=https://app.example.com"], "0.0.0.0:80"),
        None
    );
    assert_eq!(refusal(&["--allow-localhost-site-url"], "0.0.0.0:80"), None);
    let off = refusal(&["--allow-localhost-site-url=false"], "0.0.0.0:80");
    assert!(off.is_some());
}

/// Returns the configuration with `text` as the contents of `.env.local`.
fn with_file(text: &str, args: &[&str]) -> Result<Config, String> {
    let args = [&["server"], args].concat();
    Config::from_file(&env_file::parse(text), args).map_err(|error| error.to_string())
}

#[test]
fn the_command_line_overrides_the_file() {
    let addr = ([127, 0, 0, 1], 4321).into();
    let file =
        "SITE_URL=https://file.example.com\nIMAGE_ORIGINS=https://a.example,https://b.example\n";
    let of_file = with_file(file, &[]).expect("valid");
    assert_eq!(of_file.site_url(addr), "https://file.example.com");
    assert_eq!(
        of_file.image_origins,
        ["https://a.example", "https://b.example"]
    );
    let given = with_file(file, &["--site-url=https://given.example.com"]).expect("valid");
    assert_eq!(given.site_url(addr), "https://given.example.com");
}

#[test]
fn values_in_the_file_are_taken_literally() {
    let text = "GITHUB_CLIENT_ID=abc\nGITHUB_CLIENT_SECRET=se$cret9\nEMAIL_FROM=App <hello@app.example.com>\nX=a\\d\n";
    let config = with_file(text, &[]).expect("valid");
    let env: Vec<_> = config.functions_env.iter().collect();
    for variable in [
        ("EMAIL_FROM", "App <hello@app.example.com>"),
        ("GITHUB_CLIENT_SECRET", "se$cret9"),
        ("X", "a\\d"),
    ] {
        assert!(env.contains(&variable), "{variable:?}");
    }
}

#[test]
fn an_invalid_value_is_reported_with_its_name_in_the_file() {
    let said = with_file("SITE_URL=app.example.com\n", &[]).expect_err("refused");
    assert!(said.contains("SITE_URL in .env.local"), "{said}");
    assert!(said.contains("https://app.example.com"), "{said}");
}

#[test]
fn an_empty_value_counts_as_unset_and_an_empty_list_is_one() {
    let addr = ([127, 0, 0, 1], 4321).into();
    let file = "SITE_URL=\nMETRICS_ADDR=\nSOCKETS_PER_ADDRESS=\nCONVEX_URL=\nIMAGE_ORIGINS=\n";
    let config = with_file(file, &[]).expect("valid");
    assert_eq!(config.site_url(addr), "http://localhost:4321");
    assert_eq!(config.sockets_per_address, 256);
    assert_eq!(config.metrics_addr, None);
    assert_eq!(config.image_origins, [""]);
}

#[test]
fn every_line_of_the_example_works_when_it_is_uncommented() {
    let example = include_str!("../../../.env.example");
    let is_setting = |line: &&str| {
        let name = line.split('=').next().unwrap_or_default();
        line.contains('=') && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    let lines = example.lines().filter_map(|line| line.strip_prefix("# "));
    let settings: Vec<&str> = lines.filter(is_setting).collect();
    assert!(settings.len() > 15, "{settings:?}");
    for line in &settings {
        let (name, value) = line.split_once('=').expect("an equals sign");
        let file = env_file::parse(line);
        assert_eq!(file.get(name), Some(value.trim_matches('"')), "{line}");
        assert!(file.ignored.is_empty(), "{line}");
        with_file(line, &[]).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    let all = with_file(&settings.join("\n"), &[]).expect("all together");
    assert!(all.deployment().expect("valid").is_some());
    let addr = ([127, 0, 0, 1], 3000).into();
    all.check_address(addr).expect("serves");
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let addr = taken.local_addr().expect("bound");
    let error = tokio::net::TcpListener::bind(addr)
        .await
        .expect_err("taken");
    let message = StartError::bind(addr, error).to_string();
    assert!(
        message.contains(&addr.to_string()) && message.contains("LEPTOS_SITE_ADDR"),
        "{message}"
    );
}
