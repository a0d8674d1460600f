/** What the nemesis may do to a cluster, known before there is one: a schedule can be refused before anything starts. */

import {
  CALL_TROUBLES,
  CUT_MODES,
  FILE_DAMAGES,
  findFaketime,
  mayHaveNetem,
  NETEM_DISTRIBUTIONS,
  type Network,
  programPath,
  SPACE_TROUBLES,
  type System,
} from "../../nemesis/index.js";
import type { OwnHardware, OwnProtocol } from "../config/config.js";
import type { ProtocolConfig } from "../replica/wire.js";
import { leadershipOf } from "../client/leadership.js";
import type { NetworkKind } from "../client/network.js";
import type { Hardware } from "./machine.js";
import { changesLeaders, changesMembers } from "../client/operator.js";

const never = (): Promise<never> => Promise.reject(new Error("this cluster was never started"));

const IN_NAMESPACES: Network = {
  cutModes: ["drop", "refuse", "reset"],
  packetEffects: mayHaveNetem() ? ["loss", "duplicate", "reorder"] : ["loss"],
  distributions: NETEM_DISTRIBUTIONS,
  ...(mayHaveNetem() ? { delay: never, corrupt: never } : {}),
  cut: never,
  heal: never,
  bandwidth: never,
  packet: never,
  counters: never,
};

const HANDS = {
  kill: never,
  terminate: never,
  start: never,
  pause: never,
  resume: never,
  state: never,
  processes: never,
  starve: never,
  starvedMs: never,
};

/** The reference store reads from a file what is wrong with its machine. */
const TOLD: Hardware = {
  setClock: never,
  readClock: never,
  setDisk: never,
  diskHits: never,
  damage: never,
  wipe: never,
};

const LINKS = {
  cutModes: CUT_MODES,
  cut: never,
  heal: never,
  delay: never,
  bandwidth: never,
  slowClose: never,
  corrupt: never,
  packet: never,
  counters: never,
};

/** The same hands as those of `Cluster.system`, by name; none of them moves anything. */
export function abilitiesOf(
  nodes: readonly string[],
  protocol: ProtocolConfig | Pick<OwnProtocol, "mode" | "hardware">,
  network: NetworkKind = "links",
): System {
  const hardware = protocol.mode === "own" ? ownHardware(protocol.hardware) : TOLD;
  return {
    targets: nodes.map((name) => ({ name, ...HANDS, ...hardware })),
    ...(network === "direct" ? {} : { network: network === "links" ? LINKS : IN_NAMESPACES }),
    ...(leadershipOf(protocol) === "nobody" ? {} : { leader: never }),
    ...(changesMembers(protocol, nodes.length) ? { remove: never, add: never, members: never } : {}),
    ...(changesLeaders(protocol) ? { promote: never } : {}),
  };
}

/** As far as what it takes is on this machine. */
function ownHardware(declared: OwnHardware = {}): Hardware {
  const { disk } = declared;
  return {
    damages: FILE_DAMAGES,
    damage: never,
    wipe: never,
    ...(declared.clock === undefined || whyNoHardware("clock", declared) !== null ? {} : { setClock: never }),
    ...(disk === undefined || whyNoHardware("disk", declared) !== null
      ? {}
      : { setDisk: never, diskHits: never, diskTroubles: disk === "libfiu" ? CALL_TROUBLES : SPACE_TROUBLES }),
  };
}

/** Why the clocks or disks of a database of one's own cannot be broken here; null: they can. */
export function whyNoHardware(part: "clock" | "disk", declared: OwnHardware = {}): string | null {
  const by = declared[part];
  if (by === undefined) return `the database does not say by what: hardware.${part}`;
  if (by === "libfaketime") return findFaketime() === null ? "libfaketime is not installed" : null;
  if (by === "libfiu")
    return programPath("fiu-run") === null || programPath("fiu-ctrl") === null ? "libfiu is not installed" : null;
  return process.getuid?.() === 0 ? null : "a small disk in memory takes root";
}
