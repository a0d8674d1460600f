/** What the nodes of the raft protocol say to each other, and what they keep: entries and snapshots. */

import type { Json, MicroOp, NodeName, Session } from "../../wire.js";
import { isArray, isCount, isObject } from "../json.js";

/** What an entry does to the state of every replica that applies it. */
export type Command =
  /** Nothing: a leader's first entry, which commits all before it. */
  | { readonly op: "noop" }
  /** Who votes from this entry on, as soon as it is in a node's log. */
  | { readonly op: "voters"; readonly voters: readonly NodeName[] }
  | { readonly op: "write"; readonly key: string; readonly value: Json; readonly session?: Session }
  | { readonly op: "cas"; readonly key: string; readonly from: Json; readonly to: Json; readonly session?: Session }
  | { readonly op: "txn"; readonly ops: readonly MicroOp[]; readonly session?: Session };

export type Entry = { readonly at: number; readonly term: number; readonly command: Command };

/** The state after all entries up to `at`, and who voted then. */
export type Snapshot = {
  readonly at: number;
  readonly term: number;
  readonly voters: readonly NodeName[];
  readonly state: Json;
};

export type Message =
  /** Please vote for me in this term. `pre`: would you, if I asked? Nobody's term changes by that. */
  | {
      readonly is: "vote";
      readonly term: number;
      readonly lastAt: number;
      readonly lastTerm: number;
      readonly pre: boolean;
    }
  /** `asked`: the term of the question. */
  | {
      readonly is: "voted";
      readonly term: number;
      readonly asked: number;
      readonly pre: boolean;
      readonly granted: boolean;
    }
  /** These follow the entry `prevAt` of `prevTerm`. None: a heartbeat. */
  | Append
  /** What all entries up to its `at` have come to: for who is too far behind. */
  | { readonly is: "snapshot"; readonly term: number; readonly snapshot: Snapshot; readonly round: number }
  /** To both: my log is as yours up to `at`; not ok: it is not, try from `at` on. */
  | {
      readonly is: "appended";
      readonly term: number;
      readonly ok: boolean;
      readonly at: number;
      readonly round: number;
    }
  /**
   * To an append or a snapshot of an earlier term: there is a later one. No answer to the sender, who may lead that one
   * by now: it does not say that anybody has heard of this (P4).
   */
  | { readonly is: "late"; readonly term: number }
  /** Sent only where `raft-config-not-logged` is planted: who votes from now on. */
  | { readonly is: "voters"; readonly voters: readonly NodeName[] };

export type Append = {
  readonly is: "append";
  readonly term: number;
  readonly prevAt: number;
  readonly prevTerm: number;
  readonly entries: readonly Entry[];
  /** Entries up to here are committed. */
  readonly commit: number;
  /** Counts what a leader sends to all: who repeats it has heard of the leader since. */
  readonly round: number;
};

export function isMessage(json: Json): json is Message {
  if (!isObject(json)) return false;
  const { is, term, at, round, prevAt, prevTerm, entries, commit, snapshot, voters } = json as Fields;
  const { lastAt, lastTerm, pre, asked, granted, ok } = json as Fields;
  if (is === "voters") return isNames(voters);
  if (!isCount(term)) return false;
  if (is === "late") return true;
  if (is === "vote") return isCount(lastAt) && isCount(lastTerm) && typeof pre === "boolean";
  if (is === "voted") return isCount(asked) && typeof pre === "boolean" && typeof granted === "boolean";
  if (!isCount(round)) return false;
  if (is === "append") {
    return [prevAt, prevTerm, commit].every(isCount) && isArray(entries) && entries.every((each) => isEntry(each));
  }
  if (is === "snapshot") return isSnapshot(snapshot);
  return is === "appended" && typeof ok === "boolean" && isCount(at);
}

type Fields = { readonly [field: string]: Json | undefined };

export function isEntry(json: Json | undefined): json is Entry {
  // What a command says was checked when the client asked for it; nobody but a peer or the disk repeats it.
  return isObject(json) && isCount(json["at"]) && isCount(json["term"]) && isObject(json["command"]);
}

export function isSnapshot(json: Json | undefined): json is Snapshot {
  return (
    isObject(json) &&
    isCount(json["at"]) &&
    isCount(json["term"]) &&
    isNames(json["voters"]) &&
    json["state"] !== undefined
  );
}

export function isNames(json: Json | undefined): json is readonly NodeName[] {
  return isArray(json) && json.every((name) => typeof name === "string");
}
