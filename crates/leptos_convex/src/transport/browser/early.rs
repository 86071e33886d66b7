//! The socket that the page's script opened, and the messages it has received since.

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::WebSocket;

use crate::{
    sync::{Event, Greeting, SocketId},
    transport::EventSink,
    transport::early::PROPERTY,
};

/// The object that [`early_socket_script`](crate::early_socket_script) left in the page.
pub(super) struct Early {
    /// Opening or open.
    pub(super) socket: WebSocket,
    left: JsValue,
}

impl Early {
    /// Takes the socket out of the page if it leads to `url` and is not closed yet.
    pub(super) fn take(url: &str) -> Option<Self> {
        let window = web_sys::window()?;
        let left = property(&window, PROPERTY)?;
        drop(Reflect::delete_property(
            &window,
            &JsValue::from_str(PROPERTY),
        ));
        let socket: WebSocket = property(&left, "socket")?.dyn_into().ok()?;
        if socket.url() == url && socket.ready_state() <= WebSocket::OPEN {
            return Some(Self { socket, left });
        }
        drop(socket.close());
        None
    }

    /// Reports what has happened on the socket, which is open and is called `id` from now on.
    pub(super) fn tell(self, id: SocketId, sink: &EventSink) {
        sink.push(match self.greeting() {
            Some(greeting) => Event::Greeted {
                socket: id,
                greeting,
            },
            None => Event::Opened(id),
        });
        let messages = property(&self.left, "messages").and_then(|it| it.dyn_into::<Array>().ok());
        let texts = messages.iter().flat_map(Array::iter);
        for text in texts.filter_map(|text| text.as_string()) {
            sink.push(Event::Message { socket: id, text });
        }
    }

    fn greeting(&self) -> Option<Greeting> {
        Some(Greeting {
            session: property(&self.left, "session")?.as_string()?,
            token: property(&self.left, "token")?.as_string()?,
        })
    }
}

fn property(of: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(of, &JsValue::from_str(name)).ok()
}
