/** What the nodes say to each other where leaders may follow each other. */

import type { Json } from "../wire.js";
import { isArray, isCount, isObject } from "./json.js";
import { type Change, type Held, isChange, isHeld, isPlace, type Place } from "./leader-sequence.js";

export type Message =
  /** The leader: what follows `from`. Nothing at all: I still lead. */
  | {
      readonly is: "ship";
      readonly epoch: number;
      readonly beat: number;
      readonly from: Place;
      readonly changes: readonly Change[];
    }
  /** The leader: all that there is up to this place, instead of what you have. */
  | {
      readonly is: "snapshot";
      readonly epoch: number;
      readonly beat: number;
      readonly at: Place;
      readonly held: readonly Held[];
    }
  /** A follower, of the leader of this epoch: my last change, in my log. */
  | { readonly is: "have"; readonly epoch: number; readonly beat: number; readonly at: Place }
  /** I want to lead this epoch; `asks`: I only ask whether you would let me. */
  | {
      readonly is: "stand";
      readonly epoch: number;
      readonly at: Place;
      readonly asks: boolean;
      readonly urgent: boolean;
    }
  /** `epoch`: the one that was asked for; `promised`: the one below which I hear nobody. */
  | {
      readonly is: "vote";
      readonly epoch: number;
      readonly asks: boolean;
      readonly granted: boolean;
      readonly promised: number;
    };

export type Ship = Extract<Message, { readonly is: "ship" }>;
export type Snapshot = Extract<Message, { readonly is: "snapshot" }>;
export type Have = Extract<Message, { readonly is: "have" }>;
export type Stand = Extract<Message, { readonly is: "stand" }>;
export type Vote = Extract<Message, { readonly is: "vote" }>;

export function isMessage(json: Json): json is Message {
  if (!isObject(json) || !isCount(json["epoch"])) return false;
  const { is, beat, from, at, changes, held, asks, urgent, granted, promised } = json as {
    readonly [field: string]: Json | undefined;
  };
  if (is === "ship") return isCount(beat) && isPlace(from) && isArray(changes) && changes.every(isChange);
  if (is === "snapshot") return isCount(beat) && isPlace(at) && isArray(held) && held.every(isHeld);
  if (is === "have") return isCount(beat) && isPlace(at);
  if (is === "stand") return isPlace(at) && typeof asks === "boolean" && typeof urgent === "boolean";
  return is === "vote" && typeof asks === "boolean" && typeof granted === "boolean" && isCount(promised);
}
