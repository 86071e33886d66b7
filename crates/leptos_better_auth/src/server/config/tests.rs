use super::*;

fn config() -> AuthConfig {
    AuthConfig::default()
        .with_convex_url("https://x-1.convex.cloud")
        .with_convex_site_url("https://x-1.convex.site/")
        .with_site_url("https://app.example.com/")
}

#[test]
fn a_good_configuration_is_normalised() {
    let mut config = config();
    config.base_path = "api/auth/".to_owned();
    config.trusted_proxies = vec!["10.0.0.0/8".to_owned(), " ::1 ".to_owned(), String::new()];
    let settings = Settings::check(config).expect("accepted");
    assert_eq!(
        settings.auth_url("/ok"),
        "https://x-1.convex.site/api/auth/ok"
    );
    assert_eq!(settings.issuer, "https://x-1.convex.site");
    assert_eq!(settings.site_origin, "https://app.example.com");
    assert_eq!(settings.trusted_proxies.len(), 2);
    assert_eq!(settings.browser_convex_url, "https://x-1.convex.cloud");
}

#[test]
fn swapped_addresses_are_explained() {
    let mut swapped = config();
    swapped.convex_site_url = "https://x-1.convex.cloud".to_owned();
    let text = Settings::check(swapped).expect_err("refused").to_string();
    assert!(
        text.contains("ends in .convex.site") && text.contains("https://x-1.convex.cloud"),
        "{text}"
    );

    let mut swapped = config();
    swapped.convex_url = "https://x-1.convex.site".to_owned();
    assert!(matches!(
        Settings::check(swapped),
        Err(ConfigError::CloudUrlIsSiteUrl(_))
    ));
}

#[test]
fn missing_and_malformed_values_name_the_variable() {
    let mut missing = config();
    missing.convex_site_url = " ".to_owned();
    assert!(
        Settings::check(missing)
            .expect_err("refused")
            .to_string()
            .contains("CONVEX_SITE_URL is not set")
    );
    for bad in [
        "app.example.com",
        "ftp://app.example.com",
        "/x",
        "javascript:alert(1)",
    ] {
        let mut malformed = config();
        malformed.site_url = bad.to_owned();
        assert!(
            Settings::check(malformed)
                .expect_err(bad)
                .to_string()
                .contains("SITE_URL")
        );
    }
    let mut proxy = config();
    proxy.trusted_proxies = vec!["everyone".to_owned()];
    assert!(matches!(
        Settings::check(proxy),
        Err(ConfigError::TrustedProxy(_))
    ));
    for bad in ["", "/", "/a/../b", "/api auth", "/{x}"] {
        let mut path = config();
        path.base_path = bad.to_owned();
        assert!(
            matches!(Settings::check(path), Err(ConfigError::BasePath(_))),
            "{bad}"
        );
    }
}
