import { parse } from "yaml";
import { z } from "zod";

const Words = z
  .union([z.string(), z.array(z.string())])
  .transform((words) => (typeof words === "string" ? [words] : words));

const Service = z.strictObject({
  image: z.string().optional(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  restart: z.string(),
  user: z.string().optional(),
  init: z.boolean().optional(),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  entrypoint: Words.optional(),
  command: Words.optional(),
  environment: z.record(z.string(), z.string()).default({}),
  expose: z.array(z.string()),
  ports: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  volumes: z.array(z.string()).default([]),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.enum(["service_started", "service_healthy"]) }))
    .default({}),
  healthcheck: z
    .strictObject({
      test: z.array(z.string()),
      interval: z.string(),
      timeout: z.string(),
      retries: z.number(),
    })
    .optional(),
});
export type Service = z.infer<typeof Service>;

const Compose = z.object({
  name: z.string(),
  services: z.record(z.string(), Service),
  networks: z.record(z.string(), z.unknown()),
  volumes: z.record(z.string(), z.unknown()),
});
export type Compose = z.infer<typeof Compose>;

/** Reads the compose file as Docker would; a key that it does not know is an error. */
export const readCompose = (text: string): Compose => Compose.parse(parse(text, { merge: true }));

export type Mount = {
  readonly service: string;
  readonly source: string;
  readonly target: string;
  readonly isReadOnly: boolean;
};

/** Mounts of files and folders beside the compose file, defaults of variables filled in. */
export const mountsOf = ({ services }: Compose): readonly Mount[] =>
  Object.entries(services).flatMap(([service, { volumes }]) =>
    volumes.map((volume) => {
      const [source = "", target = "", mode] = withDefaults(volume).split(":");
      return { service, source, target, isReadOnly: mode === "ro" };
    }),
  );

const withDefaults = (text: string): string => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1");
