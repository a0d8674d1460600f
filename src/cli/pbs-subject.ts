/** What `kvtest pbs` predicts from: published latencies, or those of a run or of a history from elsewhere. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { History } from "../../checker/history/operation.js";
import { delaysFromQuorums, type Measured, PUBLISHED_LATENCIES, uniform } from "../../checker/staleness/latencies.js";
import type { PublishedName } from "../../checker/staleness/latencies.js";
import type { Quorum, Simulation } from "../../checker/staleness/pbs.js";
import { measureVisibility, type Visibility } from "../../checker/staleness/visibility.js";
import { FILES, isRunFolder } from "../archive/files.js";
import { readHistoryFile } from "../archive/history-file.js";
import type { RunConfig } from "../config/config.js";
import type { ProtocolConfig } from "../replica/wire.js";
import { UsageError } from "./exit.js";

export interface PbsSubject {
  /** One line for people. */
  readonly from: string;
  readonly where: Omit<Simulation, "quorum" | "trials" | "draw">;
  /** What was measured beside; null for published latencies. */
  readonly visibility: Visibility | null;
  /** The quorum that made the latencies, where that is known and is one. */
  readonly own: Quorum | null;
  readonly replicas: number;
}

export const publishedSubject = (name: PublishedName): PbsSubject => ({
  from: `${name.toUpperCase()}, as published (Bailis et al., VLDB 2012)`,
  where: PUBLISHED_LATENCIES[name],
  visibility: null,
  own: null,
  replicas: 3,
});

/**
 * `measured`: the quorum that a file's latencies come from; a run's own is known.
 *
 * @throws UsageError with every problem
 */
export async function subjectFrom(path: string, measured: Quorum | null): Promise<PbsSubject> {
  if (path !== "-" && !existsSync(path)) throw refused(`${path}: no such file or folder`);
  const config = path !== "-" && isRunFolder(path) ? await configOf(path) : null;
  if (config !== null && measured !== null) throw refused("--measured: is of a file; a run says itself what it was");
  const file = config === null ? path : join(path, FILES.history);
  const read = await readHistoryFile(file, { allowTruncatedTail: config !== null });
  if (!read.ok) {
    throw new UsageError(
      `${file === "-" ? "standard input" : file} is not a history:`,
      read.problems.map(({ line, message }) => (line === 0 ? message : `line ${line}: ${message}`)),
    );
  }
  const [reads, writes] = [latenciesOf(read.history, "read"), latenciesOf(read.history, "write")];
  const lacking = [...(reads.length === 0 ? ["read"] : []), ...(writes.length === 0 ? ["write"] : [])];
  if (lacking.length > 0) throw refused(...lacking.map((f) => `${path}: no ${f} was answered, so there is no latency`));
  if (![...reads, ...writes].some((ms) => ms > 0)) throw refused(`${path}: its events have no times`);
  return {
    ...(config === null ? fileSubject(measured, reads, writes) : runSubject(config, reads, writes)),
    visibility: measureVisibility(read.history),
  };
}

type Sampled = Omit<PbsSubject, "visibility">;

function fileSubject(measured: Quorum | null, reads: readonly number[], writes: readonly number[]): Sampled {
  const { replicas, readQuorum, writeQuorum } = measured ?? { replicas: 1, readQuorum: 1, writeQuorum: 1 };
  return {
    from:
      measured === null
        ? `${counts(reads, writes)}, each taken as the round trip to one replica (--measured says otherwise)`
        : `${counts(reads, writes)} of N=${replicas}, R=${readQuorum}, W=${writeQuorum}`,
    where: {
      delays: delaysFromQuorums(
        { latenciesMs: writes, quorum: writeQuorum, replicas },
        { latenciesMs: reads, quorum: readQuorum, replicas },
      ),
    },
    own: measured,
    replicas: measured?.replicas ?? 3,
  };
}

/**
 * A node that is asked counts itself, and asks the others: of a quorum of q its client has seen the (q - 1)-th fastest of
 * the others. With a quorum of 1 it has seen none of them, and its own way to the node has to stand for theirs.
 */
function runSubject(config: RunConfig, reads: readonly number[], writes: readonly number[]): Sampled {
  const { protocol, nodes } = config;
  const others = nodes.length - 1;
  const quorums = quorumsOf(protocol, nodes.length);
  if (quorums === null) {
    throw refused(`${config.id} is of mode ${protocol.mode}, whose reads and writes wait for no quorum of replicas`);
  }
  const { readQuorum, writeQuorum, replicationDelayMs } = quorums;
  const seen = (latenciesMs: readonly number[], quorum: number): Measured =>
    quorum <= 1 || others < 1
      ? { latenciesMs, quorum: 1, replicas: 1 }
      : { latenciesMs, quorum: quorum - 1, replicas: others };
  const held = writeQuorum === 1 ? replicationDelayMs : null;
  // Reads that only a leader answers are no quorum's.
  const own =
    protocol.mode === "leader" && protocol.readFrom === "leader"
      ? null
      : { replicas: nodes.length, readQuorum, writeQuorum };
  const delay = held === null ? "" : `, and the injected ${held[0]}-${held[1]} ms`;
  return {
    from: `${counts(reads, writes)} of ${config.id}${delay}`,
    where: {
      delays: delaysFromQuorums(seen(writes, writeQuorum), seen(reads, readQuorum)),
      local: true,
      ...(held === null ? {} : { heldMs: uniform(...held) }),
    },
    own,
    replicas: nodes.length,
  };
}

/** How many replicas answer, the asked one included. null: it is another kind of protocol. */
function quorumsOf(
  protocol: RunConfig["protocol"],
  nodes: number,
): (Pick<Quorum, "readQuorum" | "writeQuorum"> & Pick<ProtocolConfig, "replicationDelayMs">) | null {
  switch (protocol.mode) {
    case "leader": {
      const { writeQuorum, readFrom, readQuorum, replicationDelayMs } = protocol;
      return { writeQuorum: writeQuorum + 1, readQuorum: readFrom === "quorum" ? readQuorum : 1, replicationDelayMs };
    }
    case "quorum":
      return protocol;
    case "gossip": {
      const { propagation, replicationDelayMs } = protocol;
      return { writeQuorum: propagation === "strong" ? nodes : 1, readQuorum: 1, replicationDelayMs };
    }
    case "sequencer":
    case "abd":
    case "raft":
    case "own":
    default:
      return null;
  }
}

const counts = (reads: readonly number[], writes: readonly number[]): string =>
  `latencies of ${reads.length} reads and ${writes.length} writes`;

const latenciesOf = ({ operations }: History, f: string): readonly number[] =>
  operations
    .filter((op) => op.f === f && op.type === "ok" && op.completedTime !== null)
    .map((op) => ((op.completedTime ?? op.invokedTime) - op.invokedTime) / 1e6);

async function configOf(dir: string): Promise<RunConfig> {
  const { readConfig } = await import("../archive/archive.js");
  const config = readConfig(dir);
  if (!config.ok) throw new UsageError(`${dir} is not a run's folder:`, config.problems);
  return config.value;
}

const refused = (...problems: readonly string[]): UsageError => new UsageError("cannot predict from this:", problems);
