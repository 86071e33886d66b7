import { isAuthenticated } from "@/lib/auth-server";
import { Unauthorized } from "@/lib/unauthorized";

export default async function Protected() {
  if (!(await isAuthenticated())) return <Unauthorized />;
  return (
    <>
      <h1>Hello</h1>
      <p>The server checked that you are signed in.</p>
    </>
  );
}
