import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Whether two secrets are the same, in a time that says nothing of where they differ. */
export function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** 22 characters of the keyed hash of a text. */
export function signatureOf(key: Uint8Array, purpose: string, text: string): string {
  return createHmac("sha256", key)
    .update(`${purpose}\n${text}`)
    .digest()
    .subarray(0, 18)
    .toString("base64url");
}
