import { hash } from "node:crypto";

/** sha256 of a text, as hex. */
export const sourceDigest = (text: string): string => hash("sha256", text, "hex");
