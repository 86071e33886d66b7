import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** No favicon, because the browser might request it after the site has ended. */
const ICON = `<link rel="icon" href="data:,">`;

/** Serves `html` on another port while `use` runs, as another site (`127.0.0.1`) or as another origin (`localhost`). */
export async function onOtherSite(
  host: "127.0.0.1" | "localhost",
  html: string,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const site = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(ICON + html));
  site.listen(0, host);
  await once(site, "listening");
  try {
    await use(`http://${host}:${(site.address() as AddressInfo).port}/`);
  } finally {
    site.closeAllConnections();
    site.close();
  }
}
