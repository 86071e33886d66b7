//! Event listeners on the window or the document.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{BeforeUnloadEvent, Event, EventTarget, VisibilityState};

/// An event listener. Dropping it removes it.
pub(super) struct Listener {
    target: EventTarget,
    name: &'static str,
    handle: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Listens to the event `name`, on the window or on the document.
    pub(super) fn new(
        name: &'static str,
        on_window: bool,
        mut handle: impl FnMut(&Event) + 'static,
    ) -> Option<Self> {
        let window = web_sys::window()?;
        let target: EventTarget = if on_window {
            window.into()
        } else {
            window.document()?.into()
        };
        let handle = Closure::<dyn FnMut(Event)>::new(move |event: Event| handle(&event));
        target
            .add_event_listener_with_callback(name, handle.as_ref().unchecked_ref())
            .ok()?;
        Some(Self {
            target,
            name,
            handle,
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // The listener was added, so it can be removed.
        drop(
            self.target.remove_event_listener_with_callback(
                self.name,
                self.handle.as_ref().unchecked_ref(),
            ),
        );
    }
}

pub(super) fn is_visible() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_none_or(|document| document.visibility_state() == VisibilityState::Visible)
}

/// Makes the browser ask before the page is left. The browser words the question itself.
pub(super) fn ask_before_leaving(event: &Event) {
    event.prevent_default();
    if let Some(event) = event.dyn_ref::<BeforeUnloadEvent>() {
        event.set_return_value("true");
    }
}
