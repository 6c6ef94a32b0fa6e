import { memoryRaftStore } from "../../../coordination/raft/store-memory.ts";
import { raftStoreContract } from "./contract.ts";

raftStoreContract("the Raft store in memory", async () => {
  const store = memoryRaftStore();
  return {
    store,
    crash: async () => {
      for (const node of [1, 2, 3]) store.load(node);
      return store;
    },
    dispose: () => store.close(),
  };
});
