/** Where and how to connect. */
export type NatsBusOptions = {
  /** For example `nats://127.0.0.1:4222`, or `nats://user:password@one:4222,nats://two:4222` for a cluster, or `nats://token@one`. */
  readonly url: string;
  /** What the server calls this connection in its own log. */
  readonly name?: string;
  readonly credentials?: NatsCredentials;
  readonly connectTimeoutMs?: number;
  /** Between two attempts to reconnect; up to half as much again is added by chance. */
  readonly reconnectWaitMs?: number;
  /** Without end by default; then the bus closes with DISCONNECTED. */
  readonly maxReconnectAttempts?: number;
  /** How much may be published while the server is away. What is over is dropped and reported once an outage. */
  readonly maxOfflineBytes?: number;
};

/** What the server asks for, if it asks. */
export type NatsCredentials =
  | { readonly type: "password"; readonly user: string; readonly password: string }
  | { readonly type: "token"; readonly token: string };

/** The same in the words of the NATS package, which only the adapter itself may import. */
export const connectionOptions = (options: NatsBusOptions) => {
  const { name } = options;
  const { servers, credentials: written } = serversIn(options.url);
  const credentials = options.credentials ?? written;
  const waitMs = options.reconnectWaitMs ?? DEFAULT_RECONNECT_WAIT_MS;
  return {
    servers: [...servers],
    timeout: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: options.maxReconnectAttempts ?? -1,
    reconnectTimeWait: waitMs,
    reconnectJitter: Math.floor(waitMs / 2),
    pingInterval: PING_INTERVAL_MS,
    noAsyncTraces: true,
    ...(name === undefined ? {} : { name }),
    ...(credentials?.type === "password" ? { user: credentials.user, pass: credentials.password } : {}),
    ...(credentials?.type === "token" ? { token: credentials.token } : {}),
  };
};

/**
 * The servers that an address names, without the credentials in it. The package would not read those. Throws `URIError` where a percent
 * sign in them stands for nothing.
 */
export const serversIn = (
  url: string,
): { readonly servers: readonly string[]; readonly credentials?: NatsCredentials } => {
  let credentials: NatsCredentials | undefined;
  const servers = url.split(",").map((each) => {
    const [, scheme = "", user, password, host = each] =
      /^(\w+:\/\/)?(?:([^:@/]+)(?::([^@/]*))?@)?(.*)$/.exec(each.trim()) ?? [];
    if (user !== undefined) credentials ??= credentialsOf(user, password);
    return `${scheme}${host}`;
  });
  return credentials === undefined ? { servers } : { servers, credentials };
};

const credentialsOf = (user: string, password: string | undefined): NatsCredentials =>
  password === undefined
    ? { type: "token", token: decodeURIComponent(user) }
    : { type: "password", user: decodeURIComponent(user), password: decodeURIComponent(password) };

const DEFAULT_CONNECT_TIMEOUT_MS = 2_000;
const DEFAULT_RECONNECT_WAIT_MS = 100;
// Two unanswered pings end a half-open connection; the package's own two minutes would hide it from a whole run.
const PING_INTERVAL_MS = 10_000;
