/** The replica's one argument: its NodeConfig as JSON, or a list of everything that is wrong with it. */

import { findBug } from "./protocol/bugs.js";
import { isArray, isCount, isObject, type JsonObject } from "./protocol/json.js";
import type { Json, NodeConfig, ProtocolConfig } from "./wire.js";

const PORT_MAX = 65_535;

export type Parsed =
  | { readonly ok: true; readonly config: NodeConfig }
  | { readonly ok: false; readonly problems: readonly string[] };

export function parseNodeConfig(text: string | undefined): Parsed {
  if (text === undefined) return { ok: false, problems: ["no argument: expected the node's configuration as JSON"] };
  let json: Json;
  try {
    json = JSON.parse(text) as Json; // JSON.parse returns any
  } catch (error) {
    return { ok: false, problems: [`the argument is not JSON: ${String(error)}`] };
  }
  if (!isObject(json)) return { ok: false, problems: ["the argument is not a JSON object"] };
  const problems = new Problems();
  checkNode(json, problems);
  if (problems.found.length > 0) return { ok: false, problems: problems.found };
  // Every field was checked one by one above.
  return { ok: true, config: json as unknown as NodeConfig };
}

class Problems {
  readonly found: string[] = [];

  expect(holds: boolean, field: string, value: Json | undefined, expected: string): void {
    if (!holds)
      this.found.push(`${field} is ${value === undefined ? "missing" : JSON.stringify(value)}, expected ${expected}`);
  }
}

function checkNode(node: JsonObject, problems: Problems): void {
  problems.expect(isName(node["name"]), "name", node["name"], "a name");
  problems.expect(isName(node["host"]), "host", node["host"], "an address");
  problems.expect(isPort(node["port"], 0), "port", node["port"], `0 (any) .. ${PORT_MAX}`);
  problems.expect(isPort(node["httpPort"], 0), "httpPort", node["httpPort"], `0 (any) .. ${PORT_MAX}`);
  problems.expect(isName(node["dataDir"]), "dataDir", node["dataDir"], "a folder");
  problems.expect(typeof node["fsync"] === "boolean", "fsync", node["fsync"], "true or false");
  problems.expect(Number.isSafeInteger(node["seed"]), "seed", node["seed"], "a whole number");
  const hardwareFile = node["hardwareFile"];
  problems.expect(hardwareFile === undefined || isName(hardwareFile), "hardwareFile", hardwareFile, "a file");
  const lives = node["lives"];
  problems.expect(lives === undefined || isCount(lives), "lives", lives, "a whole number, 0 or more");
  const unixSocket = node["unixSocket"];
  problems.expect(
    unixSocket === undefined || typeof unixSocket === "boolean",
    "unixSocket",
    unixSocket,
    "true or false",
  );
  const names = checkPeers(node, problems);
  const protocol = node["protocol"];
  if (isObject(protocol)) checkProtocol(protocol, names, problems);
  else problems.expect(false, "protocol", protocol, "an object");
  checkBug(node["bug"], protocol, problems);
}

/** All names of the cluster, this node's included. */
function checkPeers(node: JsonObject, problems: Problems): ReadonlySet<Json> {
  const names = new Set<Json>([node["name"] ?? null]);
  const peers = node["peers"];
  if (!isArray(peers)) {
    problems.expect(false, "peers", peers, "a list");
    return names;
  }
  for (const [i, peer] of peers.entries()) {
    const at = `peers[${i}]`;
    if (!isObject(peer)) {
      problems.expect(false, at, peer, "an object");
      continue;
    }
    const name = peer["name"];
    problems.expect(isName(name), `${at}.name`, name, "a name");
    problems.expect(!names.has(name ?? null), `${at}.name`, name, "a name that no other node has");
    problems.expect(isName(peer["host"]), `${at}.host`, peer["host"], "an address");
    problems.expect(isPort(peer["port"], 1), `${at}.port`, peer["port"], `1 .. ${PORT_MAX}`);
    const path = peer["path"];
    problems.expect(path === undefined || isName(path), `${at}.path`, path, "a Unix socket");
    names.add(name ?? null);
  }
  return names;
}

/** The fields of one protocol configuration, and the words for what is wrong with them. */
class Fields {
  readonly problems: Problems;
  /** All names of the cluster. */
  readonly names: ReadonlySet<Json>;
  readonly #protocol: JsonObject;

  constructor(protocol: JsonObject, names: ReadonlySet<Json>, problems: Problems) {
    this.#protocol = protocol;
    this.names = names;
    this.problems = problems;
  }

  expect(field: string, expected: string, holds: (value: Json | undefined) => boolean): void {
    const value = this.#protocol[field];
    this.problems.expect(holds(value), `protocol.${field}`, value, expected);
  }

  within(field: string, low: number, high: number): void {
    this.expect(field, `a whole number ${low} .. ${high}`, (v) => isCount(v) && v >= low && v <= high);
  }

  oneOf(field: string, allowed: readonly Json[]): void {
    const words = allowed.map((value) => JSON.stringify(value)).join(" or ");
    this.expect(field, words, (value) => allowed.includes(value ?? null));
  }

  /** One that is fenced holds only if whoever is elected has what was acknowledged. */
  failover(): void {
    this.oneOf("failover", ["manual", "naive", "fenced"]);
    if (this.#protocol["failover"] === "naive") return;
    this.within("writeQuorum", Math.floor(this.names.size / 2), this.names.size - 1);
    this.oneOf("readFrom", ["leader", "any"]);
  }

  /** N, where it makes sense. */
  replicas(): number {
    const replicas = this.#protocol["replicas"];
    return isCount(replicas) && replicas <= this.names.size ? replicas : this.names.size;
  }

  /** Checked only where it is there. */
  optional(field: string, check: () => void): void {
    if (this.#protocol[field] !== undefined) check();
  }
}

/** What every mode expects of its own fields; `checkTimes` has what all of them share. */
const MODES: { readonly [mode in ProtocolConfig["mode"]]: (fields: Fields) => void } = {
  leader: (fields) => {
    const nodes = fields.names.size;
    fields.expect("leader", "the name of a node", (value) => value !== undefined && fields.names.has(value));
    fields.within("writeQuorum", 0, nodes - 1);
    fields.within("readQuorum", 1, nodes);
    fields.oneOf("readFrom", ["leader", "any", "quorum"]);
    fields.optional("compactAfter", () => fields.within("compactAfter", 1, Number.MAX_SAFE_INTEGER));
    fields.optional("failover", () => fields.failover());
    fields.optional("isolation", () =>
      fields.oneOf("isolation", ["serializable", "snapshot", "read-committed", "read-uncommitted"]),
    );
  },
  quorum: (fields) => {
    const nodes = fields.names.size;
    const replicas = fields.replicas();
    fields.within("readQuorum", 1, replicas);
    fields.within("writeQuorum", 1, replicas);
    fields.oneOf("versioning", ["lww", "vector-clock"]);
    fields.oneOf("readRepair", [true, false]);
    fields.optional("replicas", () => fields.within("replicas", 1, nodes));
    fields.optional("virtualNodes", () => fields.within("virtualNodes", 1, 1024));
    fields.optional("siblings", () => fields.oneOf("siblings", ["lww", "merge"]));
    fields.optional("sloppyQuorum", () => fields.oneOf("sloppyQuorum", [true]));
    for (const each of ["hintedHandoffMs", "antiEntropyMs", "membershipMs", "tombstoneGcMs"]) {
      fields.optional(each, () => fields.expect(each, "milliseconds, more than 0", (v) => isTime(v) && v > 0));
    }
    fields.optional("tombstones", () => fields.oneOf("tombstones", [false]));
    fields.optional("tombstoneConfirm", () => fields.oneOf("tombstoneConfirm", [false]));
    fields.optional("versionsMax", () => fields.within("versionsMax", 1, 1_000_000));
  },
  gossip: (fields) => {
    fields.oneOf("propagation", ["strong", "eventual"]);
    fields.oneOf("versioning", ["none", "counter", "timestamp", "vector-clock"]);
    fields.expect("antiEntropyMs", "null or milliseconds, more than 0", (v) => v === null || (isTime(v) && v > 0));
  },
  sequencer: (fields) => {
    const nodes = fields.names.size;
    fields.expect("sequencer", "the name of a node", (value) => value !== undefined && fields.names.has(value));
    fields.oneOf("consistency", ["linearizable", "eventual"]);
    fields.within("writeQuorum", 1, nodes);
    fields.within("readQuorum", 1, nodes);
  },
  abd: () => undefined,
  raft: (fields) => {
    const isVoters = (value: Json | undefined): boolean =>
      isArray(value) && value.length > 0 && value.every((name) => fields.names.has(name));
    fields.expect(
      "electionTimeoutMs",
      "[low, high] in milliseconds, low more than 0",
      (v) => isSpan(v) && isPositive(v),
    );
    fields.expect("heartbeatMs", "milliseconds, more than 0", (v) => isTime(v) && v > 0);
    fields.oneOf("preVote", [true, false]);
    fields.oneOf("read", ["index", "lease"]);
    fields.expect("leaseClockBound", "null or a part, 0 .. less than 1", (v) => v === null || (isTime(v) && v < 1));
    fields.within("snapshotEvery", 1, Number.MAX_SAFE_INTEGER);
    fields.optional("voters", () => fields.expect("voters", "names of nodes, at least one", isVoters));
  },
};

function checkProtocol(protocol: JsonObject, names: ReadonlySet<Json>, problems: Problems): void {
  const fields = new Fields(protocol, names, problems);
  const mode = protocol["mode"];
  if (typeof mode !== "string" || !Object.hasOwn(MODES, mode)) {
    fields.oneOf("mode", Object.keys(MODES));
    return;
  }
  MODES[mode as ProtocolConfig["mode"]](fields); // it is one of its keys
  checkTimes(fields);
}

function checkTimes(fields: Fields): void {
  fields.expect("replicationDelayMs", "null or [low, high] in milliseconds", (v) => v === null || isSpan(v));
  fields.expect("txnStepDelayMs", "[low, high] in milliseconds", (v) => v === undefined || isSpan(v));
  fields.expect("quorumTimeoutMs", "milliseconds, more than 0", (v) => isTime(v) && v > 0);
}

/** Absent: none. */
function checkBug(bug: Json | undefined, protocol: Json | undefined, problems: Problems): void {
  if (bug === undefined) return;
  const found = typeof bug === "string" ? findBug(bug) : null;
  const mode = isObject(protocol) ? protocol["mode"] : undefined;
  problems.expect(found !== null && found.mode === mode, "bug", bug, `a planted bug of mode ${JSON.stringify(mode)}`);
}

function isName(json: Json | undefined): json is string {
  return typeof json === "string" && json.length > 0;
}

function isPort(json: Json | undefined, low: number): boolean {
  return isCount(json) && json >= low && json <= PORT_MAX;
}

function isSpan(json: Json | undefined): boolean {
  return isArray(json) && json.length === 2 && isTime(json[0]) && isTime(json[1]) && json[0] <= json[1];
}

/** Of a span: it begins after 0. */
function isPositive(json: Json | undefined): boolean {
  return isArray(json) && typeof json[0] === "number" && json[0] > 0;
}

/** Milliseconds that a timer can wait. */
function isTime(json: Json | undefined): json is number {
  return typeof json === "number" && json >= 0 && json < 2 ** 31;
}
