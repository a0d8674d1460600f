/** What was tested, in words; what was done to it is in fault-words. */

import type { RunConfig } from "../config/config.js";
import type { ProtocolConfig } from "../replica/wire.js";
import { isRegister } from "../workload/options.js";
import { capital, count, counted, duration, list } from "./words.js";

export { describeRecord } from "./fault-words.js";

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
  if (protocol.mode === "leader" && protocol.isolation !== undefined) parts.push(`isolation ${protocol.isolation}`);
  if (protocol.replicationDelayMs !== null) {
    const [from, to] = protocol.replicationDelayMs;
    parts.push(`replication delayed by ${from} to ${to} ms`);
  }
  return parts.join("; ");
};

/** `register over 5 keys, values 0 to 4`. */
export const describeWorkload = (config: RunConfig): string => {
  const { workload } = config;
  if (!isRegister(workload)) return [workload.name, ...Object.entries(workload).flatMap(setting)].join(", ");
  const { name, keys, values, skew, opsPerKey } = workload;
  return [
    `${name} over ${counted(keys, "key")}`,
    ...(name === "register" ? [`values 0 to ${values - 1}`] : ["every written value distinct"]),
    ...(skew === 0 ? [] : [`skew ${skew}`]),
    ...(opsPerKey === null ? [] : [`a fresh key after ${count(opsPerKey)} operations`]),
  ].join(", ");
};

/** `maxTxnLength: 4` -> `max txn length 4`. */
const setting = ([name, value]: readonly [string, unknown]): readonly string[] =>
  name === "name" ? [] : [`${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${String(value)}`];

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

/** Heading of the page: `register on a leader store`. */
export const titleOf = (config: RunConfig | null, title: string): string => {
  if (config === null) return title;
  const { protocol, nemesis } = config;
  const what = protocol.mode === "leader" ? "leader" : `quorum R${protocol.readQuorum} W${protocol.writeQuorum}`;
  return `${capital(config.workload.name)}, ${what}${nemesis.faults.length === 0 ? "" : `, ${nemesis.faults.join(" + ")}`}`;
};
