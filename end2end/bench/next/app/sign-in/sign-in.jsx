"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { authClient } from "@/lib/auth-client";

export function SignIn() {
  const router = useRouter();
  const [error, setError] = useState("");
  const [pending, setPending] = useState(false);

  const submit = async (event) => {
    event.preventDefault();
    const { email, password } = Object.fromEntries(new FormData(event.currentTarget));
    setPending(true);
    const answer = await authClient.signIn.email({ email, password });
    setPending(false);
    if (answer.error) setError(answer.error.message);
    else router.push("/dashboard");
  };
  const github = async () => {
    const answer = await authClient.signIn.social({ provider: "github", callbackURL: "/dashboard" });
    if (answer.error) setError(answer.error.message);
  };

  return (
    <div className="card">
      {error && <p role="alert">{error}</p>}
      <button type="button" onClick={github}>
        Sign in with GitHub
      </button>
      <form onSubmit={submit}>
        <label>
          Email <input name="email" type="email" autoComplete="username" required />
        </label>
        <label>
          Password <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button disabled={pending}>Sign in</button>
      </form>
      <p>
        No account yet? <Link href="/sign-up">Sign up</Link>
      </p>
    </div>
  );
}
