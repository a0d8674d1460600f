/** What this machine can do for kvtest: everything is tried, not looked up. Nothing is left behind. */

import {
  closeSync,
  existsSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { availableParallelism, freemem, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { findFaketime } from "../../nemesis/index.js";
import { installOf, managerOf } from "./packages.js";

export interface Finding {
  readonly name: string;
  /** needed: without it `kvtest run` cannot work. useful: something else can. */
  readonly kind: "needed" | "useful";
  readonly is: "there" | "missing" | "broken";
  /** What was seen. */
  readonly says: string;
  /** What cannot be done without it; null where it is there. */
  readonly without: string | null;
  /** What brings it; null where it is there, or nothing can. */
  readonly install: string | null;
}

type Found = Omit<Finding, "name" | "kind">;

const NODE_MIN = [20, 19] as const;
const PORTS = 100;
const TRY_MS = 10_000;
const FSYNCS = 20;

export async function examine(): Promise<readonly Finding[]> {
  const isRoot = process.getuid?.() === 0;
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : null;
  const manager = managerOf(release, process.platform);
  const install = (what: string): string => installOf(what, manager, isRoot);
  const checks: readonly (readonly [name: string, kind: Finding["kind"], check: () => Promise<Found> | Found])[] = [
    ["Node.js", "needed", nodeVersion],
    [
      "shell",
      "needed",
      () => program(["/bin/sh", "-c", "echo ok"], "the guardian, which leaves no node behind", install("dash")),
    ],
    ["ports", "needed", ports],
    ["disk", "needed", disk],
    ["process states", "needed", () => processStates(install("procps"))],
    ["cores and memory", "useful", size],
    ["root", "useful", () => root(isRoot)],
    ["network namespaces", "useful", () => namespaces(isRoot, install("util-linux"))],
    ["tc netem", "useful", () => netem(isRoot, install("iproute2"))],
    ["nftables", "useful", () => nftables(isRoot, install("nftables"))],
    ["libfaketime", "useful", () => faketime(install("libfaketime"))],
    ["libfiu", "useful", () => failingCalls(install("libfiu"))],
    ["small disks", "useful", () => smallDisks(isRoot, install("util-linux"))],
    ["etcd", "useful", () => program(["etcd", "--version"], "a test of etcd", install("etcd"))],
    ["redis", "useful", () => program(["redis-server", "--version"], "a test of Redis", install("redis"))],
    ["Chromium", "useful", () => chromium(install("chromium"))],
  ];
  // One after another: some of them measure.
  const findings: Finding[] = [];
  for (const [name, kind, check] of checks) findings.push({ name, kind, ...(await safely(check)) });
  return findings;
}

async function safely(check: () => Promise<Found> | Found): Promise<Found> {
  try {
    return await check();
  } catch (error) {
    const says = `could not be tried: ${error instanceof Error ? error.message : String(error)}`;
    return { is: "broken", says, without: "nobody knows", install: null };
  }
}

const there = (says: string): Found => ({ is: "there", says, without: null, install: null });
const firstLine = (text: string): string => text.trim().split("\n")[0]?.trim().slice(0, 120) ?? "";

interface Tried {
  readonly is: Finding["is"];
  readonly out: string;
}

async function tried([command = "", ...args]: readonly string[]): Promise<Tried> {
  const { exitCode, failed, stdout, stderr, code } = await execa(command, args, {
    reject: false,
    stdin: "ignore",
    timeout: TRY_MS,
    forceKillAfterDelay: 500,
  });
  if (code === "ENOENT") return { is: "missing", out: "not found" };
  const words = firstLine(failed ? `${stderr}\n${stdout}` : `${stdout}\n${stderr}`);
  return failed ? { is: "broken", out: words || `exit code ${exitCode ?? "none"}` } : { is: "there", out: words };
}

/** Is it there, and does it run? */
async function program(words: readonly string[], what: string, install: string): Promise<Found> {
  const { is, out } = await tried(words);
  if (is === "there") return there(out || "runs");
  return { is, says: is === "missing" ? out : `does not run: ${out}`, without: `no ${what}`, install };
}

function nodeVersion(): Found {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isNew = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  if (isNew) return there(`${process.version} (${process.execPath})`);
  const least = NODE_MIN.join(".");
  return { is: "broken", says: process.version, without: `kvtest needs ${least} or newer`, install: "see nodejs.org" };
}

async function ports(): Promise<Found> {
  const servers: Server[] = [];
  try {
    for (let i = 0; i < PORTS; i++) servers.push(await listening());
    const range = "/proc/sys/net/ipv4/ip_local_port_range";
    const [from, to] = existsSync(range) ? readFileSync(range, "utf8").trim().split(/\s+/) : [];
    return there(`${PORTS} at once on 127.0.0.1${from === undefined ? "" : `, of ${from} to ${to}`}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const says = `${servers.length} of ${PORTS} on 127.0.0.1, then: ${why}`;
    return {
      is: "broken",
      says,
      without: "a cluster of n nodes needs about n × (n + 2) ports",
      install: "raise ulimit -n",
    };
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

const listening = (): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });

/** Space, and how long a sync takes: every acknowledged write of the reference store waits for one or two. */
function disk(): Found {
  const dir = mkdtempSync(join(tmpdir(), "kvtest-doctor-"));
  try {
    const file = openSync(join(dir, "synced"), "w");
    const took: number[] = [];
    for (let i = 0; i < FSYNCS; i++) {
      const began = performance.now();
      writeSync(file, "x".repeat(200));
      fdatasyncSync(file);
      took.push(performance.now() - began);
    }
    closeSync(file);
    took.sort((a, b) => a - b);
    const { bavail, bsize } = statfsSync(process.cwd());
    const freeGb = (bavail * bsize) / 1e9;
    const says = `${freeGb.toFixed(1)} GB free here; a sync takes ${(took[FSYNCS / 2] ?? 0).toFixed(2)} ms, at most ${(took.at(-1) ?? 0).toFixed(2)} ms`;
    if (freeGb >= 0.2) return there(says);
    return { is: "broken", says, without: "a run of a minute can write 100 MB", install: "free some space" };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function processStates(install: string): Promise<Found> {
  if (existsSync("/proc/self/stat")) return there("/proc");
  return program(["ps", "-o", "state=", "-p", String(process.pid)], "proof that a killed or paused node was", install);
}

const gb = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);

function size(): Found {
  return there(`${availableParallelism()} cores, ${gb(freemem())} of ${gb(totalmem())} GB free`);
}

function root(isRoot: boolean): Found {
  if (isRoot) return there("yes");
  const without =
    "only where user namespaces are allowed: network namespaces, netem and nftables. kvtest run needs none of them";
  return { is: "missing", says: "no", without, install: null };
}

/** In a network namespace of its own, so that nothing of this machine's network is touched. */
const inNamespace = (isRoot: boolean, script: string): readonly string[] => [
  "unshare",
  ...(isRoot ? [] : ["--user", "--map-root-user"]),
  "--net",
  "sh",
  "-c",
  script,
];

async function namespaces(isRoot: boolean, install: string): Promise<Found> {
  const { is, out } = await tried(inNamespace(isRoot, "echo ok"));
  if (is === "there") return there(isRoot ? "as root" : "as a user");
  return { is, says: out, without: "no nodes with networks of their own", install: is === "missing" ? install : null };
}

async function netem(isRoot: boolean, install: string): Promise<Found> {
  if ((await tried(["tc", "-V"])).is === "missing") {
    return { is: "missing", says: "no tc", without: "no loss, reordering or corruption of packets", install };
  }
  const { is, out } = await tried(inNamespace(isRoot, "ip link set lo up && tc qdisc add dev lo root netem delay 1ms"));
  if (is === "there") return there("delays packets");
  return {
    is: "broken",
    says: out,
    without: "no loss, reordering or corruption of packets",
    install: kernelHelp(isRoot),
  };
}

async function nftables(isRoot: boolean, install: string): Promise<Found> {
  if ((await tried(["nft", "--version"])).is === "missing") {
    return { is: "missing", says: "no nft", without: "no partitions by the firewall", install };
  }
  const { is, out } = await tried(inNamespace(isRoot, "nft add table inet kvtest && nft list tables"));
  if (is === "there") return there("takes rules");
  return { is: "broken", says: out, without: "no partitions by the firewall", install: kernelHelp(isRoot) };
}

const kernelHelp = (isRoot: boolean): string =>
  isRoot
    ? "the kernel lacks it (modprobe sch_netem nf_tables), or the container may not"
    : "sudo kvtest doctor tells more";

/** A date that is really another one: a wrapper that starts but changes nothing would do harm. */
async function faketime(install: string): Promise<Found> {
  const without = "no clocks that are wrong";
  const { is, out } = await tried(["faketime", "-f", "@2001-02-03 04:05:06", "date", "+%Y"]);
  const library = findFaketime();
  if (is === "there" && out === "2001" && library !== null) return there(`changes the clock of a process (${library})`);
  if (is === "there" && out === "2001")
    return { is: "broken", says: "its library is not where libraries are", without, install };
  return {
    is: is === "missing" ? "missing" : "broken",
    says: is === "there" ? `the clock stayed in ${out}` : out,
    without,
    install,
  };
}

/** A call that really fails: libraries that are loaded and change nothing would do harm. */
async function failingCalls(install: string): Promise<Found> {
  const without = "no disks of one's own database that fail";
  const reads = ["fiu-run", "-x", "-c", "enable name=posix/io/rw/read,failinfo=5", "cat", "/dev/null"];
  if ((await tried(["fiu-run", "-h"])).is === "missing") return { is: "missing", says: "not found", without, install };
  const { out } = await tried(reads);
  if (/Input\/output error/i.test(out)) return there("makes calls of a process fail");
  return { is: "broken", says: `the calls did not fail: ${out}`, without, install };
}

/** In a mount namespace of its own, so that nothing is left mounted. */
async function smallDisks(isRoot: boolean, install: string): Promise<Found> {
  const script =
    "mount -t tmpfs -o size=64k kvtest /mnt && ! head -c 100000 /dev/zero 2>/dev/null > /mnt/full && echo full";
  const { is, out } = await tried([
    "unshare",
    ...(isRoot ? [] : ["--user", "--map-root-user"]),
    "--mount",
    "sh",
    "-c",
    script,
  ]);
  if (is === "there" && isRoot) return there("fill up");
  const without = "no disks of one's own database that are really full";
  if (is === "missing") return { is, says: out, without, install };
  return { is: "broken", says: is === "there" ? "only root may mount them" : out, without, install: null };
}

async function chromium(install: string): Promise<Found> {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    const { is, out } = await tried([name, "--version"]);
    if (is === "there") return there(out);
  }
  const without = "kvtest's own tests of its pages are left out; the pages need no browser to be made";
  return { is: "missing", says: "not found", without, install };
}
