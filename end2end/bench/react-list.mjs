// The page of `page/src/list.rs` on npm convex with React, as its documentation writes lists. With `memo` each row is a
// component that is rendered again only when what it shows has changed.

import { ConvexProvider, ConvexReactClient, useMutation, useQuery } from "convex/react";
import { anyApi } from "convex/server";
import { createElement as element, memo } from "react";
import { createRoot } from "react-dom/client";

const show = ({ text, stars }) => element("li", null, element("span", null, text), element("b", null, stars));
const Plain = (item) => show(item);
const Memo = memo(show);

function List({ list, Row }) {
  const items = useQuery(anyApi.lists.items, { list });
  const star = useMutation(anyApi.lists.star).withOptimisticUpdate((store, { id }) => {
    const items = store.getQuery(anyApi.lists.items, { list });
    if (!items) return;
    const starred = items.map((item) => (item._id === id ? { ...item, stars: item.stars + 1 } : item));
    store.setQuery(anyApi.lists.items, { list }, starred);
  });
  const first = (count) => () => items.slice(0, count).forEach(({ _id }) => star({ id: _id }));
  return [
    element(
      "ul",
      { key: "list" },
      (items ?? []).map(({ _id, text, stars }) => element(Row, { key: _id, text, stars })),
    ),
    ...[1, 10].map((count) => element("button", { key: count, onClick: first(count) }, count)),
  ];
}

/** Shows the items of `list` that the backend at `url` has. */
export function showList(url, list, withMemo) {
  const client = new ConvexReactClient(url);
  const root = document.body.appendChild(document.createElement("div"));
  createRoot(root).render(element(ConvexProvider, { client }, element(List, { list, Row: withMemo ? Memo : Plain })));
}
