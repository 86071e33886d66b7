// Requests that lose a race: another one has taken the address, or has deleted the row, since they looked. The adapter's
// transactions find that out and fail with a bare error, which Better Auth would answer with status 500.

import type { BetterAuthOptions, DBAdapter } from "better-auth";
import { APIError } from "better-auth/api";

type Database = (options: BetterAuthOptions) => DBAdapter<BetterAuthOptions>;

/** The messages of the component's mutations. */
const LOST = /already exists|no longer exists|Failed to update/;

/**
 * Answers a request that loses a race with status 409. A change of a deleted row gives null, as Better Auth expects.
 */
export const withLostRaces =
  (database: Database): Database =>
  (options) => {
    const adapter = database(options);
    return {
      ...adapter,
      create: ((data) => adapter.create(data).catch(lost)) as typeof adapter.create,
      update: ((data) =>
        adapter.update(data).catch((error: unknown) => {
          // Better Auth signs a person out whose session is gone. After the update of a user, it does not check the result.
          if (data.model !== "user" && isLost(error)) return null;
          return lost(error);
        })) as typeof adapter.update,
    };
  };

const isLost = (error: unknown): boolean => error instanceof Error && LOST.test(error.message);

const lost = (error: unknown): never => {
  if (!isLost(error)) throw error;
  const message = "Something has changed in the meantime. Please try again.";
  throw new APIError("CONFLICT", { code: "CONFLICT", message });
};
