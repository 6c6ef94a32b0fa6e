import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const program = "/usr/bin/chromium";

/**
 * Whether tests can have a browser. Where the program is missing it says so loudly and they are skipped; on CI it throws, or a broken
 * image would look like a pass.
 */
export const hasChromium = (): boolean => {
  if (existsSync(program)) return true;
  if (process.env["CI"] === "true") throw new Error(`${program} is missing; CI must install it`);
  process.stderr.write(`SKIPPED: ${program} is missing, so no report is opened in a browser.\n`);
  return false;
};

/** A browser without a window that asks nobody for anything by itself. */
export const startChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: program,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
