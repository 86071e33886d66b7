// The README's five steps in an empty folder, with only the published packages: the app shows a live query.

import { Harness, NOT_HYDRATED, runModule } from "./support/harness";
import { buildClients } from "./support/build";
import { buildOutside } from "./support/outside";
import { Server } from "../../../end2end/support/server";
import { expect, test } from "../../../end2end/support/test";

test.use({ bypassCSP: true });

test("an app made of the packages alone shows a todo that another tab adds", async ({ page, context, complaints }) => {
  test.setTimeout(900_000);
  complaints.tolerated.push(NOT_HYDRATED);
  const clients = await buildClients();
  const files = buildOutside();
  const server = await Server.start({ functions: "crates/leptos_convex/browser-tests/convex" });
  try {
    await runModule(page, server.url, files, "outside");
    const other = await Harness.open(await context.newPage(), server.url, clients, "convex", "/healthz");
    await other.do("call", "add", "mutation", "todos:add", { text: "Buy milk", person: "Ada" });
    await expect(page.getByText("Buy milk")).toBeVisible();
    await other.do("call", "edit", "mutation", "todos:edit", { from: "Buy milk", to: "Buy bread" });
    await expect(page.getByText("Buy bread")).toBeVisible();
    await other.do("close");
  } finally {
    await server.remove();
  }
});
