// A return to a tab after hours: the laptop slept, the connection is gone, the token has expired. The page looks as it
// was left, gets a new token and continues (get-convex/templates#253 is about pages that do not).

import type { Page } from "@playwright/test";
import { addTodo, expectDashboardOf, signInByApi, signUpByApi } from "../support/people";
import { drawFrames, recorded, startRecording } from "../support/recorder";
import { expect, test } from "../support/test";

/**
 * A backend whose tokens expire when the test says so. From then on it refuses the tokens that it has seen, as Convex
 * does.
 */
class Backend {
  readonly seen = new Set<string>();
  readonly ended = new Set<string>();
  private drop: (() => void) | undefined;

  async attach(page: Page): Promise<void> {
    await page.routeWebSocket(/\/api\/[^/]+\/sync$/, (socket) => {
      const backend = socket.connectToServer();
      this.drop = () => {
        void backend.close();
        void socket.close({ code: 1012 });
      };
      socket.onMessage((text) => {
        const message = JSON.parse(String(text)) as { type: string; value?: string; baseVersion?: number };
        if (message.type === "Authenticate" && message.value !== undefined) {
          this.seen.add(message.value);
          if (this.ended.has(message.value)) {
            const { baseVersion } = message;
            const error = { type: "AuthError", error: "Token expired", baseVersion, authUpdateAttempted: true };
            socket.send(JSON.stringify(error));
            return;
          }
        }
        backend.send(text);
      });
    });
  }

  /** Simulates hours of sleep: the tokens expire, and the connection is lost. */
  sleep(): void {
    for (const token of this.seen) this.ended.add(token);
    this.drop?.();
  }
}

test("hours later the page looks as it was left, and is live again", async ({ page, context, baseURL, newVisitor, complaints }) => {
  complaints.tolerated.push(/^console warning: \[Convex\]/);
  const person = await signUpByApi(context, baseURL);
  const backend = new Backend();
  await backend.attach(page);
  await startRecording(page);
  await page.clock.install();
  await page.goto("/dashboard");
  await expectDashboardOf(page, person);
  await addTodo(page, "Before the break");
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await page.evaluate(() => window.moments?.splice(0));

  backend.sleep();
  await page.clock.fastForward("05:00:00");
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  // Meanwhile the same person changes the data on another machine.
  const other = await newVisitor();
  await signInByApi(other.context, baseURL, person);
  await other.page.goto("/dashboard");
  await addTodo(other.page, "During the break");

  await expect(page.getByRole("checkbox", { name: "During the break" })).toBeVisible();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await page.clock.resume();
  await drawFrames(page, 5);
  const moments = await recorded(page);
  const wrong = ["Sign in", "Loading", "Unauth", "Something went wrong", "Not available"];
  expect(moments.filter(({ text }) => wrong.some((word) => text.includes(word)))).toEqual([]);
  expect(moments.filter(({ text }) => !text.includes("Before the break") || !text.includes(person.name))).toEqual([]);
});

test("where WebSockets are refused, the page says that it is not live", async ({ page, context, baseURL, complaints }) => {
  complaints.tolerated.push(/^console (warning|error): .*WebSocket/, /^console warning: \[Convex\]/);
  const person = await signUpByApi(context, baseURL);
  await page.addInitScript(() => {
    window.WebSocket = class {
      constructor() {
        throw new DOMException("refused", "SecurityError");
      }
    } as unknown as typeof WebSocket;
  });
  await page.goto("/dashboard");
  await expectDashboardOf(page, person);
  await expect(page.getByRole("status").filter({ hasText: "No live updates" })).toBeVisible();
});
