import { hash } from "node:crypto";

/** sha256 of a text in UTF-8, as hex. */
export const sha256 = (text: string): string => hash("sha256", text, "hex");

/** What tells one task source from another. */
export const sourceDigest = sha256;
