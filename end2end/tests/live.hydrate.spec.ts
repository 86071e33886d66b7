// Two browsers of one person: a change in one shows in the other without a reload.

import {
  accountLink,
  addTodo,
  expectDashboardOf,
  newPerson,
  sendSignIn,
  sendSignUp,
  signInByApi,
  signOutInAnotherTab,
  signUpByApi,
} from "../support/people";
import { expect, test, untilHydrated } from "../support/test";

test("a change in one browser shows in the other", async ({ page, context, baseURL, newVisitor, open }) => {
  const person = await signUpByApi(context, baseURL);
  const other = await newVisitor();
  await signInByApi(other.context, baseURL, person);
  await Promise.all([open("/dashboard"), open("/dashboard", other.page)]);
  let loads = 0;
  other.page.on("framenavigated", () => loads++);

  await addTodo(page, "Seen everywhere");
  const there = other.page.getByRole("checkbox", { name: "Seen everywhere" });
  await expect(there).toBeVisible();
  await there.click();
  await expect(page.getByRole("checkbox", { name: "Seen everywhere" })).toBeChecked();
  await page.getByRole("button", { name: "Clear done" }).click();
  await expect(other.page.getByText("No todos yet. Add one above!")).toBeVisible();
  expect(loads).toBe(0);
});

test("signing out in one tab shows in the other", async ({ page, context, baseURL, open }) => {
  await signUpByApi(context, baseURL);
  await signOutInAnotherTab(page, open);
});

test("todos change without loading a page, and are still there after pages are loaded", async ({ page, open }) => {
  const person = newPerson();
  await open("/");
  await page.getByRole("link", { name: "Create an account" }).click();
  await sendSignUp(page, person);
  await expectDashboardOf(page, person);
  await untilHydrated(page);
  const loaded: string[] = [];
  page.on("request", (request) => {
    if (request.isNavigationRequest()) loaded.push(request.url());
  });
  await addTodo(page, "Without a reload");
  await page.getByRole("checkbox", { name: "Without a reload" }).click();
  await expect(page.getByText("1 of 1 done")).toBeVisible();
  expect(loaded).toEqual([]);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/");
  await accountLink(page, "Sign in").click();
  await sendSignIn(page, { ...person, password: "not the password" });
  await expect(page.getByRole("alert")).toHaveText("Invalid email or password");
  await sendSignIn(page, person);
  await expectDashboardOf(page, person);
  await expect(page.getByRole("checkbox", { name: "Without a reload" })).toBeVisible();
});

test("back and forward go through the visited pages", async ({ page, open }) => {
  await open("/");
  await accountLink(page, "Sign in").click();
  await expect(page).toHaveURL("/sign-in");
  await page.getByRole("link", { name: "Sign up" }).click();
  await expect(page).toHaveURL("/sign-up");
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("link", { name: "Create an account" })).toBeVisible();
  await page.goForward();
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
});

test("a changed todo keeps the focus", async ({ page, context, baseURL, open }) => {
  await signUpByApi(context, baseURL);
  await open("/dashboard");
  await addTodo(page, "Stay here");
  const todo = page.getByRole("checkbox", { name: "Stay here" });
  await todo.focus();
  await page.keyboard.press("Space");
  await expect(todo).toBeChecked();
  await expect(todo).toBeFocused();
});

test("the dashboard says that it is live", async ({ page, context, baseURL }) => {
  await signUpByApi(context, baseURL);
  await page.goto("/dashboard");
  await untilHydrated(page);
  await expect(page.getByRole("status").filter({ hasText: "Live" })).toBeVisible();
});
