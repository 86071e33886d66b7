// Deleted records in Better Auth's adapter. Its own suite tests missing records with ids that Convex refuses.
import { createClient } from "@convex-dev/better-auth";
import { anyApi } from "convex/server";
import { expect, test } from "vitest";
import { convexTest } from "./convex-test";

test("a deleted record is found nowhere, and deleting it again does no harm", async () => {
  const { query, mutation } = convexTest();
  const client = createClient({ adapter: anyApi.adapter } as never, { verbose: false });
  const adapter = client.adapter({ runQuery: query, runMutation: mutation } as never)({});
  const user = await adapter.create({ model: "user", data: { name: "Ann", email: "ann@example.com" } });
  const one = { model: "user", where: [{ field: "id", value: user.id as string }] };
  expect(await adapter.findOne(one)).toMatchObject({ name: "Ann" });
  await adapter.delete(one);
  expect(await adapter.findOne(one)).toBeNull();
  expect(await adapter.findMany(one)).toEqual([]);
  expect(await adapter.count(one)).toBe(0);
  await adapter.delete(one);
});
