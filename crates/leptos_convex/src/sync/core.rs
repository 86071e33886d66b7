//! The state machine (in place shortly).
use uuid::Uuid;

use super::{Effect, Env, Event};

pub(crate) struct Core {
    effects: Vec<Effect>,
}

impl Core {
    pub(crate) fn new(_session: Uuid, _linger: u32) -> Self {
        Self {
            effects: Vec::new(),
        }
    }

    pub(crate) fn handle(&mut self, _event: Event, _env: Env) {}

    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }
}
