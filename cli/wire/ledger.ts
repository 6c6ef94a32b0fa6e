import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TrustLedger } from "../../coordination/ledger/ledger.ts";
import { openLmdbLedger } from "../../coordination/ledger/lmdb.ts";
import { memoryLedger } from "../../coordination/ledger/memory.ts";
import { shippedVoters } from "../../inference/voters/manifest.ts";
import { votersFolder } from "./identify.ts";
import { prepareHome } from "./settings.ts";
import { shippedPrior } from "./trust.ts";

const prior = () => shippedPrior(() => shippedVoters(votersFolder()).voters);

/** The ledger of a home folder. It is opened when first needed, and made with the first mark: most homes have none. */
export const ledgerIn = (home: string): TrustLedger => {
  const dir = join(home, "trust");
  let ledger: TrustLedger | undefined;
  const open = (): TrustLedger => (ledger ??= openLmdbLedger({ dir, prior: prior() }));
  const known = (): TrustLedger | undefined => ledger ?? (existsSync(dir) ? open() : undefined);
  return {
    add: (...marks) => {
      prepareHome(home);
      return open().add(...marks);
    },
    find: (...place) => known()?.find(...place),
    standing: (...key) => known()?.standing(...key),
    standings: () => known()?.standings() ?? [],
    history: () => known()?.history() ?? [],
    close: async () => {
      await ledger?.close();
      ledger = undefined;
    },
  };
};

export const ledgerInMemory = (): TrustLedger => memoryLedger(prior());
