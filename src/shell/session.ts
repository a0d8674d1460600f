/** One client of a cluster, at one node at a time: does what it is told, and says in words what came of it. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "../../checker/index.js";
import { type Answer, type Channel, Connection } from "../client/connection.js";
import type { Request } from "../replica/wire.js";
import { type Command, WORDS } from "./command.js";
import type { Control, Status } from "./control.js";

export interface SessionOptions {
  readonly control: Control;
  /** The node that it begins at. */
  readonly at: string;
  /** How long it waits for an answer. */
  readonly timeoutMs: number;
}

/** key -> values, one unless there are siblings. */
export type Holdings = { readonly [key: string]: readonly Json[] };

export class Session {
  readonly #control: Control;
  readonly #timeoutMs: number;
  readonly #connections = new Map<string, Channel>();
  /** What the last read of a key saw, sent along with the next write of it. */
  readonly #contexts = new Map<string, Json>();
  readonly keys = new Set<string>();
  #at: string;

  constructor({ control, at, timeoutMs }: SessionOptions) {
    this.#control = control;
    this.#timeoutMs = timeoutMs;
    this.#at = at;
  }

  /** The node that it is at. */
  get at(): string {
    return this.#at;
  }

  status(): Promise<Status> {
    return this.#control.order({ do: "nodes" });
  }

  /** In lines of words. Rejects for bugs of ours only. */
  async do(command: Command): Promise<readonly string[]> {
    switch (command.is) {
      case "nothing":
      case "quit":
        return [];
      case "help":
        return Object.values(WORDS).map(({ form, does }) => `${form.padEnd(20)}${does}`);
      case "get":
      case "put":
      case "del":
      case "cas":
        this.keys.add(command.key);
        return this.#ask(command, new Set());
      case "dump":
        return this.#dump(command.node ?? this.#at);
      case "at":
        this.#at = command.node;
        return [];
      case "wait":
        await sleep(command.ms);
        return [];
      case "nodes":
        return this.#ordered({ do: "nodes" }, told);
      case "partition":
        return this.#ordered({ do: "partition", groups: command.groups }, cutInWords);
      case "delay":
        return this.#ordered({ do: "delay", ms: command.ms }, done);
      case "heal":
        return this.#ordered({ do: "heal" }, done);
      case "kill":
      case "start":
      case "pause":
      case "resume":
      default:
        return this.#ordered({ do: command.is, node: command.node }, done);
    }
  }

  /** The node's own state; null: it does not answer. */
  async holdings(node: string): Promise<Holdings | null> {
    const answer = await this.#request(node, { op: "dump" });
    // What a replica answers to a dump, by its own description.
    return answer.ok === true ? (answer.value as Holdings) : null;
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  async #ordered(
    order: Parameters<Control["order"]>[0],
    say: (status: Status, at: string) => readonly string[],
  ): Promise<readonly string[]> {
    try {
      return say(await this.#control.order(order), this.#at);
    } catch (error) {
      return [`not done: ${error instanceof Error ? error.message : String(error)}`];
    }
  }

  /** Asks the node that it is at; where that is dead it goes to another, and does there what was not done here. */
  async #ask(command: Operation, dead: Set<string>): Promise<readonly string[]> {
    const node = this.#at;
    const answer = await this.#request(node, this.#requestOf(command));
    if (answer.ok !== null || (answer.error !== "unreachable" && answer.error !== "reset")) {
      return [this.#said(command, answer)];
    }
    dead.add(node);
    const next = await this.#living(dead);
    const silent = answer.error === "unreachable" ? `${node} does not answer` : `${node} died without an answer`;
    if (next === null) return [`${silent}, and there is no other node to go to`];
    this.#at = next;
    // A write that was sent may have been done: a second one would be another write.
    const again = answer.error === "unreachable" || command.is === "get";
    if (!again) return [`${silent}: nobody knows whether it was done. Moved to ${next}`];
    return [`${silent}: moved to ${next}`, ...(await this.#ask(command, dead))];
  }

  async #living(dead: ReadonlySet<string>): Promise<string | null> {
    const { nodes } = await this.status().catch(() => ({ nodes: [] }));
    return nodes.find(({ name, state }) => state === "running" && !dead.has(name))?.name ?? null;
  }

  #requestOf(command: Operation): Request {
    const { key } = command;
    if (command.is === "get") return { op: "read", key };
    if (command.is === "cas") return { op: "cas", key, from: command.from, to: command.to };
    const value = command.is === "put" ? command.value : null;
    const context = this.#contexts.get(key);
    return context === undefined ? { op: "write", key, value } : { op: "write", key, value, context };
  }

  #said(command: Operation, answer: Answer): string {
    if (answer.ok === true) {
      if (command.is !== "get") return "ok";
      if (answer.context !== undefined) this.#contexts.set(command.key, answer.context);
      const { siblings, value } = answer;
      return siblings === undefined ? shown(value) : `${siblings.map(shown).join(" and ")} (siblings)`;
    }
    const { error, message } = answer;
    if (error === "mismatch") return `no: ${message}`;
    if (error === "timeout")
      return `no answer in ${this.#timeoutMs} ms${command.is === "get" ? "" : ": nobody knows whether it was done"}`;
    return `${error}: ${message}`;
  }

  async #dump(asked: string): Promise<readonly string[]> {
    const { nodes } = await this.status();
    const names = nodes.map(({ name }) => name).filter((name) => asked === "all" || asked === name);
    return tableOf(await Promise.all(names.map(async (name) => [name, await this.holdings(name)] as const)));
  }

  async #request(node: string, request: Request): Promise<Answer> {
    let connection = this.#connections.get(node);
    if (connection?.usable !== true) {
      const { nodes } = await this.status();
      const place = nodes.find(({ name }) => name === node);
      if (place === undefined) return { ok: null, error: "unreachable", message: "no such node" };
      const opened = await Connection.open(place, this.#timeoutMs);
      if (opened.is === "unreachable") return { ok: null, error: "unreachable", message: opened.why };
      connection = opened.connection;
      this.#connections.set(node, connection);
    }
    const answer = await connection.request(request, this.#timeoutMs);
    if (answer.ok === null && answer.error === "timeout") connection.close();
    return answer;
  }
}

const done = (): readonly string[] => ["ok"];

type Operation = Command & { readonly is: "get" | "put" | "del" | "cas" };

/** A value as the shell takes it. */
export const shown = (value: Json): string =>
  value === null ? "(nothing)" : typeof value === "string" ? value : JSON.stringify(value);

/** A line a node, a column a key. */
export function tableOf(states: readonly (readonly [node: string, holdings: Holdings | null])[]): readonly string[] {
  const keys = [...new Set(states.flatMap(([, holdings]) => Object.keys(holdings ?? {})))].toSorted();
  const rows = states.map(([node, holdings]) => [
    node,
    ...(holdings === null ? ["(no answer)"] : keys.map((key) => heldInWords(holdings[key]))),
  ]);
  const all = keys.length === 0 ? rows.map(([node = "", none]) => [node, none ?? "(empty)"]) : [["", ...keys], ...rows];
  const widths = ["", ...keys].map((_, i) =>
    Math.max(
      ...all.map((row) => (row.length === 2 && i === 1 && row[1] === "(no answer)" ? 0 : (row[i]?.length ?? 0))),
    ),
  );
  return all.map((row) =>
    row
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** What a replica holds under one key. */
export const heldInWords = (values: readonly Json[] | undefined): string => {
  const some = (values ?? []).filter((value) => value !== null);
  return some.length === 0 ? "-" : some.map(shown).toSorted().join(" & ");
};

function told({ title, nodes, groups, delayMs }: Status, at: string): readonly string[] {
  const STATES = { running: "up", stopped: "paused", gone: "down" } as const;
  return [
    title,
    ...nodes.map(({ name, state }) => `${name}  ${STATES[state]}${name === at ? "  (here)" : ""}`),
    ...(groups.length === 0 ? [] : cutInWords({ groups })),
    ...(delayMs === 0 ? [] : [`delay ${delayMs} ms`]),
  ];
}

const cutInWords = ({ groups }: Pick<Status, "groups">): readonly string[] => [
  `cut: ${groups.map((group) => group.join(",")).join(" | ")}`,
];
