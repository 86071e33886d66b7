// What axe says of every page, light and dark.

import axe from "axe-core";
import { mailboxUrl } from "../support/mailbox";
import { signUpByApi } from "../support/people";
import { expect, test } from "../support/test";

const visitor = [
  "/",
  "/sign-in",
  "/sign-in/email",
  "/sign-in/code",
  "/sign-up",
  "/forgot-password?done=reset-sent",
  "/reset-password",
  "/reset-password?token=x",
  "/verify-email?error=INVALID_TOKEN",
  "/two-factor",
  "/protected",
  "/no/such/page",
];
const signedIn = ["/dashboard", "/settings?done=name", mailboxUrl()];

for (const colorScheme of ["light", "dark"] as const) {
  for (const [who, paths] of Object.entries({ visitor, signedIn })) {
    test(`axe finds nothing: ${colorScheme}, ${who}`, async ({ page, context, baseURL, open }) => {
      test.slow();
      await page.emulateMedia({ colorScheme });
      if (who === "signedIn") await signUpByApi(context, baseURL);
      for (const path of paths) {
        await open(path);
        await page.evaluate(axe.source);
        const found = await page.evaluate(async () => {
          const { violations } = await (window as unknown as { axe: typeof axe }).axe.run();
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
        });
        expect(found, path).toEqual([]);
      }
    });
  }
}

test("a password can be looked at, and Caps Lock is told of", async ({ page, open }) => {
  await open("/sign-in");
  const password = page.getByLabel("Password");
  await password.fill("correct horse");
  await page.getByRole("button", { name: "Show password" }).click();
  await expect(password).toHaveAttribute("type", "text");
  await page.getByRole("button", { name: "Show password" }).click();
  await expect(password).toHaveAttribute("type", "password");
  await password.dispatchEvent("keyup", { key: "A", modifierCapsLock: true });
  await expect(page.getByText("Caps Lock is on.")).toBeVisible();
});
