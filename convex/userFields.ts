// How long the fields of a user are. Better Auth takes any length. An answer that signs somebody in has a token with
// the name and the address in its headers, and with long ones no browser or proxy takes it: an account that somebody
// else made with one's address could be taken over, but never signed in to.

import { APIError } from "better-auth/api";

/** Longest name, in UTF-16 units. */
const MAX_NAME = 100;
/** Longest address of a picture. */
const MAX_IMAGE = 2048;
/** Longest e-mail address that mails reach (RFC 5321). */
const MAX_EMAIL = 254;

interface NewUser {
  name: string;
  email: string;
  image?: string | null;
}

/** A database hook for new users: gives them a name and a picture that fit. Some ways to sign up bring no name. */
export const fitting = async <U extends NewUser>(user: U) => {
  check(user.email, MAX_EMAIL, "INVALID_EMAIL", "Invalid email");
  const name = cut(user.name || user.email.split("@")[0]!);
  const image = (user.image?.length ?? 0) > MAX_IMAGE ? null : user.image;
  return { data: { ...user, name, image } };
};

/** A database hook for changes of users: refuses what does not fit, or is no text. */
export const checkFields = async ({ name, email, image }: { [Field in keyof NewUser]?: unknown }): Promise<void> => {
  check(name, MAX_NAME, "INVALID_NAME", `Use at most ${MAX_NAME} characters.`);
  check(email, MAX_EMAIL, "INVALID_EMAIL", "Invalid email");
  check(image, MAX_IMAGE, "INVALID_IMAGE", `Use an address of at most ${MAX_IMAGE} characters.`);
};

const check = (value: unknown, max: number, code: string, message: string): void => {
  const fits = value === undefined || value === null || (typeof value === "string" && value.length <= max);
  if (!fits) throw new APIError("BAD_REQUEST", { code, message });
};

/** Cuts a name between letters, so that none is halved. */
const cut = (name: string): string => {
  if (name.length <= MAX_NAME) return name;
  let short = "";
  for (const letter of name) {
    if (short.length + letter.length > MAX_NAME) break;
    short += letter;
  }
  return short;
};
