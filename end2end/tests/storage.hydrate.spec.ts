// Browsers with storage or the channel between tabs switched off. The app works. Tabs stop informing each other only if
// both are switched off.

import type { BrowserContext } from "@playwright/test";
import {
  accountLink,
  addTodo,
  expectDashboardOf,
  newPerson,
  sendSignUp,
  signOutInAnotherTab,
  signUpByApi,
} from "../support/people";
import { expect, test } from "../support/test";

type Way = "localStorage" | "BroadcastChannel";

/** Makes each use of these throw, as browsers do where people have switched them off. */
async function refuse(context: BrowserContext, ...ways: Way[]): Promise<void> {
  await context.addInitScript((ways) => {
    const refused = () => {
      throw new DOMException("refused", "SecurityError");
    };
    if (ways.includes("localStorage")) Object.defineProperty(window, "localStorage", { get: refused });
    if (ways.includes("BroadcastChannel")) {
      window.BroadcastChannel = class {
        constructor() {
          refused();
        }
      } as unknown as typeof BroadcastChannel;
    }
  }, ways);
}

test("signing up, adding a todo and signing out work without storage and channel", async ({ page, context, open }) => {
  await refuse(context, "localStorage", "BroadcastChannel");
  const person = newPerson();
  await open("/sign-up");
  await sendSignUp(page, person);
  await expectDashboardOf(page, person);
  await addTodo(page, "Kept elsewhere");
  await page.reload();
  await expect(page.getByRole("checkbox", { name: "Kept elsewhere" })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/");
  await expect(accountLink(page, "Sign in")).toBeVisible();
});

for (const way of ["localStorage", "BroadcastChannel"] as const) {
  test(`without ${way} signing out in one tab shows in the other`, async ({ page, context, baseURL, open }) => {
    await refuse(context, way);
    await signUpByApi(context, baseURL);
    await signOutInAnotherTab(page, open);
  });
}
