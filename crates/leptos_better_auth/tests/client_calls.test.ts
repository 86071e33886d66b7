// The requests of `leptos_better_auth`'s client, call by call, compared with those of the official client and checked
// by Better Auth's schemas. The Rust test `each_call_asks_what_the_javascript_client_asks` writes them to a file.

import { convexClient } from "@convex-dev/better-auth/client/plugins";
import { betterAuth } from "better-auth";
import { createAuthClient } from "better-auth/client";
import {
  anonymousClient,
  emailOTPClient,
  magicLinkClient,
  oneTimeTokenClient,
  twoFactorClient,
} from "better-auth/client/plugins";
import { anonymous, emailOTP, magicLink, oneTimeToken, twoFactor } from "better-auth/plugins";
import { expect, test } from "vitest";
import calls from "./client_calls.json";

type Call = { call: string; method: string; path: string; body?: Record<string, unknown> };
type Endpoint = {
  path?: string;
  options: { method: string | string[]; body?: Schema; query?: Schema };
};
type Schema = { safeParse(value: unknown): { data?: unknown; error?: unknown } };

const all = calls as Call[];
const send = async () => {};

/** The calls that Better Auth does not have without the Convex component. */
const OF_THE_COMPONENT = ["convex.token"];

const server = betterAuth({
  baseURL: "http://localhost:3000",
  secret: "a secret of the tests alone, which guards nothing",
  emailAndPassword: { enabled: true },
  plugins: [
    twoFactor({ otpOptions: { sendOTP: send } }),
    magicLink({ sendMagicLink: send }),
    emailOTP({ sendVerificationOTP: send, changeEmail: { enabled: true } }),
    anonymous(),
    oneTimeToken(),
  ],
});

const split = (path: string) => {
  const url = new URL(path, "http://localhost");
  return { route: url.pathname, query: Object.fromEntries(url.searchParams) };
};

test("the file names each call once", () => {
  expect(all.length).toBeGreaterThan(40);
  expect(new Set(all.map(({ call }) => call)).size).toBe(all.length);
});

test.each(all.filter(({ call }) => !OF_THE_COMPONENT.includes(call)))(
  "Better Auth accepts $call",
  ({ method, path, body }) => {
    const { route, query } = split(path);
    const endpoints = Object.values(server.api) as unknown as Endpoint[];
    const endpoint = endpoints.find(
      (it) => it.path === route && [it.options.method].flat().includes(method),
    );
    expect(endpoint, `${method} ${route}`).toBeDefined();
    const { body: bodySchema, query: querySchema } = endpoint!.options;
    // The schema drops fields that it does not know, so the parsed values must equal the sent ones.
    expect(bodySchema ? bodySchema.safeParse(body).data : {}).toEqual(body ?? {});
    expect(querySchema ? querySchema.safeParse(query).data : {}).toEqual(query);
  },
);

test.each(all)("the official client sends the same request for $call", async ({ call, method, path, body }) => {
  const asked: Call[] = [];
  const client = createAuthClient({
    baseURL: "http://localhost:3000",
    plugins: [
      convexClient(),
      twoFactorClient(),
      magicLinkClient(),
      emailOTPClient(),
      anonymousClient(),
      oneTimeTokenClient(),
    ],
    fetchOptions: {
      customFetchImpl: async (input, init) => {
        const url = new URL(input instanceof Request ? input.url : input);
        const sent = init?.body ? (JSON.parse(String(init.body)) as Call["body"]) : undefined;
        asked.push({
          call,
          method: String(init?.method),
          path: url.pathname.replace("/api/auth", "") + url.search,
          ...(sent && { body: sent }),
        });
        return Response.json({ url: "" });
      },
    },
  });
  const { query } = split(path);
  const ask = call.split(".").reduce<any>((found, name) => found[name], client);
  await ask({ ...body, ...(Object.keys(query).length && { query }) });
  const [first] = asked;
  expect({ method: first?.method, path: split(first?.path ?? ""), body: first?.body ?? {} }).toEqual({
    method,
    path: split(path),
    body: body ?? {},
  });
});
