/** Latency, rate and availability as data; the report draws them. */

export interface Quantiles {
  readonly count: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly mean: number;
}

export interface PerformanceDetails {
  readonly operations: number;
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
  readonly durationMs: number;
  /** ok operations per second over the whole main phase. */
  readonly rate: number;
  /** ok / (ok + fail + info), 0..1; a definite "no" such as a cas that found another value counts as answered. */
  readonly availability: number;
  /** Availability while at least one fault was active; null when there was none. */
  readonly availabilityUnderFault: number | null;
  /** The longest time without one ok operation, and where it began (ms since the run began). */
  readonly longestOutageMs: number;
  readonly longestOutageAtMs: number;
  readonly byF: {
    readonly [f: string]: {
      readonly ok: number;
      readonly fail: number;
      readonly info: number;
      readonly latency: Quantiles | null;
    };
  };
  /** Error name -> how often. */
  readonly errors: { readonly [error: string]: number };
  /** Width of a window in ms, chosen from the length of the history so that there are 20 to 120 of them. */
  readonly windowMs: number;
  /** One row per window, f and outcome that has operations completing in it. */
  readonly windows: readonly {
    readonly atMs: number;
    readonly f: string;
    readonly type: "ok" | "fail" | "info";
    readonly count: number;
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  }[];
}
