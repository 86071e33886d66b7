//! Forms, from the page to the answer.
//!
//! A form is a [`<Form>`](Form) in a page and a server function under `/actions`, in one file for each use case:
//!
//! 1. The page describes the form by its [`FieldSpec`]s and by the path of its server function, `SignIn::url()`. The
//!    last part of that path, `sign-in`, is the form's name and the first half of its elements' ids.
//! 2. The browser posts the fields. No code of this app runs in the browser for that.
//! 3. The server function checks the fields with [`require`], asks Better Auth or Convex, and ends with [`answer`]. An
//!    error becomes a [`Refusal`] by `?`.
//! 4. A browser is redirected: to the next page, where [`DoneNotice`](crate::components::DoneNotice) shows what was
//!    [`Done`], or back to the form. A cookie keeps the refusal for that page. The form shows the message, the errors
//!    of the fields, and what was typed, except passwords.
//! 5. A program that asks for JSON gets the [`Outcome`] itself.
//!
//! `docs/forms.md` shows one from beginning to end. A form inside an island, like those of the todos, is a
//! [`LiveForm`](crate::ui::LiveForm), which posts to the same kind of server function until the WebAssembly is loaded.

mod outcome;
mod refusal;

#[cfg(feature = "ssr")]
mod answer;
#[cfg(feature = "ssr")]
mod done;
#[cfg(feature = "ssr")]
mod field;
#[cfg(feature = "ssr")]
mod form;
#[cfg(feature = "ssr")]
mod kept;
#[cfg(feature = "ssr")]
mod refuse;

pub use outcome::{Answer, Outcome};
pub use refusal::Refusal;

#[cfg(feature = "ssr")]
pub use self::{
    answer::{answer, answer_as},
    done::Done,
    field::FieldSpec,
    form::Form,
    kept::{Refused, use_refused},
    refuse::{link_refusal, require},
};

/// Returns the name of the form that is posted to this path: its last part.
#[must_use]
pub fn name_of(action: &'static str) -> &'static str {
    action.rsplit('/').next().unwrap_or(action)
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn a_form_is_named_after_its_server_function() {
        assert_eq!(name_of("/actions/sign-in"), "sign-in");
        assert_eq!(name_of("sign-in"), "sign-in");
    }
}
