//! Components that do not depend on this app. They take text and signals, and could be copied into another app
//! unchanged.

mod alert;
mod button;
mod field;
mod live_form;
mod notice;
mod page;
mod post_form;
mod section;

pub use alert::Alert;
pub use button::{ButtonKind, SubmitButton};
pub use field::{Field, FieldKind, field_id};
pub use live_form::{Fields, LiveForm};
pub use notice::Notice;
pub use page::{empty, fill_if_empty, focus, focus_later, reload};
pub use post_form::PostForm;
pub use section::Section;
