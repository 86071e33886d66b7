// The maximum lengths of a user's fields. Better Auth accepts any length. But the answer to a sign-in has a token with
// name and address in its headers, and if they are too long, no browser or proxy accepts it. The owner of an address
// could then take over an account that somebody else created with it, but never use it.

import { APIError } from "better-auth/api";

/** The maximum length of a name, in UTF-16 units. */
const MAX_NAME = 100;
/** The maximum length of a picture's address. */
const MAX_IMAGE = 2048;
/** The maximum length of an email address that mails reach (RFC 5321). */
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

/** A database hook for changes of users: refuses values that are too long or not text. */
export const checkFields = async ({ name, email, image }: { [Field in keyof NewUser]?: unknown }): Promise<void> => {
  check(name, MAX_NAME, "INVALID_NAME", `Use at most ${MAX_NAME} characters.`);
  check(email, MAX_EMAIL, "INVALID_EMAIL", "Invalid email");
  check(image, MAX_IMAGE, "INVALID_IMAGE", `Use an address of at most ${MAX_IMAGE} characters.`);
};

const check = (value: unknown, max: number, code: string, message: string): void => {
  const fits = value === undefined || value === null || (typeof value === "string" && value.length <= max);
  if (!fits) throw new APIError("BAD_REQUEST", { code, message });
};

/** Shortens a name without splitting a character. */
const cut = (name: string): string => {
  if (name.length <= MAX_NAME) return name;
  let short = "";
  for (const letter of name) {
    if (short.length + letter.length > MAX_NAME) break;
    short += letter;
  }
  return short;
};
