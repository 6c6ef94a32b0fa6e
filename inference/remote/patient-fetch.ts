type Dispatcher = NonNullable<RequestInit["dispatcher"]>;

/** Where Node and the package `undici` keep what `fetch` sends requests with. Newer ones have a second place too, and keep this one. */
const dispatcherKey = Symbol.for("undici.globalDispatcher.1");

/**
 * Node's `fetch` without the limits of its own, 300 s until the headers of a reply and between two pieces of its body: a slow
 * endpoint may be given longer. All else stays Node's: connections and how long they take, proxies, certificates.
 */
export const patientFetch: typeof fetch = (input, init) => {
  const dispatcher = nodesDispatcher()?.compose?.(
    (dispatch) => (options, handler) => dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler),
  );
  return fetch(input, dispatcher === undefined ? init : { ...init, dispatcher });
};

/** Looked up for each request, since a program may replace it. */
const nodesDispatcher = (): Partial<Dispatcher> | undefined => {
  // Node makes it when it first needs one of its web classes.
  Reflect.get(globalThis, "Request");
  return Reflect.get(globalThis, dispatcherKey) as Partial<Dispatcher> | undefined;
};
