// Retrieval by meaning: needs vector search.
import { expect, test } from "vitest";
import { withApp } from "./app";

test("rag finds the text that is nearest to a question", () =>
  withApp("rag", async (app) => {
    expect(await app.action("knowledge:add", { key: "drinks", text: "We serve tea and coffee. Tea is green." })).toBe("ready");
    expect(await app.action("knowledge:add", { key: "nature", text: "The river is wide. A river runs." })).toBe("ready");
    expect(await app.action("knowledge:search", { query: "a cup of tea" })).toEqual(["drinks"]);
    expect(await app.action("knowledge:search", { query: "which river" })).toEqual(["nature"]);
  }));
