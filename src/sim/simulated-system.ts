/** What the nemesis may do to a simulated cluster: the same capabilities as those of processes, as far as they make sense. */

import { type LinkCounters, type Network, sampleMs, type System, type Target, type Time } from "../../nemesis/index.js";
import { latestLeader, ledTerm, type Leadership } from "../client/leadership.js";
import { type Operator, operatedBy } from "../client/operator.js";
import type { Reply } from "../replica/wire.js";
import type { Simulation } from "../replica/protocol/simulate.js";

export interface SimulatedSystemOptions {
  readonly sim: Simulation;
  readonly nodes: readonly string[];
  readonly leadership: Leadership;
  /** Can nodes come and go, and be told to lead? */
  readonly operated: { readonly members: boolean; readonly leader: boolean };
  readonly time: Time;
  /** A node was killed: its connections break. */
  readonly onDown: (node: string) => void;
}

export function simulatedSystem(options: SimulatedSystemOptions): System {
  const { sim, nodes, leadership, operated, onDown } = options;
  return {
    targets: nodes.map((name) => targetOf(sim, name, onDown)),
    network: networkOf(sim),
    ...(leadership === "nobody" ? {} : { leader: async () => leaderNow(sim, nodes, leadership) }),
    ...operatedBy(operatorOf(options), operated),
  };
}

/** An operator asks as a client does. */
function operatorOf({ sim, nodes, time }: SimulatedSystemOptions): Operator {
  return {
    up: () => nodes.filter((node) => sim.isUp(node)),
    ask: (node, request, timeoutMs) =>
      new Promise((resolve) => {
        // An answer is a wake-up like any other, so it comes through the time; what nobody answers ends by it as well.
        const late = time.after(timeoutMs, () => resolve(null));
        const answered = (reply: Reply): void => {
          late();
          time.after(0, () => resolve(reply));
        };
        if (!sim.isUp(node) || request.op === "delay") resolve(null);
        else if (request.op === "promote") sim.promote(node, answered);
        else sim.request(node, request, answered);
      }),
    time,
  };
}

function leaderNow(
  sim: Simulation,
  nodes: readonly string[],
  leadership: Exclude<Leadership, "nobody">,
): string | null {
  if (leadership !== "elected") return leadership.always;
  return latestLeader(nodes.map((name) => ({ name, term: ledTerm(sim.health(name)) })));
}

function targetOf(sim: Simulation, name: string, onDown: (node: string) => void): Target {
  return {
    name,
    async kill() {
      sim.crash(name);
      onDown(name);
    },
    async start() {
      sim.start(name);
    },
    async pause() {
      sim.pause(name);
    },
    async resume() {
      sim.resume(name);
    },
    async state() {
      if (!sim.isUp(name)) return "gone";
      return sim.isPaused(name) ? "stopped" : "running";
    },
    async wipe() {
      return sim.wipe(name);
    },
  };
}

function networkOf(sim: Simulation): Network {
  return {
    async cut(from, to) {
      sim.cut(from, to);
    },
    async heal(from, to) {
      sim.heal(from, to);
    },
    async delay(from, to, latency) {
      sim.links.trouble(from, to, "delay", latency === null ? null : { extraMs: (draw) => sampleMs(latency, draw) });
    },
    async packet(from, to, effects) {
      sim.links.trouble(from, to, "packet", effects);
    },
    async counters() {
      return sim.links.counts().map(
        ({ heldMessages, ...counts }): LinkCounters => ({
          ...counts,
          // There are no connections between simulated nodes; what asked for one is a message that was held.
          heldConnections: heldMessages,
        }),
      );
    },
  };
}
