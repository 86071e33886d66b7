// The rows of an account in Better Auth's tables. Better Auth changes each of them in a transaction of its own, and
// leaves some behind.

import type { FunctionArgs } from "convex/server";
import { components } from "./_generated/api";
import type { MutationCtx } from "./_generated/server";

type Ctx = Pick<MutationCtx, "runMutation" | "runQuery">;
type Input = FunctionArgs<typeof components.betterAuth.adapter.deleteMany>["input"];

/** The rows that name an account by its id. A verification is a link, a trusted device or a sign-in that waits for its code. */
const rowsOf = (userId: string): Input[] => [
  { model: "session", where: [{ field: "userId", value: userId }] },
  { model: "account", where: [{ field: "userId", value: userId }] },
  { model: "twoFactor", where: [{ field: "userId", value: userId }] },
  { model: "verification", where: [{ field: "value", value: userId }] },
];

/** How Better Auth names the rows of links for choosing a new password. */
const RESET = "reset-password:";

/** How many rows one call deletes. */
const PAGE = 100;

/**
 * Deletes what an account leaves behind, in the transaction that deletes it. Better Auth leaves the second factor, trusted
 * devices and links, and a session that is made at the same moment.
 */
export const removeRowsOf = async (ctx: Ctx, userId: string): Promise<void> => {
  for (const rows of rowsOf(userId)) await deleteAll(ctx, rows);
};

/** Deletes the links for choosing a new password. Once an account has another address, they are in a stranger's mailbox. */
export const removeResetLinks = (ctx: Ctx, userId: string): Promise<void> =>
  deleteAll(ctx, {
    model: "verification",
    where: [
      { field: "value", value: userId },
      { field: "identifier", operator: "starts_with", value: RESET },
    ],
  });

/**
 * Refuses a new row of an account that has been deleted in the meantime, by a request that began before.
 *
 * @throws if there is no such account.
 */
export const requireAccount = async (ctx: Ctx, { userId }: { userId: string }): Promise<void> => {
  const where = [{ field: "_id", value: userId }];
  if (!(await ctx.runQuery(components.betterAuth.adapter.findOne, { model: "user", where }))) {
    throw new Error("user no longer exists");
  }
};

/**
 * Refuses to link an account of a provider, or a password, twice. Two concurrent requests would each find none and add
 * one, and unlinking would then leave the other.
 *
 * @throws if it is linked already.
 */
export const requireFirst = async (
  ctx: Ctx,
  { providerId, accountId }: { providerId: string; accountId: string },
): Promise<void> => {
  const where = [
    { field: "accountId", value: accountId },
    { field: "providerId", value: providerId },
  ];
  const paginationOpts = { numItems: 2, cursor: null };
  const found = await ctx.runQuery(components.betterAuth.adapter.findMany, { model: "account", where, paginationOpts });
  if (found.page.length > 1) throw new Error("account already exists");
};

const deleteAll = async (ctx: Ctx, input: Input): Promise<void> => {
  let cursor: string | null = null;
  for (let isDone = false; !isDone; ) {
    const paginationOpts = { numItems: PAGE, cursor };
    const page: { isDone: boolean; continueCursor: string } = await ctx.runMutation(
      components.betterAuth.adapter.deleteMany,
      { input, paginationOpts },
    );
    ({ isDone, continueCursor: cursor } = page);
  }
};
