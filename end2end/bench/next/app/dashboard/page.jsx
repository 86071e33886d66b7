import { api } from "@/convex/_generated/api";
import { isAuthenticated, preloadAuthQuery } from "@/lib/auth-server";
import { Unauthorized } from "@/lib/unauthorized";
import { Todos } from "./todos";
import { User } from "./user";

export default async function Dashboard() {
  if (!(await isAuthenticated())) return <Unauthorized />;
  const [user, todos] = await Promise.all([
    preloadAuthQuery(api.auth.getCurrentUser),
    preloadAuthQuery(api.todos.list),
  ]);
  return (
    <>
      <h1>Dashboard</h1>
      <User preloaded={user} />
      <Todos preloaded={todos} />
    </>
  );
}
