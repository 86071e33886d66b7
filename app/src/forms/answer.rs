//! The answer to a form: a redirect for a browser, the outcome for a program.

use axum::http::{header, request::Parts};
use leptos::{prelude::use_context, server_fn::ServerFn};
use leptos_axum::ResponseOptions;

use super::{Answer, Outcome, Refusal, kept, name_of};
use crate::request::redirect;

/// Ends the form of the server function `A` on `page`: redirects to the page in `result`, or back to the form with the
/// refusal.
///
/// # Errors
///
/// None; the type is that of a server function.
pub fn answer<A: ServerFn>(page: &str, result: Result<String, Refusal>) -> Answer {
    answer_as(name_of(A::PATH), page, result)
}

/// Does what [`answer`] does, for a form whose name differs from its server function's.
///
/// # Errors
///
/// None; the type is that of a server function.
pub fn answer_as(form: &str, page: &str, result: Result<String, Refusal>) -> Answer {
    let browser = is_from_browser();
    let (to, outcome) = match result {
        Ok(next) => (next.clone(), Outcome::Done { next }),
        Err(refusal) => {
            if browser {
                kept::keep(form, &refusal);
            }
            (page.to_owned(), Outcome::Refused(refusal))
        }
    };
    if let (true, Some(response)) = (browser, use_context::<ResponseOptions>()) {
        redirect(&response, &to);
    }
    Ok(outcome)
}

/// Returns whether a browser posted the form. A browser accepts HTML; a program that wants the outcome accepts JSON.
fn is_from_browser() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accept = parts
            .headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok());
        accept.is_some_and(|accept| accept.contains("text/html"))
    })
}
