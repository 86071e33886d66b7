import Link from "next/link";

const features = [
  ["Signed in from the start", "The server checks the session before it renders, so the first paint is the right one."],
  ["Live", "A query is subscribed to. When its data changes, every open window shows it."],
  ["One data model", "Tables, functions and pages share their types. A renamed field shows in the editor."],
];

export default function Landing() {
  return (
    <>
      <h1>A signed-in, live web app</h1>
      <p>Next.js renders the pages, Better Auth keeps the accounts, and Convex pushes each change.</p>
      <p>
        <Link href="/protected">See a protected page</Link>
      </p>
      <ul className="features">
        {features.map(([title, text]) => (
          <li key={title} className="card">
            <h2>{title}</h2>
            <p>{text}</p>
          </li>
        ))}
      </ul>
    </>
  );
}
