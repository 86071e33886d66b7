//! Pages and forms as a browser gets them, and the JSON for programs that ask for it. No backend answers here. The end
//! to end tests cover what needs one.

use crate::common::{Site, text};
use axum::{
    body::Body,
    http::{Method, Response, StatusCode, header},
};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const OWN: (&str, &str) = ("origin", "http://localhost:3000");

fn location(answer: &Response<Body>) -> &str {
    answer.headers()[header::LOCATION].to_str().expect("text")
}

/// Returns the cookies that a response sets, as the next request sends them.
fn cookies(answer: &Response<Body>) -> String {
    let set = answer.headers().get_all(header::SET_COOKIE).iter();
    let pairs: Vec<&str> = set
        .filter_map(|value| value.to_str().ok()?.split(';').next())
        .collect();
    pairs.join("; ")
}

#[tokio::test]
async fn signed_out_visitors_are_told_so_with_the_right_status() {
    let site = Site::new();
    for (path, status) in [("/dashboard", 401), ("/protected", 401), ("/sign-in", 200)] {
        let answer = site.get(path).await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let page = text(answer).await;
        assert_eq!(page.contains("Unauthorized"), status == 401, "{path}");
        assert!(page.contains("<main"), "{path}");
        assert!(
            !page.contains("Dashboard</a>"),
            "the header offers to sign in on {path}"
        );
    }
}

#[tokio::test]
async fn a_visitor_whose_session_cannot_be_checked_is_not_shown_as_signed_out() {
    let site = Site::new();
    let cookie = [("cookie", "better-auth.session_token=abc.def")];
    let answer = site.get_with("/dashboard", &cookie).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "private, no-store");
    let page = text(answer).await;
    assert!(!page.contains("Unauthorized"), "{page}");
    assert!(page.contains("does not answer"), "{page}");
}

#[tokio::test]
async fn the_sign_in_page_has_what_a_password_manager_looks_for() {
    let page = text(Site::new().get("/sign-in?callbackURL=/protected").await).await;
    for part in [
        "name=\"email\"",
        "name=\"password\"",
        "autocomplete=\"current-password\"",
        "Sign in with GitHub",
        "action=\"/actions/sign-in\"",
        "action=\"/actions/sign-in-provider\"",
        "href=\"/sign-up?callbackURL=%2Fprotected\"",
        "value=\"/protected\"",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    let hostile = text(Site::new().get("/sign-in?callbackURL=//evil.example").await).await;
    assert!(!hostile.contains("evil.example\""), "{hostile}");
}

#[tokio::test]
async fn a_refused_form_comes_back_with_what_was_typed_except_the_password() {
    let site = Site::new();
    let body = "email=ada%40example.com&password=&callbackURL=%2Fprotected";
    let refused = site
        .send(Method::POST, "/actions/sign-in", &[FORM, OWN], body)
        .await;
    assert_eq!(refused.status(), StatusCode::SEE_OTHER);
    assert_eq!(location(&refused), "/sign-in?callbackURL=%2Fprotected");
    let page = site
        .get_with(location(&refused), &[("cookie", &cookies(&refused))])
        .await;
    let mut forgotten = page.headers().get_all(header::SET_COOKIE).iter();
    assert!(forgotten.any(|it| it.to_str().is_ok_and(|it| it.contains("Max-Age=0"))));
    let page = text(page).await;
    assert!(page.contains("Enter your password"), "{page}");
    assert!(page.contains("value=\"ada@example.com\""), "{page}");
    assert!(page.contains("aria-invalid=\"true\""), "{page}");
    assert!(
        page.contains("aria-describedby=\"sign-in-password-error\""),
        "{page}"
    );
}

#[tokio::test]
async fn a_password_never_comes_back() {
    let site = Site::new();
    let body = "name=Ada&email=ada%40example.com&password=very-secret-word";
    let refused = site
        .send(Method::POST, "/actions/sign-up", &[FORM, OWN], body)
        .await;
    assert_eq!(location(&refused), "/sign-up");
    let page = text(
        site.get_with("/sign-up", &[("cookie", &cookies(&refused))])
            .await,
    )
    .await;
    assert!(page.contains("cannot be reached"), "{page}");
    assert!(page.contains("value=\"Ada\""), "{page}");
    assert!(!page.contains("very-secret-word"), "{page}");
}

#[tokio::test]
async fn webassembly_gets_the_outcome_and_stays_on_the_page() {
    let headers = [FORM, OWN, ("accept", "application/json")];
    let site = Site::new();
    let answer = site
        .send(
            Method::POST,
            "/actions/sign-in",
            &headers,
            "email=&password=",
        )
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!answer.headers().contains_key(header::LOCATION));
    assert!(!answer.headers().contains_key(header::SET_COOKIE));
    let outcome: serde_json::Value = serde_json::from_str(&text(answer).await).expect("JSON");
    assert_eq!(
        outcome["Refused"]["fields"]["email"],
        "Enter your email address"
    );
    assert_eq!(
        outcome["Refused"]["fields"]["password"],
        "Enter your password"
    );
}

#[tokio::test]
async fn a_form_of_an_earlier_release_gets_an_explanation() {
    let site = Site::new();
    let answer = site
        .send(Method::POST, "/actions/gone", &[FORM, OWN], "text=typed")
        .await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let page = text(answer).await;
    assert!(page.contains("from an earlier version"), "{page}");
    assert!(page.contains("Nothing was changed"), "{page}");
}

#[tokio::test]
async fn a_page_names_the_release_that_serves_it() {
    let site = Site::new();
    let page = text(site.get("/sign-in").await).await;
    let answer = site.get("/api/release").await;
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    let name = text(answer).await;
    assert_eq!(name.len(), 16, "{name}");
    assert!(page.contains(&format!("data-release=\"{name}\"")), "{page}");
}
