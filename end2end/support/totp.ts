import { createHmac } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * Returns the code that an authenticator app shows now for an `otpauth:` address (RFC 6238), or the code `later` steps
 * after it. A code works once, and the next one is already accepted.
 */
export function totp(uri: string, later = 0): string {
  const { searchParams } = new URL(uri);
  const period = Number(searchParams.get("period") ?? 30);
  const digits = Number(searchParams.get("digits") ?? 6);
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / period) + later));
  const mac = createHmac("sha1", base32(searchParams.get("secret") ?? "")).update(counter).digest();
  const number = mac.readUInt32BE(mac.readUInt8(19) & 15) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, "0");
}

function base32(text: string): Buffer {
  const bits = [...text].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
