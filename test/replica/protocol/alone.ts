/** One core by itself: the test plays the peers, the clock and the disk, and looks at every effect. */

export { raftConfig } from "../../../src/hunt/recipes.js";
import type { BugName } from "../../../src/replica/protocol/bugs.js";
import { createCore } from "../../../src/replica/protocol/core.js";
import type { Core, Effect } from "../../../src/replica/protocol/protocol.js";
import type {
  GossipConfig,
  AbdConfig,
  Json,
  LeaderConfig,
  ProtocolConfig,
  QuorumConfig,
  Reply,
  Request,
  SequencerConfig,
} from "../../../src/replica/wire.js";

export class Alone {
  readonly #core: Core;
  nowMs = 0;
  clockMs = 1000;
  #ids = 0;
  /** Every entry that the core asked to be kept, in order. */
  readonly persisted: Json[];

  constructor(
    config: ProtocolConfig,
    self = "n1",
    persisted: readonly Json[] = [],
    peers = ["n1", "n2", "n3"],
    bug?: BugName,
  ) {
    this.#core = createCore(config, {
      self,
      peers: peers.filter((peer) => peer !== self),
      seed: 1,
      ...(bug === undefined ? {} : { bug }),
    });
    this.persisted = [...persisted];
    this.started = this.#step({ is: "start", entries: persisted, ...this.now() });
  }

  readonly started: readonly Effect[];

  now() {
    return { nowMs: this.nowMs, clockMs: this.clockMs };
  }

  ask(request: Request): readonly Effect[] {
    return this.#step({ is: "request", id: this.#ids++, request, ...this.now() });
  }

  read(key: string): readonly Effect[] {
    return this.ask({ op: "read", key });
  }

  write(key: string, value: Json, context?: Json): readonly Effect[] {
    return this.ask(context === undefined ? { op: "write", key, value } : { op: "write", key, value, context });
  }

  cas(key: string, from: Json, to: Json): readonly Effect[] {
    return this.ask({ op: "cas", key, from, to });
  }

  hear(from: string, message: Json): readonly Effect[] {
    return this.#step({ is: "message", from, message, ...this.now() });
  }

  connected(peer: string): readonly Effect[] {
    return this.#step({ is: "connected", peer, ...this.now() });
  }

  fire(name: string, atMs: number): readonly Effect[] {
    this.nowMs = atMs;
    return this.#step({ is: "timer", name, ...this.now() });
  }

  #step(input: Parameters<Core["step"]>[0]): readonly Effect[] {
    const effects = this.#core.step(input);
    for (const effect of effects) {
      if (effect.is === "persist") this.persisted.push(effect.entry);
      else if (effect.is === "compact") this.persisted.splice(0, this.persisted.length, ...effect.entries);
    }
    return effects;
  }
}

export function replies(effects: readonly Effect[]): Reply[] {
  return effects.flatMap((effect) => (effect.is === "reply" ? [effect.reply] : []));
}

export function sends(effects: readonly Effect[]): { to: string; message: Json }[] {
  return effects.flatMap((effect) => (effect.is === "send" ? [{ to: effect.to, message: effect.message }] : []));
}

/** The messages that went to this node. */
export function sentTo(to: string, effects: readonly Effect[]): Json[] {
  return sends(effects).flatMap((sent) => (sent.to === to ? [sent.message] : []));
}

export function orderOf(effects: readonly Effect[]): string[] {
  return effects.map((effect) => effect.is).filter((is) => is !== "timer");
}

export const OK: Reply = { ok: true, value: null };

export function leaderConfig(settings: Partial<LeaderConfig> = {}): LeaderConfig {
  return {
    mode: "leader",
    leader: "n1",
    writeQuorum: 1,
    readFrom: "leader",
    readQuorum: 2,
    replicationDelayMs: null,
    quorumTimeoutMs: 100,
    ...settings,
  };
}

export function abdConfig(settings: Partial<AbdConfig> = {}): AbdConfig {
  return { mode: "abd", replicationDelayMs: null, quorumTimeoutMs: 100, ...settings };
}

export function quorumConfig(settings: Partial<QuorumConfig> = {}): QuorumConfig {
  return {
    mode: "quorum",
    readQuorum: 2,
    writeQuorum: 2,
    versioning: "lww",
    readRepair: true,
    replicationDelayMs: null,
    quorumTimeoutMs: 100,
    ...settings,
  };
}

export function gossipConfig(settings: Partial<GossipConfig> = {}): GossipConfig {
  return {
    mode: "gossip",
    propagation: "eventual",
    versioning: "timestamp",
    antiEntropyMs: null,
    replicationDelayMs: null,
    quorumTimeoutMs: 100,
    ...settings,
  };
}

export function sequencerConfig(settings: Partial<SequencerConfig> = {}): SequencerConfig {
  return {
    mode: "sequencer",
    sequencer: "n1",
    consistency: "linearizable",
    writeQuorum: 1,
    readQuorum: 1,
    replicationDelayMs: null,
    quorumTimeoutMs: 100,
    ...settings,
  };
}
