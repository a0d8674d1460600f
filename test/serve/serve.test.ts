/** The catalogue by its addresses: what it hands out, and what it refuses. */

import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Served, serveRuns } from "../../src/serve/server.js";
import { EVENTS, HOSTILE, makeRun, textOf } from "./runs.js";

let out = "";
let served: Served;

beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), "kvtest-serve-"));
  makeRun(out, {
    id: "20261121T090000Z-register-leader-calm-s1",
    files: { "history.jsonl": textOf(EVENTS), "report.html": "<p>a report" },
  });
  makeRun(out, { id: "20261121T100000Z-set-leader-kill-s2", valid: "invalid", because: HOSTILE });
  writeFileSync(join(out, "secret.txt"), "not for you");
  mkdirSync(join(out, "no-run"));
  symlinkSync("20261121T100000Z-set-leader-kill-s2", join(out, "latest"));
  symlinkSync(tmpdir(), join(out, "20261121T100000Z-set-leader-kill-s2", "away"));
  symlinkSync(join(out, "secret.txt"), join(out, "20261121T100000Z-set-leader-kill-s2", "logs", "linked.log"));
  served = await serveRuns({ out, host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await served.close();
  rmSync(out, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** As sent: `fetch` would tidy a path such as `/runs/../x` before it leaves. */
const ask = (
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(served.url);
    const { body, ...rest } = options;
    const asked = request({ hostname, port, path, ...rest }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asked.on("error", reject);
    asked.end(body);
  });

const [FIRST, SECOND] = ["20261121T090000Z-register-leader-calm-s1", "20261121T100000Z-set-leader-kill-s2"];

test("the catalogue lists every run, its page and its files", async () => {
  const page = (await ask("/")).body.toString();
  expect(page).toContain(`href="/runs/${FIRST}"`);
  expect(page).toContain(`href="/runs/${SECOND}"`);
  expect(page).not.toContain("no-run");
  const run = await ask(`/runs/${FIRST}`);
  expect(run.status).toBe(200);
  expect(run.body.toString()).toContain(`/runs/${FIRST}/files/history.jsonl`);
  const history = await ask(`/runs/${FIRST}/files/history.jsonl`);
  expect(history.body.toString()).toBe(textOf(EVENTS));
  expect(history.headers["content-type"]).toContain("text/plain");
});

const NOWHERE = [
  "/runs/unknown",
  "/runs/latest",
  "/runs/no-run",
  "/runs/..%2f",
  "/runs/secret.txt",
  `/runs/${SECOND}/files/unknown.txt`,
  `/runs/${SECOND}/files/../../secret.txt`,
  `/runs/${SECOND}/files/..%2f..%2fsecret.txt`,
  `/runs/${SECOND}/files/%2e%2e/secret.txt`,
  `/runs/${SECOND}/files//etc/passwd`,
  `/runs/${SECOND}/files/logs`,
  `/runs/${SECOND}/files/logs/linked.log`,
  `/runs/${SECOND}/files/away/anything`,
  `/runs/${SECOND}/files/config.json%00.html`,
  "/runs/unknown/archive.tar.gz",
  "/runs/unknown/events",
  "/anything",
  "/assets/../package.json",
] as const;

for (const path of NOWHERE)
  test(`${path.replaceAll(SECOND, "RUN")} is not found, and nothing outside of runs is read`, async () => {
    const { status, body } = await ask(path);
    expect(status).toBe(404);
    expect(body.toString()).not.toContain("not for you");
    expect(body.toString()).not.toContain("root:");
  });

test("what a run brings with it is text, and its own pages are pages of nowhere", async () => {
  for (const path of [
    "/",
    `/runs/${SECOND}`,
    `/compare?run=${FIRST}&run=${SECOND}`,
    `/runs/${encodeURIComponent(HOSTILE)}`,
  ]) {
    const { body, headers } = await ask(path);
    expect(body.toString(), path).not.toContain("<img");
    expect(headers["content-security-policy"], path).toContain("script-src 'self'");
  }
  const report = await ask(`/runs/${FIRST}/files/report.html`);
  expect(report.headers["content-type"]).toContain("text/html");
  expect(report.headers["content-security-policy"]).toMatch(/^sandbox/);
  expect(report.headers["content-security-policy"]).not.toContain("allow-same-origin");
});

test("a host name that is not this server's gets nothing", async () => {
  const { port } = new URL(served.url);
  expect((await ask("/", { headers: { host: `evil.example:${port}` } })).status).toBe(421);
  expect((await ask("/", { headers: { host: `localhost:${port}` } })).status).toBe(200);
});

test("the archive is one that tar unpacks, long names and all", async () => {
  const long = `${"a".repeat(90)}.log`;
  const id = "20261121T110000Z-register-leader-calm-s3";
  makeRun(out, { id, files: { [`logs/${long}`]: "said", "history.jsonl": textOf(EVENTS), "empty.txt": "" } });
  const { body, headers } = await ask(`/runs/${id}/archive.tar.gz`);
  expect(headers["content-disposition"]).toContain(`${id}.tar.gz`);
  const dir = mkdtempSync(join(tmpdir(), "kvtest-tar-"));
  writeFileSync(join(dir, "a.tar.gz"), body);
  execFileSync("tar", ["-xzf", "a.tar.gz"], { cwd: dir });
  expect(readFileSync(join(dir, id, "history.jsonl"), "utf8")).toBe(textOf(EVENTS));
  expect(readFileSync(join(dir, id, "logs", long), "utf8")).toBe("said");
  expect(readFileSync(join(dir, id, "empty.txt"), "utf8")).toBe("");
  rmSync(dir, { recursive: true });
});

test("only a page of this server deletes, only a run that is over, and latest goes with it", async () => {
  const done = "20261121T120000Z-register-leader-calm-s4";
  const going = "20261121T130000Z-register-leader-calm-s5";
  const checking = "20261121T130000Z-register-leader-calm-s6";
  makeRun(out, { id: done });
  makeRun(out, { id: going, valid: null, age: 1 });
  makeRun(out, { id: checking, valid: null, age: 60 });
  rmSync(join(out, "latest"));
  symlinkSync(done, join(out, "latest"));
  const token = /name="token" value="([^"]+)"/.exec((await ask(`/runs/${done}`)).body.toString())?.[1] ?? "";
  expect(token.length).toBeGreaterThan(20);
  const origin = served.url.slice(0, -1);
  const remove = async (id: string, from: string, proof: string): Promise<number> => {
    const headers = { origin: from, "content-type": "application/x-www-form-urlencoded" };
    return (await ask(`/runs/${id}/delete`, { method: "POST", headers, body: `token=${proof}` })).status;
  };
  expect(await remove(done, "http://evil.example", token)).toBe(403);
  expect(await remove(done, "null", token)).toBe(403);
  expect(await remove(done, origin, "x".repeat(token.length))).toBe(403);
  expect((await ask(`/runs/${done}/delete`)).status).toBe(404);
  expect(await remove(going, origin, token)).toBe(409);
  expect(await remove(checking, origin, token)).toBe(409);
  expect(await remove("..", origin, token)).toBe(404);
  expect(existsSync(join(out, done))).toBe(true);
  expect(await remove(done, origin, token)).toBe(303);
  const left = readdirSync(out);
  expect(left.filter((name) => name.includes("s4") || name === "latest")).toEqual([]);
  expect(left).toContain(going);
  expect(left).toContain("secret.txt");
});

test("two runs that are over are compared, anything else is told", async () => {
  const both = (await ask(`/compare?run=${FIRST}&run=${SECOND}`)).body.toString();
  expect(both).toContain("ok operations a second");
  expect((await ask(`/compare?run=${FIRST}`)).status).toBe(400);
  expect((await ask(`/compare?run=${FIRST}&run=unknown`)).status).toBe(404);
});
