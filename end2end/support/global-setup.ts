import { shareMailbox } from "./mailbox";
import { Server } from "./server";

/** Starts one server for all specs that need no separate one. With `E2E_BASE_URL` they use the server there instead. */
export default async function globalSetup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.E2E_BASE_URL) return undefined;
  const server = await Server.start({ compress: true });
  process.env.E2E_BASE_URL = server.url;
  shareMailbox(server);
  return () => server.remove();
}
