//! One `WebSocket` with its handlers.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{CloseEvent, Event as JsEvent, MessageEvent, WebSocket};

use super::early::Early;
use crate::{
    sync::{Event, SocketId},
    transport::EventSink,
};

/// An open or opening socket. Dropping it silences and closes it.
pub(super) struct Socket {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut(JsEvent)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Opens a socket. Returns `None` when the browser refuses the URL, for example by a content security policy.
    pub(super) fn open(url: &str, id: SocketId, sink: &EventSink) -> Option<Self> {
        let early = Early::take(url);
        let socket = match &early {
            Some(early) => early.socket.clone(),
            None => WebSocket::new(url).ok()?,
        };
        let on_open = {
            let sink = sink.clone();
            Closure::<dyn FnMut(JsEvent)>::new(move |_| sink.push(Event::Opened(id)))
        };
        let on_message = {
            let sink = sink.clone();
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(text) = event.data().as_string() {
                    sink.push(Event::Message { socket: id, text });
                }
            })
        };
        let on_close = {
            let sink = sink.clone();
            Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
                sink.push(Event::Closed {
                    socket: id,
                    code: event.code(),
                    reason: event.reason(),
                });
            })
        };
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        if let Some(early) = early
            && socket.ready_state() == WebSocket::OPEN
        {
            early.tell(id, sink);
        }
        Some(Self {
            socket,
            _on_open: on_open,
            _on_message: on_message,
            _on_close: on_close,
        })
    }

    /// Sends a text. A text that cannot be sent is not lost: the close event that follows causes it to be sent again.
    /// A browser complains in its console about a text for a socket that is closing.
    pub(super) fn send(&self, text: &str) {
        if self.socket.ready_state() <= WebSocket::OPEN {
            drop(self.socket.send_with_str(text));
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // This fails only for close codes that are not allowed, and here none is given.
        drop(self.socket.close());
    }
}
