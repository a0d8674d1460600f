/** The replica's one argument: its NodeConfig as JSON, or a list of everything that is wrong with it. */

import { isArray, isCount, isObject, type JsonObject } from "./protocol/json.js";
import type { Json, NodeConfig } from "./wire.js";

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
  const names = checkPeers(node, problems);
  const protocol = node["protocol"];
  if (isObject(protocol)) checkProtocol(protocol, names, problems);
  else problems.expect(false, "protocol", protocol, "an object");
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
    names.add(name ?? null);
  }
  return names;
}

function checkProtocol(protocol: JsonObject, names: ReadonlySet<Json>, problems: Problems): void {
  const nodes = names.size;
  const within = (field: string, low: number, high: number): void => {
    const value = protocol[field];
    const holds = isCount(value) && value >= low && value <= high;
    problems.expect(holds, `protocol.${field}`, value, `a whole number ${low} .. ${high}`);
  };
  const oneOf = (field: string, allowed: readonly Json[]): void =>
    problems.expect(
      allowed.includes(protocol[field] ?? null),
      `protocol.${field}`,
      protocol[field],
      allowed.map((value) => JSON.stringify(value)).join(" or "),
    );
  const mode = protocol["mode"];
  if (mode === "leader") {
    const leader = protocol["leader"];
    problems.expect(leader !== undefined && names.has(leader), "protocol.leader", leader, "the name of a node");
    within("writeQuorum", 0, nodes - 1);
    within("readQuorum", 1, nodes);
    oneOf("readFrom", ["leader", "any", "quorum"]);
    if (protocol["isolation"] !== undefined) {
      oneOf("isolation", ["serializable", "snapshot", "read-committed", "read-uncommitted"]);
    }
  } else if (mode === "quorum") {
    within("readQuorum", 1, nodes);
    within("writeQuorum", 1, nodes);
    oneOf("versioning", ["lww", "vector-clock"]);
    oneOf("readRepair", [true, false]);
  } else if (mode === "gossip") {
    oneOf("propagation", ["strong", "eventual"]);
    oneOf("versioning", ["none", "counter", "timestamp", "vector-clock"]);
    const every = protocol["antiEntropyMs"];
    const isEvery = every === null || (isTime(every) && every > 0);
    problems.expect(isEvery, "protocol.antiEntropyMs", every, "null or milliseconds, more than 0");
  } else if (mode === "sequencer") {
    const sequencer = protocol["sequencer"];
    const known = sequencer !== undefined && names.has(sequencer);
    problems.expect(known, "protocol.sequencer", sequencer, "the name of a node");
    oneOf("consistency", ["linearizable", "eventual"]);
    within("writeQuorum", 1, nodes);
    within("readQuorum", 1, nodes);
  } else {
    oneOf("mode", ["leader", "quorum", "gossip", "sequencer"]);
    return;
  }
  checkTimes(protocol, problems);
}

function checkTimes(protocol: JsonObject, problems: Problems): void {
  const delay = protocol["replicationDelayMs"];
  const isDelay = delay === null || isSpan(delay);
  problems.expect(isDelay, "protocol.replicationDelayMs", delay, "null or [low, high] in milliseconds");
  const step = protocol["txnStepDelayMs"];
  const isStep = step === undefined || isSpan(step);
  problems.expect(isStep, "protocol.txnStepDelayMs", step, "[low, high] in milliseconds");
  const timeout = protocol["quorumTimeoutMs"];
  problems.expect(isTime(timeout) && timeout > 0, "protocol.quorumTimeoutMs", timeout, "milliseconds, more than 0");
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

/** Milliseconds that a timer can wait. */
function isTime(json: Json | undefined): json is number {
  return typeof json === "number" && json >= 0 && json < 2 ** 31;
}
