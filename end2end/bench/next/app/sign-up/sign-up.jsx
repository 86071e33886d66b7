"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { authClient } from "@/lib/auth-client";

export function SignUp() {
  const router = useRouter();
  const [error, setError] = useState("");
  const [pending, setPending] = useState(false);

  const submit = async (event) => {
    event.preventDefault();
    const { name, email, password } = Object.fromEntries(new FormData(event.currentTarget));
    setPending(true);
    const answer = await authClient.signUp.email({ name, email, password });
    setPending(false);
    if (answer.error) setError(answer.error.message);
    else router.push("/dashboard");
  };

  return (
    <div className="card">
      {error && <p role="alert">{error}</p>}
      <form onSubmit={submit}>
        <label>
          Name <input name="name" autoComplete="name" required />
        </label>
        <label>
          Email <input name="email" type="email" autoComplete="username" required />
        </label>
        <label>
          Password <input name="password" type="password" autoComplete="new-password" required />
        </label>
        <button disabled={pending}>Sign up</button>
      </form>
      <p>
        Have an account? <Link href="/sign-in">Sign in</Link>
      </p>
    </div>
  );
}
