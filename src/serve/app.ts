/**
 * The catalogue as a web application: addresses and answers. It changes nothing but by `delete`, and is meant for the
 * people at this machine.
 *
 * What comes from a run (names, keys, errors, logs, even its report) is a stranger's: it is text on our pages, and its
 * files are handed out in a sandbox, so that no script in one can act as a page of ours. Pages are for hosts that they
 * were asked for by name (against DNS rebinding), and deleting takes a token that only our pages know.
 */

import { randomBytes, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { type Context, Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { readConfig, readVerdict } from "../archive/archive.js";
import { filesOf, folderNamed, removeRun, standingOf } from "../archive/folder.js";
import { tarOf } from "../archive/tar.js";
import { bundled } from "../report/bundled.js";
import type { ComparedRun } from "../report/compare.js";
import { comparisonOf } from "../report/compare-page.js";
import { html } from "../report/html.js";
import { viewerPage } from "../report/viewer.js";
import { cut } from "../report/words.js";
import { catalogue } from "./catalogue.js";
import { cataloguePage } from "./catalogue-page.js";
import { notFound, pageOf } from "./layout.js";
import { LiveRun } from "./live.js";
import { runPage } from "./run-page.js";
import { SERVE_STYLE } from "./style.js";

export interface AppOptions {
  /** Where the runs are kept. */
  readonly out: string;
  /** Names by which a browser may call this server, with the port: `localhost:7777`. */
  readonly hosts: ReadonlySet<string>;
}

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/** Of a run's own files: a page among them may run its script, but as a page of nowhere. */
const SANDBOX = "sandbox allow-scripts allow-downloads";
const LOOK_MS = 500;
const WATCHERS_MAX = 50;

export const appOf = ({ out, hosts }: AppOptions): Hono => {
  const app = new Hono();
  const token = randomBytes(24).toString("base64url");
  app.use(async (c, next) => {
    if (!hosts.has((c.req.header("host") ?? "").toLowerCase())) return c.text("this host is not served here", 421);
    await next();
    c.header("X-Content-Type-Options", "nosniff");
    // Not `no-referrer`: a form of our own page would then come from the origin "null".
    c.header("Referrer-Policy", "same-origin");
    c.header("Cross-Origin-Resource-Policy", "same-origin");
    c.header("Cache-Control", "no-store");
    if (!c.res.headers.has("Content-Security-Policy")) c.header("Content-Security-Policy", POLICY);
    return undefined;
  });
  app.get("/", (c) => c.html(cataloguePage(catalogue(out, Date.now()), out)));
  app.get("/runs.json", (c) => c.json(catalogue(out, Date.now())));
  app.get("/assets/style.css", (c) => c.body(SERVE_STYLE, 200, { "Content-Type": "text/css; charset=utf-8" }));
  for (const name of ["catalogue", "live"] as const)
    app.get(`/assets/${name}.js`, async (c) =>
      c.body(await bundled(name), 200, { "Content-Type": "text/javascript; charset=utf-8" }),
    );
  // It has a policy of its own, stricter than ours, in its head.
  app.get("/view", async (c) =>
    c.html(await viewerPage(null), 200, { "Content-Security-Policy": "frame-ancestors 'none'" }),
  );
  app.get("/compare", (c) => compared(c, out));
  app.get("/runs/:id", (c) => {
    const found = folderOf(c, out);
    if (found === null) return c.html(notFound("such run"), 404);
    const { id, dir } = found;
    const config = readConfig(dir);
    const standing = standingOf(dir, Date.now());
    const run = {
      id,
      config: config.ok ? config.value : null,
      verdict: readVerdict(dir),
      standing,
      files: filesOf(dir),
      token,
    };
    return c.html(runPage(run));
  });
  app.get("/runs/:id/files/:path{.+}", (c) => file(c, out));
  app.get("/runs/:id/archive.tar.gz", (c) => archive(c, out));
  app.get("/runs/:id/events", watching(out));
  app.post("/runs/:id/delete", (c) => deleted(c, { out, hosts, token }));
  app.notFound((c) => c.html(notFound("such page"), 404));
  return app;
};

const folderOf = (c: Context, out: string): { readonly id: string; readonly dir: string } | null => {
  const id = c.req.param("id") ?? "";
  const dir = folderNamed(out, id);
  return dir === null ? null : { id, dir };
};

/** Known by what is in the folder: a path is compared with those that there are, never joined. */
const file = (c: Context, out: string): Response => {
  const found = folderOf(c, out);
  const path = c.req.param("path") ?? "";
  const known = found === null ? undefined : filesOf(found.dir).find((each) => each.path === path);
  if (found === null || known === undefined) return c.html(notFound("such file"), 404);
  const type = path.endsWith(".html") ? "text/html" : path.endsWith(".png") ? "image/png" : "text/plain";
  const stream = createReadStream(join(found.dir, ...known.path.split("/")), { end: Math.max(0, known.bytes - 1) });
  const headers = {
    "Content-Type": type === "image/png" ? type : `${type}; charset=utf-8`,
    "Content-Security-Policy": SANDBOX,
  };
  return known.bytes === 0 ? c.body("", 200, headers) : c.body(webStream(stream), 200, headers);
};

const archive = (c: Context, out: string): Response => {
  const found = folderOf(c, out);
  if (found === null) return c.html(notFound("such run"), 404);
  const { id, dir } = found;
  const files = filesOf(dir).map(({ path, ...rest }) => ({
    ...rest,
    name: `${id}/${path}`,
    file: join(dir, ...path.split("/")),
  }));
  const packed = Readable.from(tarOf(files)).on("error", (error) => gzip.destroy(error));
  const gzip = createGzip();
  return c.body(webStream(packed.pipe(gzip)), 200, {
    "Content-Type": "application/gzip",
    "Content-Disposition": `attachment; filename="${id.replace(/[^\w.+-]/g, "_")}.tar.gz"`,
  });
};

// Node's web streams and the DOM's are the same thing under two names.
const webStream = (stream: Readable): ReadableStream => Readable.toWeb(stream);

/** Server-sent events: how a run stands, twice a second, until it is over. */
const watching = (out: string): ((c: Context) => Response | Promise<Response>) => {
  let watchers = 0;
  return (c) => {
    const found = folderOf(c, out);
    const config = found === null ? null : readConfig(found.dir);
    if (found === null || config?.ok !== true) return c.html(notFound("such run"), 404);
    if (watchers >= WATCHERS_MAX) return c.text("too many are watching", 503);
    watchers++;
    const live = new LiveRun(found.dir, config.value);
    return streamSSE(c, async (stream) => {
      try {
        while (!stream.aborted) {
          const state = await live.look(Date.now());
          await stream.writeSSE({ data: JSON.stringify(state) });
          if (state.phase === "over" || folderNamed(out, found.id) === null) break;
          await stream.sleep(LOOK_MS);
        }
      } finally {
        watchers--;
      }
    });
  };
};

const compared = (c: Context, out: string): Response => {
  const ids = c.req.queries("run") ?? [];
  const runs = ids.slice(0, 2).map((id): ComparedRun | string => {
    const dir = folderNamed(out, id);
    if (dir === null) return `There is no run ${id}.`;
    const verdict = readVerdict(dir);
    const config = readConfig(dir);
    return verdict === null
      ? `${id} has no verdict yet.`
      : { name: id, verdict, config: config.ok ? config.value : null };
  });
  const [a, b] = runs;
  if (ids.length === 2 && typeof a === "object" && typeof b === "object") {
    const both = comparisonOf(a, b, (id) => html`<a href="/runs/${encodeURIComponent(id)}">${cut(id, 80)}</a>`);
    return c.html(pageOf({ title: "Two runs", script: null }, both));
  }
  const problems =
    ids.length === 2 ? runs.filter((run) => typeof run === "string") : [`${ids.length} runs were chosen.`];
  const body = html`<h1 class="plain">Two runs are needed</h1><ul>${problems.map((problem) => html`<li>${problem}</li>`)}</ul><p><a href="/">Choose two that are over</a>.</p>`;
  return c.html(
    pageOf({ title: "Two runs are needed", script: null }, body),
    problems.some((each) => each.startsWith("There is no")) ? 404 : 400,
  );
};

const deleted = async (
  c: Context,
  { out, hosts, token }: AppOptions & { readonly token: string },
): Promise<Response> => {
  const origin = c.req.header("origin") ?? "";
  const body = await c.req.parseBody();
  const given = Buffer.from(typeof body["token"] === "string" ? body["token"] : "");
  const expected = Buffer.from(token);
  const isOurs = hosts.has(origin.replace(/^https?:\/\//, "").toLowerCase());
  if (!isOurs || given.length !== expected.length || !timingSafeEqual(given, expected))
    return c.text("only a page of this server may delete", 403);
  const found = folderOf(c, out);
  if (found === null) return c.html(notFound("such run"), 404);
  if (!removeRun(out, found.id, Date.now())) return c.text("it is in progress", 409);
  return c.redirect("/", 303);
};
