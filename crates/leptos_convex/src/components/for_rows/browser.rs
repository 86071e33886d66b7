//! The list in the browser. It moves only the rows that change places.

use leptos::{
    attr::{Attribute, any_attribute::AnyAttribute},
    prelude::*,
    tachys::{
        hydration::Cursor,
        renderer::{
            CastFrom, Rndr,
            types::{Element, Node, Placeholder},
        },
        view::{Position, PositionState},
    },
};

use super::origins::{Origin, origins};
use crate::Row;

pub(super) struct List<T: Send + Sync + 'static, F> {
    rows: Vec<Row<T>>,
    view: F,
}

/// The rows of a list that are on the page.
pub(super) struct ListState<S> {
    keys: Vec<u32>,
    rows: Vec<S>,
    /// The node behind the last row.
    marker: Placeholder,
}

impl<S> ListState<S> {
    /// Takes over the rows that the server rendered, and the node behind them.
    fn hydrated(keys: Vec<u32>, rows: Vec<S>, cursor: &Cursor, position: &PositionState) -> Self {
        let marker = cursor.next_placeholder(position);
        position.set(Position::NextChild);
        Self { keys, rows, marker }
    }
}

pub(super) const fn list<T: Send + Sync + 'static, F>(rows: Vec<Row<T>>, view: F) -> List<T, F> {
    List { rows, view }
}

impl<T: Send + Sync + 'static, F> List<T, F> {
    fn keys(&self) -> Vec<u32> {
        self.rows.iter().map(Row::key).collect()
    }
}

impl<T, F, V> Render for List<T, F>
where
    T: Send + Sync + 'static,
    F: Fn(Row<T>) -> V,
    V: Render,
{
    type State = ListState<V::State>;

    fn build(self) -> Self::State {
        ListState {
            keys: self.keys(),
            rows: (self.rows.iter())
                .map(|row| (self.view)(*row).build())
                .collect(),
            marker: Rndr::create_placeholder(),
        }
    }

    fn rebuild(self, state: &mut Self::State) {
        let keys = self.keys();
        let origins = origins(&state.keys, &keys);
        state.keys = keys;
        // `None` while the list is not on the page. It is then mounted in order.
        let parent = Rndr::get_parent(&state.marker).and_then(Element::cast_from);
        let mut former: Vec<_> = state.rows.drain(..).map(Some).collect();
        let mut next = 0;
        for (at, row) in self.rows.into_iter().enumerate() {
            let known = match origins[at] {
                Origin::Stays(from) => {
                    state.rows.extend(former[from].take());
                    continue;
                }
                Origin::Moves(from) => former[from].take(),
                Origin::New => None,
            };
            let mut known = known.unwrap_or_else(|| (self.view)(row).build());
            // The next row that stays and is on the page.
            next = next.max(at);
            while next < origins.len() && !matches!(origins[next], Origin::Stays(_)) {
                next += 1;
            }
            let mut behind = origins[next..].iter().filter_map(|origin| match origin {
                Origin::Stays(from) => former[*from].as_ref(),
                _ => None,
            });
            if let Some(parent) = &parent
                && !behind.any(|row| row.insert_before_this(&mut known))
            {
                known.mount(parent, Some(&state.marker));
            }
            state.rows.push(known);
        }
        for mut gone in former.into_iter().flatten() {
            gone.unmount();
        }
    }
}

impl<S: Mountable> Mountable for ListState<S> {
    fn unmount(&mut self) {
        self.rows.iter_mut().for_each(Mountable::unmount);
        self.marker.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        for row in &mut self.rows {
            row.mount(parent, marker);
        }
        self.marker.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        let mut rows = self.rows.iter();
        rows.any(|row| row.insert_before_this(child)) || self.marker.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.rows.iter().flat_map(Mountable::elements).collect()
    }
}

impl<T, F, V> AddAnyAttr for List<T, F>
where
    T: Send + Sync + 'static,
    F: Fn(Row<T>) -> V + Send + 'static,
    V: RenderHtml + 'static,
{
    type Output<A: Attribute> = List<T, Box<dyn Fn(Row<T>) -> V::Output<A::CloneableOwned> + Send>>;

    fn add_any_attr<A: Attribute>(self, attr: A) -> Self::Output<A>
    where
        Self::Output<A>: RenderHtml,
    {
        let (view, attr) = (self.view, attr.into_cloneable_owned());
        list(
            self.rows,
            Box::new(move |row| view(row).add_any_attr(attr.clone())),
        )
    }
}

impl<T, F, V> RenderHtml for List<T, F>
where
    T: Send + Sync + 'static,
    F: Fn(Row<T>) -> V + Send + 'static,
    V: RenderHtml + 'static,
{
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    /// Writes an empty list. Rows come from the server's HTML, or are inserted later.
    fn to_html_with_buf(
        self,
        buf: &mut String,
        _: &mut Position,
        _: bool,
        _: bool,
        _: Vec<AnyAttribute>,
    ) {
        buf.push_str("<!>");
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> Self::State {
        // All rows are created before the first one is hydrated. The server created them in this order, and ids count
        // up.
        let views: Vec<_> = self.rows.iter().map(|row| (self.view)(*row)).collect();
        let rows = views
            .into_iter()
            .map(|view| view.hydrate::<FROM_SERVER>(cursor, position));
        let rows = rows.collect();
        ListState::hydrated(self.keys(), rows, cursor, position)
    }

    async fn hydrate_async(self, cursor: &Cursor, position: &PositionState) -> Self::State {
        let views: Vec<_> = self.rows.iter().map(|row| (self.view)(*row)).collect();
        let mut rows = Vec::with_capacity(views.len());
        for view in views {
            rows.push(view.hydrate_async(cursor, position).await);
        }
        ListState::hydrated(self.keys(), rows, cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}
