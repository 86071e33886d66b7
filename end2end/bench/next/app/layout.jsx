import "./globals.css";
import Link from "next/link";
import { getToken } from "@/lib/auth-server";
import { ConvexClientProvider } from "./ConvexClientProvider";

export const metadata = { title: "Todos", icons: "data:," };

export default async function RootLayout({ children }) {
  const token = await getToken();
  return (
    <html lang="en">
      <body>
        <ConvexClientProvider initialToken={token}>
          <header>
            <Link href="/">Todos</Link>
            <nav aria-label="Account">
              {token ? <Link href="/dashboard">Dashboard</Link> : <Link href="/sign-in">Sign in</Link>}
            </nav>
          </header>
          <main>{children}</main>
        </ConvexClientProvider>
      </body>
    </html>
  );
}
