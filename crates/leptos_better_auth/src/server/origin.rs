//! Refuses requests that another site made the browser send.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use http::header::{self, HeaderMap};

use super::ConvexBetterAuth;
use super::config::Settings;
use super::problem::Problem;
use crate::redirect::origin_of;

/// Middleware for routes that change something, server functions first of all:
/// `router.layer(axum::middleware::from_fn_with_state(auth.clone(), same_origin))`.
///
/// Reading methods pass. For the others `Origin` must be the site's (`SITE_URL`) or a trusted one;
/// without it `Sec-Fetch-Site` or `Referer` decides. A request with none of the three passes only
/// without cookies: it is no browser's, or there is nothing to steal.
pub async fn same_origin(
    State(auth): State<ConvexBetterAuth>,
    request: Request,
    next: Next,
) -> Response {
    match check_origin(request.method(), request.headers(), auth.settings()) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            tracing::warn!(
                ?problem,
                path = request.uri().path(),
                "refused a request of another site"
            );
            problem.answer(request.headers())
        }
    }
}

pub(crate) fn check_origin(
    method: &Method,
    headers: &HeaderMap,
    settings: &Settings,
) -> Result<(), Problem> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("invalid"))
    };
    if let Some(origin) = text("origin") {
        return allowed(is_trusted(origin, settings), origin == "null");
    }
    if let Some(site) = text("sec-fetch-site") {
        return allowed(matches!(site, "same-origin" | "none"), false);
    }
    if let Some(referer) = text("referer") {
        return allowed(
            origin_of(referer).is_some_and(|origin| is_trusted(origin, settings)),
            false,
        );
    }
    if headers.contains_key(header::COOKIE) {
        Err(Problem::NoOrigin)
    } else {
        Ok(())
    }
}

fn allowed(yes: bool, is_null: bool) -> Result<(), Problem> {
    match (yes, is_null) {
        (true, _) => Ok(()),
        (false, true) => Err(Problem::NoOrigin),
        (false, false) => Err(Problem::CrossSite),
    }
}

fn is_trusted(origin: &str, settings: &Settings) -> bool {
    let same = |trusted: &String| trusted.eq_ignore_ascii_case(origin);
    same(&settings.site_origin) || settings.trusted_origins.iter().any(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::AuthConfig;

    fn check(method: &Method, list: &[(&str, &str)]) -> Result<(), Problem> {
        let mut config = AuthConfig::new(
            "http://127.0.0.1:1",
            "http://127.0.0.1:2",
            "https://app.example.com",
        );
        config.trusted_origins = vec!["https://admin.example.com/".to_owned()];
        let settings = Settings::check(config).expect("settings");
        let mut request = http::Request::builder();
        for (name, value) in list {
            request = request.header(*name, *value);
        }
        check_origin(
            method,
            request.body(()).expect("request").headers(),
            &settings,
        )
    }

    type Case<'a> = (&'a [(&'a str, &'a str)], Result<(), Problem>);

    #[test]
    fn who_may_post() {
        let cookie = ("cookie", "better-auth.session_token=a");
        let table: [Case; 14] = [
            (&[("origin", "https://app.example.com"), cookie], Ok(())),
            (&[("origin", "https://admin.example.com"), cookie], Ok(())),
            (
                &[("origin", "https://evil.example"), cookie],
                Err(Problem::CrossSite),
            ),
            (
                &[("origin", "https://evil.example")],
                Err(Problem::CrossSite),
            ),
            (
                &[("origin", "https://app.example.com.evil.example")],
                Err(Problem::CrossSite),
            ),
            (
                &[("origin", "http://app.example.com")],
                Err(Problem::CrossSite),
            ),
            (
                &[("origin", "null"), ("sec-fetch-site", "same-origin")],
                Err(Problem::NoOrigin),
            ),
            (&[("sec-fetch-site", "same-origin"), cookie], Ok(())),
            (
                &[("sec-fetch-site", "same-site"), cookie],
                Err(Problem::CrossSite),
            ),
            (&[("sec-fetch-site", "cross-site")], Err(Problem::CrossSite)),
            (
                &[("referer", "https://app.example.com/sign-in"), cookie],
                Ok(()),
            ),
            (
                &[
                    ("referer", "https://evil.example/https://app.example.com/"),
                    cookie,
                ],
                Err(Problem::CrossSite),
            ),
            (&[cookie], Err(Problem::NoOrigin)),
            (&[], Ok(())),
        ];
        for (headers, expected) in table {
            assert_eq!(check(&Method::POST, headers), expected, "{headers:?}");
            assert_eq!(check(&Method::DELETE, headers), expected, "{headers:?}");
        }
        assert_eq!(
            check(&Method::GET, &[("origin", "https://evil.example"), cookie]),
            Ok(())
        );
    }
}
