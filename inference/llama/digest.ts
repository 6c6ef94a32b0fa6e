import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { SwarmError } from "../../coordination/protocol/errors.ts";

/** `sha256:HEX` of a model file, read as a stream. Throws `SwarmError` NO_MODEL where it cannot be read. */
export const modelDigest = async (file: string): Promise<string> => {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file)) if (Buffer.isBuffer(chunk)) hash.update(chunk);
  } catch (cause) {
    throw new SwarmError("NO_MODEL", `cannot read the model file ${file}; correct its path under models`, {
      cause,
    });
  }
  return `sha256:${hash.digest("hex")}`;
};
