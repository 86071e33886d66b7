//! Visibility, connection, `BroadcastChannel` and `storage` events.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Math;
use leptos_convex::value::from_json_str;
use serde_json::{Value, json};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, Event, EventTarget, MessageEvent, StorageEvent, VisibilityState};

use super::{NAME, Wakeup};

/// Listeners that are removed when this is dropped.
pub(crate) struct Listening {
    events: Vec<Subscribed>,
    channel: Option<BroadcastChannel>,
}

struct Subscribed {
    target: EventTarget,
    name: &'static str,
    handler: Closure<dyn FnMut(Event)>,
}

impl Drop for Subscribed {
    fn drop(&mut self) {
        let handler = self.handler.as_ref().unchecked_ref();
        let _ = self
            .target
            .remove_event_listener_with_callback(self.name, handler);
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.events.clear();
        if let Some(channel) = &self.channel {
            channel.close();
        }
    }
}

/// Calls `on_wakeup` for each event until the result is dropped.
pub(crate) fn listen(on_wakeup: impl Fn(Wakeup) + 'static) -> Listening {
    let on_wakeup: Rc<dyn Fn(Wakeup)> = Rc::new(on_wakeup);
    let channel = BroadcastChannel::new(NAME).ok();
    let mut events = Vec::new();
    if let Some(window) = web_sys::window() {
        events.extend(on_return(&window, &on_wakeup));
        let messages = Messages::new(Rc::clone(&on_wakeup));
        events.extend(messages.by_storage(&window));
        events.extend(
            channel
                .as_ref()
                .and_then(|channel| messages.by_channel(channel)),
        );
    }
    Listening { events, channel }
}

fn on_return(window: &web_sys::Window, on_wakeup: &Rc<dyn Fn(Wakeup)>) -> Vec<Subscribed> {
    let online = {
        let on_wakeup = Rc::clone(on_wakeup);
        subscribe(window, "online", move |_| on_wakeup(Wakeup::Back))
    };
    let visible = window.document().and_then(|document| {
        let on_wakeup = Rc::clone(on_wakeup);
        let page = document.clone();
        subscribe(&document, "visibilitychange", move |_| {
            if page.visibility_state() == VisibilityState::Visible {
                on_wakeup(Wakeup::Back);
            }
        })
    });
    online.into_iter().chain(visible).collect()
}

/// Messages of other tabs about the session. Each arrives twice, by both ways; the second one is dropped.
#[derive(Clone)]
struct Messages {
    on_wakeup: Rc<dyn Fn(Wakeup)>,
    last_id: Rc<RefCell<Option<String>>>,
}

impl Messages {
    fn new(on_wakeup: Rc<dyn Fn(Wakeup)>) -> Self {
        Self {
            on_wakeup,
            last_id: Rc::default(),
        }
    }

    fn by_storage(&self, window: &web_sys::Window) -> Option<Subscribed> {
        let this = self.clone();
        subscribe(window, "storage", move |event| {
            if let Some(event) = event.dyn_ref::<StorageEvent>()
                && event.key().as_deref() == Some(NAME)
                && let Some(text) = event.new_value()
            {
                this.receive(&text);
            }
        })
    }

    fn by_channel(&self, channel: &BroadcastChannel) -> Option<Subscribed> {
        let this = self.clone();
        subscribe(channel, "message", move |event| {
            let text = event
                .dyn_ref::<MessageEvent>()
                .and_then(|event| event.data().as_string());
            if let Some(text) = text {
                this.receive(&text);
            }
        })
    }

    fn receive(&self, text: &str) {
        let Ok(message) = from_json_str::<Value>(text) else {
            return;
        };
        if message["event"] != "session" || message["data"].is_null() {
            return;
        }
        let id = message["clientId"].as_str().map(str::to_owned);
        let is_known = *self.last_id.borrow() == id || LAST_SENT.with_borrow(|sent| *sent == id);
        if id.is_some() && is_known {
            return;
        }
        *self.last_id.borrow_mut() = id;
        (self.on_wakeup)(Wakeup::OtherTab);
    }
}

fn subscribe(
    target: &EventTarget,
    name: &'static str,
    handler: impl FnMut(Event) + 'static,
) -> Option<Subscribed> {
    let handler = Closure::<dyn FnMut(Event)>::new(handler);
    target
        .add_event_listener_with_callback(name, handler.as_ref().unchecked_ref())
        .ok()?;
    Some(Subscribed {
        target: target.clone(),
        name,
        handler,
    })
}

thread_local! {
    /// The id of the last message of this tab, because its own channel receives it too.
    static LAST_SENT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Announces that the session changed, in the format of the JavaScript client.
pub(crate) fn tell_other_tabs(trigger: &str) {
    let id = format!("{:x}", Math::random().to_bits());
    LAST_SENT.set(Some(id.clone()));
    let message = json!({
        "event": "session",
        "data": { "trigger": trigger },
        "clientId": id,
        "timestamp": (js_sys::Date::now() / 1000.0).floor(),
    })
    .to_string();
    // If storage is turned off, only the channel announces it.
    if let Some(storage) =
        web_sys::window().and_then(|window| window.local_storage().ok().flatten())
    {
        let _ = storage.set_item(NAME, &message);
    }
    if let Ok(channel) = BroadcastChannel::new(NAME) {
        let _ = channel.post_message(&JsValue::from_str(&message));
        channel.close();
    }
}
