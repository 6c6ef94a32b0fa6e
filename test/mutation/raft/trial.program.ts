import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { raftStormOf } from "../../simulation/raft/storm.ts";
import { weatherRaft } from "../../simulation/raft/weather.ts";
import { explore } from "../../simulation/explore/explore.ts";
import { recoveries } from "../../simulation/explore/recovery.ts";
import { usualSettings } from "../../simulation/explore/settings.ts";
import { runScript } from "../../script/runner.ts";

// Tries one core, with or without a fault in it: prints what found it wrong, or nothing. Arguments: the project's root, how
// many seeds, and whom to ask: `storms`, `transcripts` or `explorer`.
const [root = ".", seeds = "0", judge = ""] = process.argv.slice(2);

const byTranscripts = (): string | undefined => {
  const folder = join(root, "test", "script", "raft");
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(".txt")) continue;
    const [failure] = runScript(readFileSync(join(folder, name), "utf8")).failures;
    if (failure !== undefined) return `transcript ${name}, ${failure}`;
  }
  return undefined;
};

const byStorms = (): string | undefined => {
  for (let seed = 0; seed < Number(seeds); seed += 1) {
    const { wrong } = weatherRaft(raftStormOf(seed));
    if (wrong !== null) return `seed ${seed}: ${wrong}`;
  }
  return undefined;
};

const byExplorer = (): string | undefined => {
  for (const setting of usualSettings) {
    const { found } = explore(setting, 60_000, recoveries(1_000));
    if (found !== null) return `${setting.name}: ${found.why} (${found.events.length} events)`;
  }
  return undefined;
};

const asked: Readonly<Record<string, () => string | undefined>> = {
  transcripts: byTranscripts,
  storms: byStorms,
  explorer: byExplorer,
};
const found = asked[judge]?.();
if (found !== undefined) process.stdout.write(`${found.split("\n")[0]?.slice(0, 300) ?? ""}\n`);
