// Accounts with an unconfirmed address, when a person proves that the mailbox is theirs. Somebody else may have created
// the account, and must not be able to sign in any more.

import type { AuthContext, GenericEndpointContext, User } from "better-auth";
import { getSessionFromCtx } from "better-auth/api";

/** The routes by which a mail confirms an address and signs in, or sets a password. */
const BY_MAIL = ["/magic-link/verify", "/sign-in/email-otp", "/email-otp/verify-email", "/email-otp/reset-password"];

/** How Better Auth's `twoFactor` names the rows of devices that do not ask for the second factor. */
const TRUSTED_DEVICE = "trust-device-";

/** The used part of Better Auth's context. The rest depends on its options. */
interface Store {
  internalAdapter: AuthContext["internalAdapter"];
  adapter: Pick<AuthContext["adapter"], "deleteMany">;
}

type Known = User & { twoFactorEnabled?: boolean | null };

/** The parts of the account to keep, because the owner has just created them. */
interface Kept {
  /** The token of a session. */
  session?: string;
  password?: boolean;
}

/**
 * Removes every way to sign in that the creator of the account has: password, linked accounts, second factor, sessions.
 * Links that they requested before are worthless without these.
 */
export const revokeAccess = async (
  { internalAdapter, adapter }: Store,
  { id: userId, twoFactorEnabled }: Known,
  kept: Kept = {},
): Promise<void> => {
  for (const { id, providerId } of await internalAdapter.findAccounts(userId)) {
    if (!(kept.password && providerId === "credential")) await internalAdapter.deleteAccount(id);
  }
  await adapter.deleteMany({ model: "twoFactor", where: [{ field: "userId", value: userId }] }); // two-factor
  await forgetDevices(adapter, userId);
  await endSessions(adapter, userId, kept.session);
  if (twoFactorEnabled) await internalAdapter.updateUser(userId, { twoFactorEnabled: false });
};

/**
 * Ends the sessions of an account, except the one with the token `kept`. Better Auth lists only the hundred oldest, those
 * that expired long ago among them.
 */
export const endSessions = async (adapter: Store["adapter"], userId: string, kept = ""): Promise<void> => {
  await adapter.deleteMany({
    model: "session",
    where: [
      { field: "userId", value: userId },
      { field: "token", operator: "ne", value: kept },
    ],
  });
};

/** Makes every device ask for the second factor again, including those that were trusted for thirty days. */
export const forgetDevices = async (adapter: Store["adapter"], userId: string): Promise<void> => {
  await adapter.deleteMany({
    model: "verification",
    where: [
      { field: "value", value: userId },
      { field: "identifier", operator: "starts_with", value: TRUSTED_DEVICE },
    ],
  });
};

/** A database hook for updates of users: revokes earlier access when one of these routes first confirms the address. */
export const claimed = async (user: Known, endpoint: GenericEndpointContext | null): Promise<void> => {
  if (!endpoint || !BY_MAIL.includes(endpoint.path) || !user.emailVerified) return;
  // A person who is signed in to the account and enters a code confirms their own address.
  const isTheirs = async () => (await getSessionFromCtx(endpoint, { disableRefresh: true }))?.user.id === user.id;
  if (endpoint.path === "/email-otp/verify-email" && (await isTheirs())) return;
  await revokeAccess(endpoint.context, user, {
    session: endpoint.context.newSession?.session.token,
    password: endpoint.path === "/email-otp/reset-password",
  });
};

/**
 * Confirms the address of an account whose password was reset with a mailed link. No device is trusted any more. If the
 * address was not confirmed before, only the new password is kept, which is the owner's.
 */
export const confirmedByReset = async (context: Store, user: Known): Promise<void> => {
  await forgetDevices(context.adapter, user.id);
  if (user.emailVerified) return;
  await revokeAccess(context, user, { password: true });
  await context.internalAdapter.updateUser(user.id, { emailVerified: true });
};
