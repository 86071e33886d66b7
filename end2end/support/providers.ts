// The providers' authorization pages, for the browser. They are served over CDP, because `route` does not see where a
// plain form is redirected to.

import type { Page } from "@playwright/test";
import { CLIENT_ID, writeCode } from "./fake-providers-data.mjs";

const AUTHORIZE_PAGES = {
  github: "https://github.com/login/oauth/authorize",
  google: "https://accounts.google.com/o/oauth2/v2/auth",
};

/** A provider that has a fake. */
export type FakeProvider = keyof typeof AUTHORIZE_PAGES;

/** Replaces GitHub in this page with a page that has the links `Authorize` and `Cancel`. */
export const fakeGithub = (page: Page, login: string) => fakeProvider(page, "github", login);

/** Replaces a provider in this page with a page that has the links `Authorize` and `Cancel`. */
export async function fakeProvider(page: Page, provider: FakeProvider, login: string): Promise<void> {
  const address = new URL(AUTHORIZE_PAGES[provider]);
  const cdp = await page.context().newCDPSession(page);
  cdp.on("Fetch.requestPaused", async ({ requestId, request }) => {
    const url = new URL(request.url);
    const { status, html } = authorizePage(url, url.pathname === address.pathname, login);
    await cdp.send("Fetch.fulfillRequest", {
      requestId,
      responseCode: status,
      responseHeaders: [{ name: "Content-Type", value: "text/html; charset=utf-8" }],
      body: Buffer.from(html).toString("base64"),
    });
  });
  await cdp.send("Fetch.enable", { patterns: [{ urlPattern: `${address.origin}/*` }] });
}

function authorizePage(url: URL, isPage: boolean, login: string): { status: number; html: string } {
  const asked = url.searchParams;
  const redirectUri = asked.get("redirect_uri") ?? "";
  if (!isPage || asked.get("client_id") !== CLIENT_ID) return { status: 404, html: "<h1>Not found</h1>" };

  const clientId = CLIENT_ID;
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
