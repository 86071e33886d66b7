// GitHub's authorization page, for the browser. Over CDP and not by `route`, which does not see where a
// plain form is redirected to.

import type { Page } from "@playwright/test";
import { GITHUB_CLIENT_ID, writeCode } from "./fake-github-data.mjs";

/** Stands in for github.com in this page: a page with the links `Authorize` and `Cancel`. */
export async function fakeGithub(page: Page, login: string): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  cdp.on("Fetch.requestPaused", async ({ requestId, request }) => {
    const { status, html } = authorizePage(new URL(request.url), login);
    await cdp.send("Fetch.fulfillRequest", {
      requestId,
      responseCode: status,
      responseHeaders: [{ name: "Content-Type", value: "text/html; charset=utf-8" }],
      body: Buffer.from(html).toString("base64"),
    });
  });
  await cdp.send("Fetch.enable", { patterns: [{ urlPattern: "https://github.com/*" }] });
}

function authorizePage(url: URL, login: string): { status: number; html: string } {
  const asked = url.searchParams;
  const redirectUri = asked.get("redirect_uri") ?? "";
  const known =
    url.pathname === "/login/oauth/authorize" && asked.get("client_id") === GITHUB_CLIENT_ID;
  if (!known) return { status: 404, html: "<h1>Not found</h1>" };

  const clientId = GITHUB_CLIENT_ID;
  const back = (answer: Record<string, string>) => {
    const to = new URL(redirectUri);
    for (const [name, value] of Object.entries(answer)) to.searchParams.set(name, value);
    to.searchParams.set("state", asked.get("state") ?? "");
    return to.href.replaceAll("&", "&amp;");
  };
  const denied = { error: "access_denied", error_description: "The user has denied your application access." };
  const html = `<!doctype html><html lang="en"><title>Authorize</title><link rel="icon" href="data:,">
    <h1>Authorize</h1><p>Scopes: ${asked.get("scope")}</p>
    <a href="${back({ code: writeCode({ login, clientId, redirectUri }) })}">Authorize</a>
    <a href="${back(denied)}">Cancel</a>`;
  return { status: 200, html };
}
