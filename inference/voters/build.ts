import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { finish } from "./finish.ts";
import { prepare } from "./prepare.ts";
import { VOTERS } from "./voters.ts";

/** `prepare SOURCE WORK`, `seeds`, `finish SOURCE WORK`: the TypeScript steps of build.sh. */
const [step = "", source = fileURLToPath(new URL(".", import.meta.url)), work = ""] = process.argv.slice(2);
if (step === "prepare") prepare(source, work);
else if (step === "seeds")
  process.stdout.write(VOTERS.map((voter, index) => `${voter} ${index + 1}\n`).join(""));
else if (step === "finish") finish(work, join(source, "models"));
else throw new RangeError(`build.ts knows no step "${step}"`);
