import Link from "next/link";

export function Unauthorized() {
  return (
    <>
      <h1>Unauthorized</h1>
      <p>
        <Link href="/sign-in">Sign in</Link> to see this page.
      </p>
    </>
  );
}
