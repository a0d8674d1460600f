/** What was tested and what was done to it, in words. */

import type { Json } from "../../checker/history/event.js";
import type { Fault } from "../../nemesis/fault.js";
import type { RunConfig } from "../config/config.js";
import type { ProtocolConfig } from "../replica/wire.js";
import { capital, count, counted, cut, duration, list, value } from "./words.js";

/** `leader n1; a write waits for 2 of 4 followers; reads from any replica`. */
export const describeProtocol = (protocol: ProtocolConfig, nodes: number): string => {
  const parts: string[] = [];
  if (protocol.mode === "leader") {
    const followers = nodes - 1;
    parts.push(`leader ${protocol.leader}`);
    if (protocol.writeQuorum === 0) parts.push("a write waits for no follower (asynchronous)");
    else if (protocol.writeQuorum >= followers)
      parts.push(`a write waits for all ${followers} followers (synchronous)`);
    else parts.push(`a write waits for ${protocol.writeQuorum} of ${followers} followers`);
    parts.push(
      protocol.readFrom === "leader"
        ? "reads from the leader"
        : protocol.readFrom === "any"
          ? "reads from any replica"
          : `reads from ${protocol.readQuorum} of ${nodes} replicas`,
    );
  } else {
    parts.push(`leaderless, N = ${nodes}, R = ${protocol.readQuorum}, W = ${protocol.writeQuorum}`);
    parts.push(protocol.versioning === "lww" ? "the last write wins" : "vector clocks with siblings");
    parts.push(protocol.readRepair ? "read repair on" : "read repair off");
  }
  if (protocol.replicationDelayMs !== null) {
    const [from, to] = protocol.replicationDelayMs;
    parts.push(`replication delayed by ${from} to ${to} ms`);
  }
  return parts.join("; ");
};

/** `register over 5 keys, values 0 to 4`. */
export const describeWorkload = (config: RunConfig): string => {
  const { name, keys, values, skew, opsPerKey } = config.workload;
  return [
    `${name} over ${counted(keys, "key")}`,
    ...(name === "register" ? [`values 0 to ${values - 1}`] : ["every written value distinct"]),
    ...(skew === 0 ? [] : [`skew ${skew}`]),
    ...(opsPerKey === null ? [] : [`a fresh key after ${count(opsPerKey)} operations`]),
  ].join(", ");
};

export const describeNemesis = (config: RunConfig): string => {
  const { faults, partitions, intervalMs } = config.nemesis;
  if (faults.length === 0) return "no faults";
  const names = faults.map((f) =>
    f === "partition" && partitions.length > 0 ? `partition (${partitions.join(", ")})` : f,
  );
  return `${list(names)}, one of a kind about every ${duration(intervalMs)}`;
};

/** The one line under the verdict. */
export const describeRun = (config: RunConfig): readonly string[] => [
  `${config.workload.name} on ${counted(config.nodes.length, "node")}`,
  ...describeProtocol(config.protocol, config.nodes.length).split("; "),
  config.nemesis.faults.length === 0 ? "no faults" : `faults: ${list(config.nemesis.faults)}`,
  counted(config.concurrency, "client"),
  ...(config.rate === null ? [] : [`${count(config.rate)} operations/s offered`]),
  duration(config.timeLimitMs),
  `seed ${config.seed}`,
];

/** A planned fault: `partition, halves: n1 hears not n3, n4`. */
export const describeFault = (fault: Fault): string => {
  if (fault.f === "partition")
    return fault.grudge === "isolate-leader"
      ? "cut the leader off from everyone"
      : `${fault.shape}: ${describeGrudge(fault.grudge)}`;
  if (fault.f === "delay")
    return `${counted(fault.links.length, "link")} slowed by ${fault.latencyMs} ± ${fault.jitterMs} ms`;
  const signal = { kill: "SIGKILL", pause: "SIGSTOP" }[fault.f];
  return `${signal} ${fault.who === "leader" ? "the leader" : list(fault.who)}`;
};

/** Receivers with the same senders are said once: `n1 and n2 do not hear n3, n4 and n5`. */
const describeGrudge = (grudge: { readonly [receiver: string]: readonly string[] }): string => {
  const groups = new Map<string, { readonly senders: readonly string[]; readonly receivers: string[] }>();
  for (const [receiver, senders] of Object.entries(grudge)) {
    if (senders.length === 0) continue;
    const name = senders.join("\n");
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { senders, receivers: [receiver] });
    else group.receivers.push(receiver);
  }
  const sentences = [...groups.values()].map(
    ({ senders, receivers }) =>
      `${list(receivers)} ${receivers.length === 1 ? "does" : "do"} not hear ${senders.join(", ")}`,
  );
  return sentences.length === 0 ? "nobody is cut off" : sentences.join("; ");
};

/** What a history recorded about a fault, whatever its shape: `nodes: n1, n2; heldBytes: 4,120`. */
export const describeRecord = (record: Json): string => {
  if (record === null) return "";
  if (typeof record === "string") return cut(record, 400);
  if (typeof record !== "object") return String(record);
  if (Array.isArray(record)) return cut(record.map((each) => describeRecord(each)).join(", "), 400);
  const parts = Object.entries(record)
    .filter(([name]) => name !== "bit")
    .map(([name, each]) =>
      name === "evidence" && typeof each === "string"
        ? each
        : name === "grudge" && isGrudge(each)
          ? describeGrudge(each)
          : `${name}: ${shortly(each)}`,
    );
  return cut(parts.join("; "), 600);
};

const shortly = (json: Json): string => {
  if (typeof json === "number") return count(json);
  if (typeof json === "string") return cut(json, 200);
  if (Array.isArray(json) && json.every((each) => typeof each === "string")) return json.join(", ");
  return value(json, 200);
};

const isGrudge = (json: Json): json is { readonly [receiver: string]: readonly string[] } =>
  json !== null &&
  typeof json === "object" &&
  !Array.isArray(json) &&
  Object.values(json).every((each) => Array.isArray(each) && each.every((name) => typeof name === "string"));

/** Heading of the page: `register on a leader store`. */
export const titleOf = (config: RunConfig | null, title: string): string => {
  if (config === null) return title;
  const { protocol, nemesis } = config;
  const what = protocol.mode === "leader" ? "leader" : `quorum R${protocol.readQuorum} W${protocol.writeQuorum}`;
  return `${capital(config.workload.name)}, ${what}${nemesis.faults.length === 0 ? "" : `, ${nemesis.faults.join(" + ")}`}`;
};
