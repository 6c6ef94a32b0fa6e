import { InvalidArgumentError } from "commander";
import { serversIn } from "../coordination/bus/nats-options.ts";
import { memoryBytesOf, sizePattern } from "./task/units.ts";

// What words of the command line mean. Each throws where its word makes no sense, and commander names the option.

export const input = (
  word: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => {
  const at = word.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("write it as name=value.");
  return { ...earlier, [word.slice(0, at)]: word.slice(at + 1) };
};

export const team = (
  word: string,
  earlier: readonly (readonly string[])[] = [],
): readonly (readonly string[])[] => [...earlier, word.split(",").map((name) => name.trim())];

export const whole = (word: string): number => {
  if (!/^\d{1,9}$/.test(word)) throw new InvalidArgumentError("write a whole number.");
  return Number(word);
};

/** So many of something that cannot be none. */
export const some = (word: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(word)) throw new InvalidArgumentError("write a whole number from 1.");
  return Number(word);
};

/** `9464`, or with an address of this machine, `0.0.0.0:9464`. */
export const metricsAddress = (word: string): { readonly host: string; readonly port: number } => {
  const [, host = "127.0.0.1", port = ""] = /^(?:\[?([\w.:-]+?)\]?:)?(\d{1,5})$/.exec(word) ?? [];
  if (port === "" || Number(port) > 65_535)
    throw new InvalidArgumentError("write a port from 0 to 65535, or address:port.");
  return { host, port: Number(port) };
};

export const memorySize = (word: string): number => {
  if (!sizePattern.test(word)) throw new InvalidArgumentError("write a size such as 512MB or 8GB.");
  return memoryBytesOf(word);
};

export const share = (word: string): number => {
  const value = Number(word);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError("write a number above 0, at most 1.");
  return value;
};

/** One NATS server or several with commas between them. Without a scheme the port tells that it is one. */
export const natsUrl = (word: string): string => {
  for (const server of word.split(",")) {
    const [, scheme, host, port] =
      /^(nats:\/\/|tls:\/\/)?(?:[^:@/\s]+(?::[^@/\s]*)?@)?(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?\/?$/i.exec(
        server.trim(),
      ) ?? [];
    const isServer = host !== undefined && (scheme ?? port) !== undefined && Number(port ?? 0) <= 65_535;
    if (!isServer) throw new InvalidArgumentError("write a server as nats://host:port.");
  }
  try {
    serversIn(word);
  } catch {
    throw new InvalidArgumentError("write % in a user, a password or a token as %25.");
  }
  return word;
};

/** Viewers know a profile by this ending; and it keeps a task file that was named by mistake from being overwritten. */
export const profileEnding = ".cpuprofile";

/** A file that a CPU profile can go to. The option takes the next word for it, be it the task. */
export const profileFile = (word: string): string => {
  if (!word.endsWith(profileEnding))
    throw new InvalidArgumentError(
      `write a file that ends in ${profileEnding}, such as --profile=run${profileEnding}, or put --profile behind the task.`,
    );
  return word;
};
