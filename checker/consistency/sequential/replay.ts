/** Is this an order of the history? Tried out operation by operation: what every `valid` rests on. */

import { NONE, type Programs } from "./programs.js";

/**
 * Whether the nodes, one after the other, are what registers would have done: each process in its order, every required
 * node once, every read the value last written.
 */
export const replays = (programs: Programs, nodes: readonly number[]): boolean => {
  const { program, start, key, from, to, required } = programs;
  const value = programs.initial.slice();
  const next = start.slice();
  for (const node of nodes) {
    const p = program[node] ?? 0;
    if (next[p] !== node) return false;
    next[p] = node + 1;
    const register = key[node] ?? 0;
    const [seen, written] = [from[node] ?? NONE, to[node] ?? NONE];
    if (seen !== NONE && seen !== value[register]) return false;
    if (written !== NONE) value[register] = written;
  }
  // Only an operation of unknown outcome may be missing, and it is the last of its process.
  return programs.processes.every((_, p) => {
    for (let node = next[p] ?? 0; node < (start[p + 1] ?? 0); node++) if (required[node] === 1) return false;
    return true;
  });
};
