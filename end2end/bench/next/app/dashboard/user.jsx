"use client";

import { usePreloadedAuthQuery } from "@convex-dev/better-auth/nextjs/client";
import { useRouter } from "next/navigation";
import { authClient } from "@/lib/auth-client";

export function User({ preloaded }) {
  const user = usePreloadedAuthQuery(preloaded);
  const router = useRouter();
  const signOut = async () => {
    await authClient.signOut();
    router.push("/");
  };
  return (
    <section className="card">
      <p>Signed in as {user?.name}</p>
      <button type="button" onClick={signOut}>
        Sign out
      </button>
      <pre>{JSON.stringify(user, null, 2)}</pre>
    </section>
  );
}
