// The page of `page/src/live.rs` on npm convex: `ConvexClient` and the plain DOM.

import { ConvexClient } from "convex/browser";
import { anyApi } from "convex/server";

/** Shows `rows` paragraphs with what the backend at `url` says. */
export function show(url, counter, rows) {
  const client = new ConvexClient(url);
  for (let n = 0; n < rows; n++) {
    const text = new Text();
    const paragraph = document.createElement("p");
    paragraph.append(text);
    document.body.append(paragraph);
    client.onUpdate(anyApi.bench.row, { counter, n }, (value) => {
      text.data = String(value);
    });
  }
  const button = document.createElement("button");
  button.textContent = "Change";
  button.addEventListener("click", () => client.mutation(anyApi.bench.change, { counter }));
  document.body.append(button);
}
