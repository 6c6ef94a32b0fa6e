/** True under `npm run test:deep`: the long form of simulations, properties and crash tests. */
export const deep: boolean = process.env["SWARM_DEEP"] === "1";

/** How often to do something: `usual` in the ordinary test run, `long` in the deep one. */
export const often = (usual: number, long: number = usual * 10): number => (deep ? long : usual);
