import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { shippedVoters } from "../../inference/voters/manifest.ts";
import { fail, ok, type Finding } from "./finding.ts";

/** Whether the models that ship are all there, and are the bytes that the manifest names. Throws where there is no manifest. */
export const voterFinding = (folder: string): Finding => {
  const { voters } = shippedVoters(folder);
  const wrong = voters
    .filter(({ file, sha256 }) => sha256Of(join(folder, file)) !== sha256)
    .map(({ name }) => name);
  return wrong.length === 0
    ? ok("voters", `${voters.map(({ name }) => name).join(", ")}: as in the manifest`)
    : fail("voters", `${wrong.join(", ")}: missing or not what the manifest says`, "install swarm again");
};

const sha256Of = (file: string): string | undefined => {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch {
    return undefined;
  }
};
