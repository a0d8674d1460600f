/**
 * Anti-entropy: now and then a replica compares all that it shares with another one, from the root of a Merkle tree
 * down to the keys that differ, and both get the join. It needs no read, no hint and no memory of what went wrong.
 */

import type { Json, NodeName } from "../../wire.js";
import { digestOf } from "../digest.js";
import { draw } from "../draw.js";
import type { Effect } from "../protocol.js";
import { type Kit, tell } from "./kit.js";
import { DEPTH, differing, MerkleTree } from "./merkle.js";
import type { Message } from "./message.js";

type Heard<State extends Json> = Extract<Message<State>, { readonly is: "tree" | "leaf" | "want" }>;

export class AntiEntropy<State extends Json> {
  readonly timer = "anti-entropy";
  readonly #kit: Kit<State>;
  /** One for each other node: of the keys that both should hold. */
  readonly #trees = new Map<NodeName, MerkleTree>();
  #rounds = 0;

  constructor(kit: Kit<State>) {
    this.#kit = kit;
    this.rebuild();
  }

  start(effects: Effect[]): void {
    const { antiEntropyMs } = this.#kit.config;
    if (antiEntropyMs !== undefined) effects.push({ is: "timer", name: this.timer, afterMs: antiEntropyMs });
  }

  /** After who holds what has changed. */
  rebuild(): void {
    const { config, members, holdings } = this.#kit;
    if (config.antiEntropyMs === undefined) return;
    for (const peer of members.peers) this.#trees.set(peer, new MerkleTree());
    for (const [key, state] of holdings.entries()) this.changed(key, state);
  }

  /** A key is here otherwise than it was; null: no longer, or a tombstone so old that nobody needs to be told. */
  changed(key: string, state: State | null): void {
    const { members, placement } = this.#kit;
    if (this.#trees.size === 0) return;
    const digest = state === null ? null : digestOf({ key, state });
    const mine = placement.isReplica(members.self, key);
    for (const [peer, tree] of this.#trees) {
      if (mine && placement.isReplica(peer, key)) tree.set(key, digest);
    }
  }

  /** Begins to compare with one that the seed chooses. */
  round(effects: Effect[]): void {
    const { peers, seed, self } = this.#kit.members;
    const peer = peers[Math.floor(peers.length * draw(seed, this.#rounds++, `anti-entropy ${self}`))];
    if (peer !== undefined) tell(peer, { is: "tree", prefix: "", hashes: this.#treeOf(peer).hashesBelow("") }, effects);
    this.start(effects);
  }

  hear(from: NodeName, message: Heard<State>, effects: Effect[]): void {
    const tree = this.#treeOf(from);
    switch (message.is) {
      case "tree": {
        const { prefix, hashes } = message;
        if (prefix.length >= DEPTH) return;
        const parts = differing(prefix, hashes, tree.hashesBelow(prefix));
        const last = this.#kit.bug("quorum-merkle-last-missed") ? parts.filter((part) => !part.endsWith("f")) : parts;
        for (const part of last) this.#goDown(from, tree, part, effects);
        break;
      }
      case "leaf":
        this.#compare(from, tree.digestsOf(message.prefix), new Map(Object.entries(message.digests)), effects);
        break;
      case "want":
        for (const key of message.keys) this.#show(from, key, effects);
        break;
    }
  }

  #goDown(to: NodeName, tree: MerkleTree, prefix: string, effects: Effect[]): void {
    if (prefix.length < DEPTH) tell(to, { is: "tree", prefix, hashes: tree.hashesBelow(prefix) }, effects);
    else tell(to, { is: "leaf", prefix, digests: Object.fromEntries(tree.digestsOf(prefix)) }, effects);
  }

  /** Asks for what the other holds otherwise, and shows it what it lacks or holds otherwise. */
  #compare(
    from: NodeName,
    mine: ReadonlyMap<string, string>,
    theirs: ReadonlyMap<string, string>,
    effects: Effect[],
  ): void {
    const keys = [...theirs].filter(([key, digest]) => mine.get(key) !== digest).map(([key]) => key);
    if (keys.length > 0) tell(from, { is: "want", keys }, effects);
    const shown = new Set([...keys, ...[...mine.keys()].filter((key) => theirs.get(key) !== mine.get(key))]);
    for (const key of shown) this.#show(from, key, effects);
  }

  #show(to: NodeName, key: string, effects: Effect[]): void {
    const { holdings, delay } = this.#kit;
    const state = holdings.get(key);
    if (state === null) return;
    const message: Message<State> = { is: "store", op: null, key, state };
    effects.push(delay.send(to, message));
  }

  #treeOf(peer: NodeName): MerkleTree {
    return this.#trees.get(peer) ?? new MerkleTree();
  }
}
