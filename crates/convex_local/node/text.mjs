// URLs and encodings for realms, which have none of their own.
const PARTS = ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"];
const CHANGEABLE = new Set(PARTS.filter((name) => name !== "origin"));

function partsOf(url) {
  return JSON.stringify(Object.fromEntries(PARTS.map((name) => [name, url[name]])));
}

/** Returns the parts of a URL as JSON, or undefined if it is not valid. */
export function url(text, base) {
  if (!URL.canParse(text, base)) return undefined;
  return partsOf(new URL(text, base));
}

/** Returns the same with one part changed; undefined if the result is not a URL. */
export function changeUrl(href, name, value) {
  const changed = new URL(href);
  if (!CHANGEABLE.has(name)) return undefined;
  if (name === "href" && !URL.canParse(value)) return undefined;
  changed[name] = value;
  return partsOf(changed);
}

/** Decodes a name or value of a query. */
export function decodeForm(encoded) {
  return new URLSearchParams(`v=${encoded}`).get("v") ?? "";
}

const encoder = new TextEncoder();

export function encode(text) {
  return encoder.encode(text);
}

/** Returns the name of an encoding; throws for an unknown one. */
export function encodingOf(label) {
  return new TextDecoder(label).encoding;
}

export function decoder(encoding, flags) {
  return new TextDecoder(encoding, { fatal: flags.includes("f"), ignoreBOM: flags.includes("b") });
}

const plainDecoder = new TextDecoder();

export function decode(bytes, encoding, flags) {
  if (encoding === "utf-8" && flags === "") return plainDecoder.decode(bytes);
  return decoder(encoding, flags).decode(bytes);
}

export function fromBase64(text) {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}

export function toBase64(text) {
  try {
    return btoa(text);
  } catch {
    return undefined;
  }
}
