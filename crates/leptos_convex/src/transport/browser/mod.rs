//! The browser: `WebSocket`, `setTimeout`, `online`, `visibilitychange`, `beforeunload`.
//!
//! Every closure is owned by the object it serves, and is unhooked when that object is dropped.

mod cookies;
mod early;
mod listener;
mod socket;
mod url;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_timers::callback::Timeout;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsValue;

use self::{listener::Listener, socket::Socket};
use super::{EventSink, Fetcher, Platform};
use crate::{
    client::{ClientOptions, ServerCookies},
    logger::{LogLevel, Logger},
    sync::{Env, Event, SocketId, Ticket, Timer, Timestamp},
};

pub(crate) fn platform(url: &str, options: &ClientOptions) -> Box<dyn Platform> {
    Box::new(SendWrapper::new(Browser {
        endpoint: url::sync_endpoint(url),
        warn_before_unload: options.warn_before_unload,
        cookies: options.server_cookies,
        logger: options.logger.clone(),
        sink: RefCell::default(),
        socket: RefCell::default(),
        timers: RefCell::default(),
        fetcher: RefCell::default(),
        wakers: RefCell::default(),
        unload: Rc::default(),
        unhook: RefCell::default(),
        guarded: Rc::default(),
    }))
}

struct Browser {
    endpoint: Option<String>,
    warn_before_unload: bool,
    cookies: Option<ServerCookies>,
    logger: Option<Logger>,
    sink: RefCell<Option<EventSink>>,
    socket: RefCell<Option<Socket>>,
    timers: RefCell<[Option<Timeout>; Timer::COUNT]>,
    fetcher: RefCell<Option<Rc<Fetcher>>>,
    wakers: RefCell<Vec<Listener>>,
    unload: Rc<RefCell<Option<Listener>>>,
    unhook: RefCell<Option<Timeout>>,
    guarded: Rc<Cell<bool>>,
}

/// How long the listener for leaving the page outlives the last request, in milliseconds. Chromium takes half a
/// millisecond to hook and unhook it, which would delay the page that shows the answer.
const UNHOOK_AFTER: u32 = 1000;

impl Browser {
    fn sink(&self) -> Option<EventSink> {
        self.sink.borrow().clone()
    }

    /// Replaces and drops the value outside of the borrow, because dropping may run code that comes back here.
    fn replace_socket(&self, socket: Option<Socket>) {
        let former = self.socket.replace(socket);
        drop(former);
    }
}

impl Platform for SendWrapper<Browser> {
    fn is_live(&self) -> bool {
        true
    }

    fn attach(&self, sink: EventSink) {
        let wakers = [
            ("online", true),
            ("pageshow", true),
            ("visibilitychange", false),
        ];
        self.wakers.replace(
            wakers
                .into_iter()
                .filter_map(|(name, on_window)| {
                    let sink = sink.clone();
                    Listener::new(name, on_window, move |_| {
                        if listener::is_visible() {
                            sink.push(Event::Wake);
                        }
                    })
                })
                .collect(),
        );
        self.sink.replace(Some(sink));
    }

    fn env(&self) -> Env {
        Env {
            now: js_sys::Date::now(),
            random: js_sys::Math::random(),
        }
    }

    fn open(&self, socket: SocketId) {
        let Some(sink) = self.sink() else { return };
        // The former socket is silenced before the next one can report anything.
        self.replace_socket(None);
        let opened = self
            .endpoint
            .as_ref()
            .and_then(|endpoint| Socket::open(endpoint, socket, &sink));
        if opened.is_none() {
            let reason = "WebSocketRefused".to_owned();
            sink.push(Event::Closed {
                socket,
                code: 1006,
                reason,
            });
        }
        self.replace_socket(opened);
    }

    fn send(&self, text: &str) {
        if let Some(socket) = &*self.socket.borrow() {
            socket.send(text);
        }
    }

    fn close(&self) {
        self.replace_socket(None);
    }

    fn set_timer(&self, timer: Timer, milliseconds: u32) {
        let Some(sink) = self.sink() else { return };
        let timeout = Timeout::new(milliseconds, move || sink.push(Event::Timer(timer)));
        self.timers.borrow_mut()[timer as usize] = Some(timeout);
    }

    fn clear_timer(&self, timer: Timer) {
        self.timers.borrow_mut()[timer as usize] = None;
    }

    fn set_fetcher(&self, fetcher: Option<Fetcher>) {
        let former = self.fetcher.replace(fetcher.map(Rc::new));
        drop(former);
    }

    fn fetch_token(&self, ticket: Ticket, force: bool) {
        let Some(sink) = self.sink() else { return };
        let fetcher = self.fetcher.borrow().clone();
        wasm_bindgen_futures::spawn_local(async move {
            let outcome = match fetcher {
                Some(fetch) => fetch(force).await,
                None => crate::TokenOutcome::NoSession,
            };
            sink.push(Event::Token { ticket, outcome });
        });
    }

    fn pump_soon(&self) {
        if let Some(sink) = self.sink() {
            wasm_bindgen_futures::spawn_local(async move { sink.pump() });
        }
    }

    fn guard_unload(&self, on: bool) {
        self.guarded.set(on && self.warn_before_unload);
        // Hooked only while needed, because browsers do not keep pages with such a listener for instant back
        // navigation.
        if self.guarded.get() {
            self.unhook.replace(None);
            let guarded = Rc::clone(&self.guarded);
            self.unload
                .borrow_mut()
                .get_or_insert_with_listener(move |event| {
                    if guarded.get() {
                        listener::ask_before_leaving(event);
                    }
                });
        } else if self.unload.borrow().is_some() && self.unhook.borrow().is_none() {
            let unload = Rc::clone(&self.unload);
            let unhook = Timeout::new(UNHOOK_AFTER, move || drop(unload.replace(None)));
            self.unhook.replace(Some(unhook));
        }
    }

    fn tell_seen(&self, moment: Timestamp) {
        if let Some(ServerCookies { seen, .. }) = self.cookies {
            cookies::raise(seen, moment);
        }
    }

    fn tell_wrote(&self) {
        if let Some(ServerCookies { wrote, .. }) = self.cookies {
            cookies::set_for_a_while(wrote);
        }
    }

    fn tell(&self, level: LogLevel, text: &str) {
        if let Some(logger) = &self.logger {
            return logger.tell(level, text);
        }
        let text = JsValue::from_str(text);
        match level {
            LogLevel::Log => web_sys::console::log_1(&text),
            LogLevel::Warn => web_sys::console::warn_1(&text),
            LogLevel::Error => web_sys::console::error_1(&text),
        }
    }
}

/// Does what `get_or_insert_with` does, for a value that may not be available.
trait GetOrListen {
    fn get_or_insert_with_listener(&mut self, handle: impl FnMut(&web_sys::Event) + 'static);
}

impl GetOrListen for Option<Listener> {
    fn get_or_insert_with_listener(&mut self, handle: impl FnMut(&web_sys::Event) + 'static) {
        if self.is_none() {
            *self = Listener::new("beforeunload", true, handle);
        }
    }
}
