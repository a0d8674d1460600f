/** How a run in progress stands: what its page is told, again and again. */

export interface Live {
  readonly events: number;
  /** Seconds since the run began, by its last event. */
  readonly seconds: number;
  /** How long the clients run; healing and final reads follow. */
  readonly limitSeconds: number;
  readonly counts: { readonly ok: number; readonly fail: number; readonly info: number; readonly open: number };
  /** Completions in each second of the run. */
  readonly perSecond: {
    readonly ok: readonly number[];
    readonly fail: readonly number[];
    readonly info: readonly number[];
  };
  readonly faults: readonly LiveFault[];
  readonly nodes: readonly LiveNode[];
  /** null: of this workload, or of so long a run, they are not counted while it goes on. */
  readonly stale: { readonly stale: number; readonly reads: number } | null;
  /** The first contradiction that shows, in words. */
  readonly violation: string | null;
  readonly phase: "running" | "healed" | "checking" | "over";
}

export interface LiveFault {
  readonly id: string;
  readonly kind: string;
  /** Seconds; `to` null: it is active. */
  readonly from: number;
  readonly to: number | null;
  readonly what: string;
}

export interface LiveNode {
  readonly name: string;
  /** What active faults do to it; "" nothing. */
  readonly trouble: string;
  /** ok answers within the last five seconds. */
  readonly answers: number;
  /** The last thing that its log says. */
  readonly said: string;
}
