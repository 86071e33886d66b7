// The main path in Firefox and in WebKit, where they are installed.

import * as browsers from "../support/other-browsers.mjs";
import { test } from "../support/test";

test.slow();

for (const name of ["firefox", "webkit"] as const) {
  test(`sign-up, live todos in two windows, settings and back in ${name}`, async ({ baseURL }) => {
    test.skip(!browsers.installed[name], "apt-get install firefox-esr webkit2gtk-driver xvfb");
    await browsers[name](baseURL);
  });
}
