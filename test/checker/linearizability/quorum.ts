/** A replicated register as a leaderless store keeps it, in virtual time: what a run against such a store writes down. */

import type { Json, OpEvent } from "../../../checker/history/event.js";

export interface Store {
  readonly replicas: number;
  /** How many replicas a read asks, and a write waits for. */
  readonly readQuorum: number;
  readonly writeQuorum: number;
  readonly processes: number;
  readonly keys: number;
  readonly operations: number;
  /** Values written: 0 .. values - 1, again and again. */
  readonly values: number;
  readonly cas: boolean;
  /** Share of messages that come late, and how late at most. A client gives up after `timeout`, all in ms. */
  readonly late: number;
  readonly lateBy: number;
  readonly timeout: number;
  /** Of every `pauseEvery` ms, one replica (in turn) hears nothing for the first `pauseFor`. */
  readonly pauseEvery: number;
  readonly pauseFor: number;
  /** How far the clocks of the replicas are apart, ms. */
  readonly skew: number;
}

interface Version {
  readonly value: Json;
  /** Time and replica: the last writer wins. */
  readonly stamp: readonly [number, number];
}

const FIRST: Version = { value: null, stamp: [-1, -1] };
const later = (a: Version, b: Version): Version =>
  a.stamp[0] > b.stamp[0] || (a.stamp[0] === b.stamp[0] && a.stamp[1] >= b.stamp[1]) ? a : b;

/** The events of one run. */
export function quorumEvents(draw: () => number, store: Store): OpEvent[] {
  const int = (n: number): number => Math.floor(draw() * n);
  const events: OpEvent[] = [];
  const due: { at: number; order: number; act: () => void }[] = [];
  let [now, order, left, nextProcess] = [0, 0, store.operations, store.processes];
  const skews = Array.from({ length: store.replicas }, () => draw() * store.skew);
  const kept = Array.from({ length: store.replicas }, () => new Map<string, Version>());
  const after = (delay: number, act: () => void): void => {
    due.push({ at: now + delay, order: order++, act });
  };
  /** How long until this replica hears what reaches it now. */
  const deaf = (replica: number): number => {
    const into = now % store.pauseEvery;
    const paused = Math.floor(now / store.pauseEvery) % store.replicas === replica && into < store.pauseFor;
    return paused ? store.pauseFor - into : 0;
  };
  const hop = (): number => (draw() < store.late ? draw() * store.lateBy : 0.5 + draw() * 3);

  /** Asks all replicas; `enough` once so many have answered. */
  const ask = <T>(count: number, serve: (replica: number) => T, enough: (answers: readonly T[]) => void): void => {
    const answers: T[] = [];
    for (let replica = 0; replica < store.replicas; replica++) {
      const heard = (): void => {
        const answer = serve(replica);
        after(hop(), () => {
          answers.push(answer);
          if (answers.length === count) enough(answers);
        });
      };
      after(hop(), () => after(deaf(replica), heard));
    }
  };
  const read = (key: string, done: (value: Json) => void): void =>
    ask(
      store.readQuorum,
      (replica) => kept[replica]?.get(key) ?? FIRST,
      (answers) => done(answers.reduce(later, FIRST).value),
    );
  const write = (key: string, value: Json, done: () => void): void => {
    const by = int(store.replicas);
    const version: Version = { value, stamp: [now + (skews[by] ?? 0), by] };
    ask(
      store.writeQuorum,
      (replica) => kept[replica]?.set(key, later(kept[replica]?.get(key) ?? FIRST, version)),
      done,
    );
  };

  const next = (process: number): void => {
    if (left-- <= 0) return;
    const key = `k${int(store.keys)}`;
    const f = ["read", "read", "write", store.cas ? "cas" : "write"][int(4)] ?? "read";
    const asked: Json =
      f === "read" ? null : f === "write" ? int(store.values) : [int(store.values), int(store.values)];
    let open = true;
    const push = (type: OpEvent["type"], value: Json): void => {
      events.push({ index: events.length, time: Math.round(now * 1e6), process, type, f, key, value });
    };
    const end = (type: "ok" | "fail" | "info", value: Json): void => {
      if (!open) return;
      open = false;
      push(type, value);
      const who = type === "info" ? nextProcess++ : process;
      after(draw() * 8, () => next(who));
    };
    push("invoke", asked);
    after(store.timeout, () => end(f === "read" ? "fail" : "info", asked));
    if (f === "read") read(key, (value) => end("ok", value));
    else if (f === "write") write(key, asked, () => end("ok", asked));
    else {
      const [from, to] = asked as [Json, Json];
      read(key, (value) => (value === from ? write(key, to, () => end("ok", asked)) : end("fail", asked)));
    }
  };
  for (let process = 0; process < store.processes; process++) after(draw() * 8, () => next(process));

  while (due.length > 0) {
    let first = 0;
    for (const [i, one] of due.entries()) {
      const best = due[first];
      if (best !== undefined && (one.at < best.at || (one.at === best.at && one.order < best.order))) first = i;
    }
    const [one] = due.splice(first, 1);
    now = one?.at ?? now;
    one?.act();
  }
  return events;
}
