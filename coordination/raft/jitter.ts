import type { NodeId } from "./types.ts";

/**
 * An election timeout in ticks, from (electionTicks, 2 electionTicks]. The same seed, node and draw give the same
 * timeout; each draw is new, since two nodes with fixed timeouts could split the vote for ever. The mixing is that
 * of MurmurHash3's finalizer.
 */
export const drawTimeout = (seed: number, node: NodeId, draw: number, electionTicks: number): number => {
  const hash = mix(mix(mix(seed | 0) ^ node) ^ draw);
  return electionTicks + 1 + (hash % electionTicks);
};

const mix = (value: number): number => {
  let hash = value + 0x9e3779b9;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};
