//! Pieces that know nothing of this app: they take text and signals, and could be copied into
//! another one as they are.

mod alert;
mod button;
mod field;
mod focus;
mod live_form;

pub use alert::Alert;
pub use button::{ButtonKind, SubmitButton};
pub use field::{Field, FieldKind, field_id};
pub use focus::{focus, focus_later};
pub use live_form::LiveForm;
