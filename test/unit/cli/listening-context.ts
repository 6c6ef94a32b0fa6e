import type { CommandContext } from "../../../cli/context.ts";

/** A context that keeps what a command says. */
export const listeningContext = (
  cwd: string,
): { readonly context: CommandContext; readonly said: { result: string; notes: string[] } } => {
  const said = { result: "", notes: [] as string[] };
  const context: CommandContext = {
    settings: {
      home: `${cwd}/.swarm`,
      cwd,
      colour: false,
      models: { folder: `${cwd}/models` },
      environment: () => undefined,
    },
    output: {
      result: (text) => void (said.result += text),
      resultFromOutside: (text) => void (said.result += text),
      note: (line) => void said.notes.push(line),
      live: () => undefined,
      isLive: false,
      liveRows: 23,
      columns: 100,
      paint: (_, text) => text,
      resultColumns: 100,
      paintResult: (_, text) => text,
    },
    version: "0.0.0",
    signal: new AbortController().signal,
    stdin: () => Promise.resolve(new Uint8Array()),
  };
  return { context, said };
};
