/** Delta debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002) of parts. */

import type { Part } from "./part.js";

export interface Aim {
  /** Positions whose effect must stay as long as it counts what the one at `position` saw. */
  readonly required: (position: number) => readonly number[];
  /** Whether a part still proves what it has to. */
  readonly proves: (part: Part) => boolean;
  /** What is tried first. */
  readonly order: "oldest first" | "newest first";
}

/** What can be taken away alone: what was seen at a position, or the effect of it. */
interface Half {
  readonly position: number;
  readonly is: "seen" | "made";
}

/** Takes away ever smaller pieces. Without any one more of what is left, and what saw it, nothing is proven. */
export function minimize(part: Part, aim: Aim): Part {
  let smallest = part;
  let halves = halvesOf(part, aim);
  for (let size = Math.ceil(halves.length / 2); size >= 1; ) {
    let shrunk = false;
    for (let at = 0; at < halves.length; ) {
      const rest = without(smallest, halves.slice(at, at + size), aim);
      if (aim.proves(rest)) {
        [smallest, halves, shrunk] = [rest, halvesOf(rest, aim), true];
      } else {
        at += size;
      }
    }
    if (size === 1 && !shrunk) break;
    size = size === 1 ? 1 : Math.ceil(Math.min(size, Math.max(1, halves.length)) / 2);
  }
  return smallest;
}

function halvesOf({ made, seen }: Part, { order }: Aim): readonly Half[] {
  const direction = order === "oldest first" ? 1 : -1;
  return [
    ...[...seen].map((position): Half => ({ position, is: "seen" })),
    ...[...made].map((position): Half => ({ position, is: "made" })),
  ].sort((a, b) => direction * (a.position - b.position));
}

/** Takes halves away, and whatever saw what is no longer there. A cas without its effect is nothing. */
function without(part: Part, halves: readonly Half[], { required }: Aim): Part {
  const made = new Set(part.made);
  const seen = new Set(part.seen);
  for (const { position, is } of halves) {
    seen.delete(position);
    if (is === "made") made.delete(position);
  }
  for (const position of seen) {
    if (!required(position).every((source) => made.has(source))) seen.delete(position);
  }
  return { made, seen };
}
