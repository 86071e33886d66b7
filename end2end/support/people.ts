import { randomUUID } from "node:crypto";
import { type BrowserContext, type Page, expect } from "@playwright/test";
import { totp } from "./totp";

/** A person with an account, or with data for one. */
export interface Person {
  name: string;
  email: string;
  password: string;
}

/** Creates a person who has no account yet. */
export function newPerson(): Person {
  const id = randomUUID().slice(0, 8);
  return { name: `Ada ${id}`, email: `ada.${id}@example.com`, password: `correct horse ${id}` };
}

/** Creates an account over the API. The context's pages are signed in afterwards. */
export async function signUpByApi(
  context: BrowserContext,
  baseURL: string,
  person = newPerson(),
): Promise<Person> {
  const answer = await context.request.post(`${baseURL}/api/auth/sign-up/email`, {
    headers: { origin: baseURL },
    data: person,
  });
  expect(answer.status(), await answer.text()).toBe(200);
  return person;
}

/** Signs in over the API. */
export async function signInByApi(
  context: BrowserContext,
  baseURL: string,
  { email, password }: Person,
): Promise<void> {
  const answer = await context.request.post(`${baseURL}/api/auth/sign-in/email`, {
    headers: { origin: baseURL },
    data: { email, password },
  });
  expect(answer.status(), await answer.text()).toBe(200);
}

/**
 * Turns on two-factor sign-in for the signed-in person, over the API, and returns the `otpauth:` address for the app.
 */
export async function switchSecondFactorOn(context: BrowserContext, baseURL: string, { password }: Person): Promise<string> {
  const post = async (route: string, data: object) => {
    const headers = { origin: baseURL };
    const answer = await context.request.post(`${baseURL}/api/auth/two-factor/${route}`, { headers, data });
    expect(answer.status(), await answer.text()).toBe(200);
    return await answer.json();
  };
  const { totpURI } = await post("enable", { password });
  await post("verify-totp", { code: totp(totpURI) });
  return totpURI;
}

/** Fills in and sends the form on `/sign-in`, which must be open. */
export async function sendSignIn(page: Page, { email, password }: Partial<Person>): Promise<void> {
  await page.getByLabel("Email").fill(email ?? "");
  await page.getByLabel("Password").fill(password ?? "");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Fills in and sends the form on `/sign-up`, which must be open. */
export async function sendSignUp(page: Page, person: Partial<Person>): Promise<void> {
  await page.getByLabel("Name").fill(person.name ?? "");
  await page.getByLabel("Email").fill(person.email ?? "");
  await page.getByLabel("Password").fill(person.password ?? "");
  await page.getByRole("button", { name: "Sign up" }).click();
}

/** Adds a todo and waits until it is in the list. */
export async function addTodo(page: Page, text: string): Promise<void> {
  await page.getByLabel("New todo").fill(text);
  await page.getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("checkbox", { name: text })).toBeEnabled();
}

/** Finds the link in the header that leads to the dashboard or to the sign-in. */
export const accountLink = (page: Page, name: "Dashboard" | "Sign in") =>
  page.getByRole("navigation", { name: "Account" }).getByRole("link", { name, exact: true });

/** Expects that the page shows this person as signed in. */
export async function expectDashboardOf(page: Page, { name, email }: Person): Promise<void> {
  await expect(page).toHaveURL("/dashboard");
  await expect(page.getByRole("heading", { level: 1, name: "Dashboard" })).toBeVisible();
  await expect(page.getByText(`Signed in as ${name}`)).toBeVisible();
  await expect(page.getByLabel("Your user").locator("pre")).toContainText(`"email": "${email}"`);
  await expect(accountLink(page, "Dashboard")).toBeVisible();
}

/** Expects that the page shows nobody as signed in. */
export async function expectSignedOut(page: Page): Promise<void> {
  await expect(accountLink(page, "Sign in")).toBeVisible();
  await expect(accountLink(page, "Dashboard")).toHaveCount(0);
}

/** Signs out in another tab than `page`. Both then show nobody as signed in. */
export async function signOutInAnotherTab(page: Page, open: (path: string, page?: Page) => Promise<void>): Promise<void> {
  await open("/");
  const tab = await page.context().newPage();
  await open("/dashboard", tab);
  await tab.getByRole("button", { name: "Sign out" }).click();
  await expect(tab).toHaveURL("/");
  await expect(accountLink(page, "Sign in")).toBeVisible();
}

/**
 * Waits until the backend has confirmed every change that the page made. Until then a page with WebAssembly asks before
 * it is left. A page without WebAssembly has no pending changes once it is loaded.
 */
export async function saved(page: Page): Promise<void> {
  const leavesFreely = () => window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
  await expect.poll(() => page.evaluate(leavesFreely)).toBe(true);
}
