/** What a run happens in: processes of this machine, or a simulation of them on one thread. */

import type { System, Time } from "../../nemesis/index.js";
import type { Dial, Endpoint } from "./connection.js";

export interface World {
  readonly nodes: readonly { readonly name: string }[];
  /** What the nemesis may do to it. */
  readonly system: System;
  readonly time: Time;
  /** How clients reach the nodes of the reference store. */
  readonly dial: Dial;
  /** How clients of any other database do; absent: there is no network to dial into. */
  endpointOf?(node: string): Endpoint;
  /** Does the node answer now? Never rejects. */
  answers(node: string, timeoutMs: number): Promise<boolean>;
  /** At once and without waiting: for a second Ctrl-C and for a crash of ours. */
  killNow(): void;
  /** Idempotent. Afterwards nothing of it is left but files. */
  stop(): Promise<void>;
}
