import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { referenceFlaw } from "../../../inference/llama/model-reference.ts";
import { fetchModel, findStored, storedModels } from "../../../inference/llama/model-store.ts";
import { tinyGguf } from "../../support/tiny-gguf.ts";

const model = tinyGguf();
const sha256 = createHash("sha256").update(model).digest("hex");
let folder = "";
let server: Server;
let endpoint = "";
let asked: string[] = [];
/** What the server says that the checksum is. */
let stated = sha256;

const answer = (request: IncomingMessage, response: ServerResponse): void => {
  asked.push(`${request.method} ${request.url}`);
  const { pathname } = new URL(request.url ?? "", "http://server");
  if (pathname === "/v2/team/small/manifests/Q8_0") {
    response.end(JSON.stringify({ ggufFile: { rfilename: "small-q8.gguf", lfs: { sha256: stated } } }));
  } else if (pathname === "/team/small/resolve/main/small-q8.gguf") {
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const part = from === undefined ? model : model.subarray(Number(from), to ? Number(to) + 1 : undefined);
    response.writeHead(from === undefined ? 200 : 206, {
      "content-length": part.length,
      "accept-ranges": "bytes",
      "x-linked-etag": `"${stated}"`,
      ...(from === undefined
        ? {}
        : { "content-range": `bytes ${from}-${Number(from) + part.length - 1}/${model.length}` }),
    });
    response.end(request.method === "HEAD" ? undefined : part);
  } else response.writeHead(404).end();
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "swarm-store-"));
  asked = [];
  stated = sha256;
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

describe("a model by reference", () => {
  test.each(["hf:team/small:Q8_0", "hf:team/small/small-q8.gguf"])(
    "%s is downloaded with progress, checked, and then taken from the folder",
    async (reference) => {
      const seen: number[] = [];
      const found = await fetchModel(reference, {
        folder,
        endpoint,
        onProgress: ({ doneBytes, totalBytes }) => seen.push(doneBytes / totalBytes),
      });
      expect(found).toMatchObject({ reference, bytes: model.length, digest: `sha256:${sha256}` });
      expect(existsSync(found.file)).toBe(true);
      expect(seen.at(-1)).toBe(1);
      const before = asked.length;
      expect(await fetchModel(reference, { folder, endpoint })).toEqual(found);
      expect(asked.length).toBe(before);
      expect(storedModels(folder)).toEqual([found]);
    },
  );

  test("whose bytes are not what the server says is refused", async () => {
    stated = "0".repeat(64);
    await expect(fetchModel("hf:team/small:Q8_0", { folder, endpoint })).rejects.toMatchObject({
      code: "NO_MODEL",
      message: expect.stringContaining(`the server says sha256:${stated}; delete the file`),
    });
    expect(findStored("hf:team/small:Q8_0", folder)).toBeUndefined();
  });

  test("that the server does not have is told", async () => {
    await expect(fetchModel("hf:team/none:Q8_0", { folder, endpoint })).rejects.toMatchObject({
      code: "NO_MODEL",
      message: expect.stringMatching(/cannot download hf:team\/none:Q8_0 from 127\.0\.0\.1:\d+ \(Cannot get/),
    });
  });

  test("without a network is told, with what to do", async () => {
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(
      fetchModel("hf:team/small:Q8_0", { folder, endpoint: `http://127.0.0.1:${port}` }),
    ).rejects.toMatchObject({
      code: "NO_MODEL",
      message: expect.stringMatching(/ECONNREFUSED.*connect to the network once, or put the file here/),
    });
    server = createServer(answer).listen(0, "127.0.0.1");
  });

  test("that was cut off since is downloaded again", async () => {
    const { file } = await fetchModel("hf:team/small:Q8_0", { folder, endpoint });
    rmSync(file);
    expect(findStored("hf:team/small:Q8_0", folder)).toBeUndefined();
    expect((await fetchModel("hf:team/small:Q8_0", { folder, endpoint })).file).toBe(file);
  });

  test("lies in the folder, whatever the list says", () => {
    const models = { "hf:team/small:Q8_0": { file: "../../other.gguf", bytes: 1, digest: "sha256:0" } };
    writeFileSync(join(folder, "models.json"), JSON.stringify({ version: 1, models }));
    expect(storedModels(folder)).toMatchObject([{ file: join(folder, "other.gguf") }]);
  });

  test("is found although the list of the folder is damaged", async () => {
    const found = await fetchModel("hf:team/small:Q8_0", { folder, endpoint });
    writeFileSync(join(folder, "models.json"), "{");
    expect(await fetchModel("hf:team/small:Q8_0", { folder, endpoint })).toEqual(found);
  });

  test("whose connection breaks in the middle is not taken for whole", async () => {
    let broken = 0;
    server.removeAllListeners("request");
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      if (broken < 2 && request.method === "GET" && request.url?.startsWith("/team/") === true) {
        broken += 1;
        response.writeHead(200, { "content-length": model.length });
        response.write(model.subarray(0, 1000), () => response.destroy());
      } else answer(request, response);
    });
    await fetchModel("hf:team/small:Q8_0", { folder, endpoint }).catch(() => "refused");
    expect(broken).toBeGreaterThan(0);
    broken = 2;
    const found = await fetchModel("hf:team/small:Q8_0", { folder, endpoint });
    expect(found.digest).toBe(`sha256:${sha256}`);
  });

  test("can be given up while it waits", async () => {
    server.removeAllListeners("request");
    const given = new AbortController();
    server.on("request", () => given.abort("enough"));
    await expect(fetchModel("hf:team/small:Q8_0", { folder, endpoint, signal: given.signal })).rejects.toBe(
      "enough",
    );
  });

  test.each([
    ["hf:team/small", undefined],
    ["hf:team/small:Q4_K_M", undefined],
    ["hf:team/small/sub/file-00001-of-00002.gguf#v1.0", undefined],
    ["hf:team", "names no model"],
    ["hf:../small", "names no model"],
    ["hf:team/../../etc/passwd.gguf", "names no model"],
    ["hf:team/small/readme.md", "names no model"],
    ["hf:team/small:Q4 K", "names no model"],
  ])("%s", (reference, flaw) => {
    if (flaw === undefined) expect(referenceFlaw(reference)).toBeUndefined();
    else expect(referenceFlaw(reference)).toContain(flaw);
  });
});
