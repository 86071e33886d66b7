// The live connection: who one is comes first, and costs no request.

import { followFrames, hasValues } from "../support/frames";
import { addTodo, signUpByApi } from "../support/people";
import { drawFrames } from "../support/recorder";
import { expect, test } from "../support/test";

for (const path of ["/", "/dashboard"]) {
  test(`${path} authenticates before it asks for anything`, async ({ page, context, baseURL, open }) => {
    await signUpByApi(context, baseURL);
    const requests: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    const frames = await followFrames(page);
    await open(path);
    await expect.poll(() => hasValues(frames)).toBe(true);

    const types = frames.sent.map(({ type }) => type);
    expect(types[0]).toBe("Connect");
    const authenticated = types.indexOf("Authenticate");
    expect(authenticated).toBeGreaterThan(0);
    expect(authenticated).toBeLessThan(types.indexOf("ModifyQuerySet"));
    expect(frames.sent.map(({ tokenType }) => tokenType)).not.toContain("None");
    expect(types.filter((type) => type === "Authenticate")).toHaveLength(1);
    expect(frames.received.map(({ type }) => type)).not.toContain("AuthError");
    expect(requests).not.toContain("/api/auth/convex/token");
  });
}

test("a visitor's page asks for no token", async ({ page, open }) => {
  const requests: string[] = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  const frames = await followFrames(page);
  await open("/");
  await drawFrames(page, 30);
  expect(requests.filter((path) => path.startsWith("/api/auth"))).toEqual([]);
  expect(frames.sent.filter(({ tokenType }) => tokenType === "User")).toEqual([]);
});

test("each query is asked for once", async ({ page, context, baseURL, open }) => {
  await signUpByApi(context, baseURL);
  const frames = await followFrames(page);
  await open("/dashboard");
  await addTodo(page, "One subscription");
  const added = frames.sent
    .filter(({ type }) => type === "ModifyQuerySet")
    .flatMap(({ modifications }) => modifications as { type: string; udfPath: string }[])
    .filter(({ type }) => type === "Add")
    .map(({ udfPath }) => udfPath.replace(".js", ""))
    .sort();
  expect(added).toEqual(["auth:getCurrentUser", "todos:list"]);
});
