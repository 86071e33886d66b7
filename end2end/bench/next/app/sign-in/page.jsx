import { SignIn } from "./sign-in";

export default function Page() {
  return (
    <>
      <h1>Sign in</h1>
      <SignIn />
    </>
  );
}
