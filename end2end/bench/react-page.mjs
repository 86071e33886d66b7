// The page of `page/src/live.rs` on npm convex with React: a component and a `useQuery` for each paragraph.

import { ConvexProvider, ConvexReactClient, useMutation, useQuery } from "convex/react";
import { anyApi } from "convex/server";
import { createElement, memo } from "react";
import { createRoot } from "react-dom/client";

const Row = memo(({ counter, n }) => createElement("p", null, useQuery(anyApi.bench.row, { counter, n })));

function Change({ counter }) {
  const change = useMutation(anyApi.bench.change);
  return createElement("button", { onClick: () => change({ counter }) }, "Change");
}

/** Shows `rows` paragraphs with what the backend at `url` says. */
export function show(url, counter, rows) {
  const client = new ConvexReactClient(url);
  const numbers = Array.from({ length: rows }, (_, n) => n);
  const root = document.body.appendChild(document.createElement("div"));
  createRoot(root).render(
    createElement(
      ConvexProvider,
      { client },
      numbers.map((n) => createElement(Row, { key: n, counter, n })),
      createElement(Change, { counter }),
    ),
  );
}
