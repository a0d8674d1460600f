/** What of the machine that a node runs on can be broken beside its processes and its links. */

import type { Journal, Target } from "../../nemesis/index.js";
import type { Launch } from "../client/database.js";
import type { ReadyLine } from "../replica/wire.js";

export type Hardware = Partial<
  Pick<Target, "setClock" | "readClock" | "setDisk" | "diskHits" | "diskTroubles" | "damage" | "damages" | "wipe">
>;

/** Of one node, there before it is first started. */
export interface Machine {
  readonly hardware: Hardware;
  /** The process as it has to be started so that its machine can be broken. */
  dressed(launch: Launch): Launch;
  /** One of its processes has ended: takes away what that left behind. */
  ended(pid: number): void;
  /** Once the node is gone for good: takes away what was put there. */
  close(): Promise<void>;
}

/** What a machine has to know of its node, which does not exist yet when the machine is made. */
export interface MachineOptions {
  /** null while it is down. */
  readonly pid: () => number | null;
  /** What it told when it was last ready. */
  readonly ready: () => ReadyLine | null;
  readonly journal: Journal;
  readonly logFile: string;
}

/** A node that is only told what is wrong, or about which nothing can be done, needs no dress. */
export const bareMachine = (hardware: Hardware): Machine => ({
  hardware,
  dressed: (launch) => launch,
  ended: () => undefined,
  close: () => Promise.resolve(),
});
