// Accounts whose address was never confirmed, and the person who proves to have the mailbox. Whoever made the account
// may be somebody else, who must not get in any more.

import type { AuthContext, GenericEndpointContext, User } from "better-auth";
import { getSessionFromCtx } from "better-auth/api";

/** The routes by which a mail confirms an address and signs in, or sets a password. */
const BY_MAIL = ["/magic-link/verify", "/sign-in/email-otp", "/email-otp/verify-email", "/email-otp/reset-password"];

/** What of Better Auth's context is used; the rest depends on its options. */
interface Store {
  internalAdapter: AuthContext["internalAdapter"];
  adapter: Pick<AuthContext["adapter"], "deleteMany">;
}

type Known = User & { twoFactorEnabled?: boolean | null };

/** What of the account stays, because the owner has just made it. */
interface Kept {
  /** The token of a session. */
  session?: string;
  password?: boolean;
}

/**
 * Takes every way in from whoever made the account: password, linked accounts, second factor, sessions. What they have
 * asked for by then is worth nothing without these.
 */
export const revokeAccess = async (
  { internalAdapter, adapter }: Store,
  { id: userId, twoFactorEnabled }: Known,
  kept: Kept = {},
): Promise<void> => {
  for (const { id, providerId } of await internalAdapter.findAccounts(userId)) {
    if (!(kept.password && providerId === "credential")) await internalAdapter.deleteAccount(id);
  }
  await adapter.deleteMany({ model: "twoFactor", where: [{ field: "userId", value: userId }] });
  for (const { token } of await internalAdapter.listSessions(userId)) {
    if (token !== kept.session) await internalAdapter.deleteSession(token);
  }
  if (twoFactorEnabled) await internalAdapter.updateUser(userId, { twoFactorEnabled: false });
};

/** A database hook for updates of users: an address that was not confirmed before is now, by one of these routes. */
export const claimed = async (user: Known, endpoint: GenericEndpointContext | null): Promise<void> => {
  if (!endpoint || !BY_MAIL.includes(endpoint.path) || !user.emailVerified) return;
  // A code that was entered by who is signed in to the account already confirms what is theirs.
  const isTheirs = async () => (await getSessionFromCtx(endpoint, { disableRefresh: true }))?.user.id === user.id;
  if (endpoint.path === "/email-otp/verify-email" && (await isTheirs())) return;
  await revokeAccess(endpoint.context, user, {
    session: endpoint.context.newSession?.session.token,
    password: endpoint.path === "/email-otp/reset-password",
  });
};

/**
 * A password was reset by the link in a mail, which confirms the address, too: the new password is the owner's, and no
 * other way in is.
 */
export const confirmedByReset = async (context: Store, user: Known): Promise<void> => {
  if (user.emailVerified) return;
  await revokeAccess(context, user, { password: true });
  await context.internalAdapter.updateUser(user.id, { emailVerified: true });
};
