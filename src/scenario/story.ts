/** A story as data: on which cluster, what is done, what one is to see, and what every replica then holds. */

/**
 * Under each key what the nodes hold, n1 first: a value as the shell shows it, "-" for nothing, "a & b" for siblings, and
 * "down" for a node that does not answer.
 */
export type Holds = { readonly [key: string]: readonly string[] };

export interface Step {
  /** What happens, and why it is worth a look. */
  readonly say: string;
  /** A line of the shell, and the node of the client that says it. Absent: somebody only looks, and time goes by. */
  readonly at?: string;
  readonly run?: string;
  /** What the shell answers, line by line. */
  readonly answers?: readonly string[];
  /** Waited for, so that a story does not depend on how fast the machine is. */
  readonly holds: Holds;
  /** Then it has to stay so for a while: what "for ever" looks like. */
  readonly stays?: true;
  /** Before it is done: time for connections to notice what happened before. */
  readonly pauseMs?: number;
}

export interface Act {
  /** Flags of `kvtest nodes`, as commander names them. */
  readonly cluster: { readonly mode: string; readonly [flag: string]: string };
  readonly say: string;
  readonly steps: readonly Step[];
}

export interface Story {
  readonly name: string;
  readonly title: string;
  readonly acts: readonly Act[];
  /** What is to be remembered. */
  readonly moral: string;
}
