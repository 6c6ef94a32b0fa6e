import type { PolicyConfig } from "../config.ts";
import type { Policy } from "../policy.ts";
import { fair } from "./fair.ts";
import { inOrder } from "./in-order.ts";

const MINUTE_MS = 60_000;

export const policyOf = (config: PolicyConfig = { type: "fair" }): Policy => {
  switch (config.type) {
    case "fair":
      return fair(config);
    case "fifo":
      return inOrder({ ...config, order: "arrival", strict: true, victims: "least-recent" });
    case "round-robin":
      return inOrder({ ...config, order: "tokens", strict: false, victims: "least-recent" });
    case "keep-alive":
      return inOrder({
        slots: 1,
        keepAliveMs: 5 * MINUTE_MS,
        ...config,
        order: "arrival",
        strict: false,
        victims: "by-name",
      });
    case "lru":
      return inOrder({ ...config, order: "arrival", strict: false, victims: "least-recent" });
  }
};
