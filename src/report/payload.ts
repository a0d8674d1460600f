/** What the report puts into its page for the page's script: the shape that both sides agree on. */

import type { Columns } from "./plot/data.js";
import type { Packed } from "./packed.js";

export interface Payload {
  /** Seconds: the end of the time axis. */
  readonly seconds: number;
  /** Width that a plot needs on the left and on the right of its panels, px. */
  readonly left: number;
  readonly right: number;
  readonly plots: readonly {
    readonly id: string;
    /** A vega specification. */
    readonly spec: object;
    readonly data: { readonly [name: string]: Columns };
  }[];
  /** The plot on which every operation is a point: its panels' kinds of operations, and the bounds of its log scale, ms. */
  readonly scatter: { readonly fs: readonly string[]; readonly range: readonly [number, number] } | null;
  readonly faults: readonly FaultOnPage[];
  /** Invocation indexes of the operations that prove a violation. */
  readonly told: readonly number[];
  /** What the element `columns` holds, deflated and in base64. */
  readonly packed: Omit<Packed, "bytes">;
}

export interface FaultOnPage {
  readonly id: string;
  readonly kind: string;
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  /** Indexes of its events. */
  readonly begin: number;
  readonly end: number | null;
}
