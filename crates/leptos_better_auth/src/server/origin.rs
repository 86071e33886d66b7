//! The refusal of requests that another site made the browser send.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use http::header::{self, HeaderMap};

use super::ConvexBetterAuth;
use super::problem::Problem;
use crate::callback_url::origin_of;

/// Guards routes that change something, most of all server functions:
/// `router.layer(axum::middleware::from_fn_with_state(auth.clone(), same_origin))`.
///
/// Reading methods pass. For the others `Origin` must be the site's (`SITE_URL`) or a trusted one;
/// without it `Sec-Fetch-Site` or `Referer` decides. A request with none of the three passes only
/// without cookies, and if it does not look like a browser's.
pub async fn same_origin(
    State(auth): State<ConvexBetterAuth>,
    request: Request,
    next: Next,
) -> Response {
    let settings = auth.settings();
    match check_origin(request.method(), request.headers(), |origin| {
        settings.trusts(origin)
    }) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            tracing::warn!(
                ?problem,
                path = %auth.loggable_path(request.uri().path()),
                "refused a request of another site"
            );
            problem.answer(request.headers())
        }
    }
}

pub(crate) fn check_origin(
    method: &Method,
    headers: &HeaderMap,
    is_trusted: impl Fn(&str) -> bool,
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
        // No browser sends two origins, and the handler could read the other one.
        let is_only = headers.get_all(header::ORIGIN).iter().count() == 1;
        return allowed(is_only && is_trusted(origin), origin == "null");
    }
    if let Some(site) = text("sec-fetch-site") {
        return allowed(matches!(site, "same-origin" | "none"), false);
    }
    if let Some(referer) = text("referer") {
        return allowed(origin_of(referer).is_some_and(is_trusted), false);
    }
    if headers.contains_key(header::COOKIE) || is_browser(headers) {
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

/// Returns whether a browser sent the request. Browsers name themselves, and most mark requests that open a page. Other
/// programs (Better Auth's client in Node, an app, curl) do neither, and no other site can make them send requests.
fn is_browser(headers: &HeaderMap) -> bool {
    let starts_with = |name: &str, what: &str| {
        headers
            .get(name)
            .is_some_and(|value| value.as_bytes().starts_with(what.as_bytes()))
    };
    starts_with("user-agent", "Mozilla/")
        || starts_with("sec-fetch-mode", "navigate")
        || headers.contains_key(header::UPGRADE_INSECURE_REQUESTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::AuthConfig;
    use crate::server::config::Settings;

    fn check(method: &Method, list: &[(&str, &str)]) -> Result<(), Problem> {
        let config = AuthConfig::default()
            .with_convex_url("http://127.0.0.1:1")
            .with_convex_site_url("http://127.0.0.1:2")
            .with_site_url("https://app.example.com")
            .with_trusted_origins(["https://admin.example.com/"]);
        let settings = Settings::check(config).expect("settings");
        let mut request = http::Request::builder();
        for (name, value) in list {
            request = request.header(*name, *value);
        }
        check_origin(
            method,
            request.body(()).expect("request").headers(),
            |origin| settings.trusts(origin),
        )
    }

    type Case<'a> = (&'a [(&'a str, &'a str)], Result<(), Problem>);

    #[test]
    fn posts_are_accepted_by_origin() {
        let cookie = ("cookie", "better-auth.session_token=a");
        let table: [Case; 19] = [
            (
                &[
                    ("origin", "https://app.example.com"),
                    ("origin", "https://evil.example"),
                ],
                Err(Problem::CrossSite),
            ),
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
            (
                &[("user-agent", "node"), ("sec-fetch-mode", "cors")],
                Ok(()),
            ),
            (
                &[("user-agent", "Mozilla/5.0 (X11; Linux x86_64)")],
                Err(Problem::NoOrigin),
            ),
            (&[("sec-fetch-mode", "navigate")], Err(Problem::NoOrigin)),
            (
                &[
                    ("origin", "https://evil.example"),
                    ("referer", "https://app.example.com/"),
                ],
                Err(Problem::CrossSite),
            ),
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
