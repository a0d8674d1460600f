/**
 * Which threads run what. A thread is a process modulo the number of threads: when a process is retired, its thread
 * goes on with the next process.
 */

import type { Context, Generator, Step } from "./generator.js";
import { mix, type Weighted } from "./mix.js";
import { DONE, earlier, nothing, pendingUntil, threadsOf, whenAsked } from "./step.js";

/** The child, on those threads that the predicate picks, with only their events. Exhausted where it picks none. */
export const onThreads = (picks: (thread: number) => boolean, child: Generator): Generator =>
  whenAsked((context) => on(threadsOf(context).filter(picks), context.processes.length, child));

/**
 * The first n threads of the context run the first child, the next n the second, ..., all others `rest`. Children of
 * several parts that have an operation now share in proportion to their threads. Nests: an inner one divides what the
 * outer one left to it.
 */
export const reserve = (
  seed: number,
  parts: readonly (readonly [threads: number, child: Generator])[],
  rest: Generator,
): Generator =>
  whenAsked((context) => {
    const threads = threadsOf(context);
    const count = context.processes.length;
    const wanted = parts.reduce((sum, [n]) => sum + n, 0);
    if (wanted > threads.length) throw new RangeError(`reserve: ${wanted} threads wanted, ${threads.length} present`);
    const choices: Weighted[] = [];
    let from = 0;
    for (const [n, child] of parts) {
      if (n > 0) choices.push([n, on(threads.slice(from, from + n), count, child)]);
      from += n;
    }
    if (from < threads.length) choices.push([threads.length - from, on(threads.slice(from), count, rest)]);
    return mix(seed, choices);
  });

/** The child on exactly these of `count` threads. */
export function on(threads: readonly number[], count: number, child: Generator): Generator {
  if (threads.length === 0) return nothing;
  const inside = new Set(threads);
  return within({ threads, inside, count }, child);
}

interface Group {
  readonly threads: readonly number[];
  readonly inside: ReadonlySet<number>;
  readonly count: number;
}

function within(group: Group, child: Generator): Generator {
  const self: Generator = {
    next(context) {
      const free = context.free.filter((process) => group.inside.has(process % group.count));
      const step = child.next({ time: context.time, free, processes: context.processes, threads: group.threads });
      if (step.is === "op") return { is: "op", op: step.op, next: within(group, step.next) };
      return step.is === "pending" && step.next !== undefined
        ? pendingUntil(step.until, within(group, step.next))
        : step;
    },
    update(event) {
      if (!group.inside.has(event.process % group.count)) return self;
      const after = child.update(event);
      return after === child ? self : within(group, after);
    },
  };
  return self;
}

/** A copy of the child, or a child of its own, for every thread; each hears of its own thread's events only. */
export const eachThread = (child: Generator | ((thread: number) => Generator)): Generator =>
  whenAsked((context) => {
    const threads = threadsOf(context);
    const count = context.processes.length;
    const place = new Map(threads.map((thread, i) => [thread, i]));
    const children = threads.map((thread) => (typeof child === "function" ? child(thread) : child));
    return together({ threads, count, place }, children, 0);
  });

interface Team {
  readonly threads: readonly number[];
  readonly count: number;
  /** thread -> its place in `threads` and in the children. */
  readonly place: ReadonlyMap<number, number>;
}

function together(team: Team, children: readonly Generator[], n: number): Generator {
  const self: Generator = {
    next: (context) => nextOfTeam(team, children, n, context),
    update(event) {
      const i = team.place.get(event.process % team.count);
      const child = i === undefined ? undefined : children[i];
      if (i === undefined || child === undefined) return self;
      const after = child.update(event);
      return after === child ? self : together(team, children.with(i, after), n);
    },
  };
  return self;
}

/** The first child, beginning with another one each time, that has an operation for its thread. */
function nextOfTeam(team: Team, children: readonly Generator[], n: number, context: Context): Step {
  const freeOf = new Map(context.free.map((process) => [process % team.count, process]));
  let until: number | null = null;
  let exhausted = 0;
  let after: readonly Generator[] = children;
  for (let k = 0; k < children.length; k++) {
    const i = (n + k) % children.length;
    const thread = team.threads[i];
    const child = children[i];
    if (thread === undefined || child === undefined) continue;
    const process = freeOf.get(thread);
    // A busy thread's child is asked as well: only so does it become known that all of them are exhausted.
    const free = process === undefined ? [] : [process];
    const step = child.next({ time: context.time, free, processes: context.processes, threads: [thread] });
    if (step.is === "op" && step.op.time <= context.time) {
      return { is: "op", op: step.op, next: together(team, after.with(i, step.next), i + 1) };
    }
    if (step.is === "done") exhausted++;
    else until = earlier(until, step.is === "op" ? step.op.time : step.until);
    if (step.is === "pending" && step.next !== undefined) after = after.with(i, step.next);
  }
  if (exhausted === children.length) return DONE;
  return pendingUntil(until, after === children ? undefined : together(team, after, n));
}
