/** The reference store as the program of a cluster. */

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Connection } from "../client/connection.js";
import type { NodeConfig, ProtocolConfig } from "../replica/wire.js";
import { hardwareOf } from "./hardware.js";
import { leadershipOf } from "../client/leadership.js";
import { electedLeader } from "./elected-leader.js";
import { freePorts } from "./free-ports.js";
import { bareMachine } from "./machine.js";
import { changesLeaders, changesMembers } from "../client/operator.js";
import type { NodeProgram } from "./program.js";

export interface ReferenceOptions {
  /** What is wrong with the machine of each node is said in `hardware/` below it. */
  readonly dir: string;
  readonly protocol: ProtocolConfig;
  readonly fsync: boolean;
  readonly seed: number;
  /** The planted bug of every node; absent: none. */
  readonly bug?: string;
  /** First node listens here, the next on the following ports (TCP base+2i, HTTP base+2i+1); null: any free ones. */
  readonly portBase: number | null;
  /** The others dial where it listens, so they must be told before it is there. Default: links know it later. */
  readonly isDialled?: boolean;
}

/** Unix sockets that are no files, and so are gone with their processes, are Linux's own. */
const HAS_ABSTRACT_SOCKETS = process.platform === "linux";

/** The program is spawned by path and never imported. From the TypeScript sources (tests) it is the built one. */
function replicaProgram(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const built = join(here, "../replica/main.js");
  return existsSync(built) ? built : join(here, "../../dist/src/replica/main.js");
}

export function referenceProgram(options: ReferenceOptions & { readonly nodes: readonly string[] }): NodeProgram {
  const { dir, protocol, fsync, seed, bug, portBase, isDialled = false, nodes } = options;
  const leadership = leadershipOf(protocol);
  const hardwareFile = (name: string): string => resolve(dir, "hardware", name);
  const lives = new Map<string, number>();
  return {
    launch(place, ready) {
      const before = lives.get(place.name) ?? 0;
      lives.set(place.name, before + 1);
      const config: NodeConfig = {
        name: place.name,
        host: place.host,
        port: ready?.port ?? place.port,
        httpPort: ready?.httpPort ?? (portBase === null ? 0 : place.port + 1),
        dataDir: place.dataDir,
        peers: place.peers,
        fsync,
        seed: seed + place.index,
        lives: before,
        protocol,
        hardwareFile: hardwareFile(place.name),
        unixSocket: HAS_ABSTRACT_SOCKETS,
        ...(bug === undefined ? {} : { bug }),
      };
      return { command: process.execPath, args: [replicaProgram(), JSON.stringify(config)] };
    },
    readyBy: "ready line",
    readyWithinMs: 15_000,
    async answers({ linked }, timeoutMs) {
      const opened = await Connection.open(linked, timeoutMs);
      if (opened.is !== "open") return false;
      opened.connection.close();
      return true;
    },
    ports(count) {
      if (portBase === null && isDialled) return freePorts(count);
      return Promise.resolve(Array.from({ length: count }, (_, i) => (portBase === null ? 0 : portBase + 2 * i)));
    },
    // It is told what is wrong with its machine.
    machine: async (place, { ready }) =>
      bareMachine(
        hardwareOf({
          file: hardwareFile(place.name),
          dataDir: place.dataDir,
          seed: seed + place.index,
          http: () => ({ host: place.host, port: ready()?.httpPort ?? 0 }),
        }),
      ),
    // One JSON value a line; the first of a peer says who it is, and without it a connection is good for nothing.
    framing: { by: "lines", spared: 1 },
    unixSockets: HAS_ABSTRACT_SOCKETS,
    leader:
      leadership === "nobody"
        ? null
        : leadership === "elected"
          ? electedLeader
          : () => Promise.resolve(leadership.always),
    operated: { members: changesMembers(protocol, nodes.length), leader: changesLeaders(protocol) },
  };
}
