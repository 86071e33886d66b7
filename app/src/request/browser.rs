//! In the browser there is no HTTP exchange to take part in.

use super::Refusal;

pub(super) fn set_status(_status: u16) {}

pub(super) fn retry_after(_seconds: u32) {}

pub(super) fn take_refusal(_form: &str) -> Option<Refusal> {
    None
}
