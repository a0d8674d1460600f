/**
 * The links of a cluster, relayed in a worker thread: the harness and the relay each have a core, and a busy client
 * does not slow the network down. A thread dies with its process, so no link outlives the harness.
 *
 * Who is in this process need not cross threads and sockets to get to a link: what is dialled with `dial` is relayed here.
 * So there are two relays of the same links: whatever is wrong is told to both, and what they count is one sum.
 */

import { Worker } from "node:worker_threads";
import type { NodeName } from "../fault.js";
import type { LinkCounters } from "../inject.js";
import type { Answer, Call, Dialled } from "./call.js";
import type { Address } from "./connection.js";
import { Effects } from "./effects.js";
import type { LinkState } from "./link.js";
import type { DialOptions, LocalSocket } from "./local.js";
import { type Links, type LinksOptions, Relay } from "./relay.js";
import { type LinkMessage, MESSAGES_MAX } from "./tape.js";

/**
 * One listener on loopback (and a Unix socket beside it, if asked for) for every (from, to) with `from` a node or CLIENTS and `to` a node.
 *
 * @throws when names repeat or a listener cannot be opened
 */
export async function openLinks(options: LinksOptions): Promise<Links> {
  // From TypeScript sources (the tests) a worker cannot be loaded: the built file stands in for it.
  const built = import.meta.url.endsWith(".ts") ? "../../dist/nemesis/network/links-worker.js" : "./links-worker.js";
  // First what throws where names are wrong: nothing runs then.
  const here = new Relay(options);
  const worker = new Worker(new URL(built, import.meta.url), { workerData: options, execArgv: [], stderr: false });
  const links = new WorkerLinks(worker, here, options);
  await links.opened;
  return links;
}

type Good = Extract<Answer, { readonly is: "done" | "told" }>;

interface Open {
  readonly resolve: (answer: Good) => void;
  readonly reject: (error: Error) => void;
}

class WorkerLinks extends Effects implements Links {
  readonly opened: Promise<void>;
  readonly #worker: Worker;
  /** Of those that are dialled from this thread. It listens nowhere. */
  readonly #here: Relay;
  readonly #messagesMax: number;
  readonly #open = new Map<number, Open>();
  #addresses: readonly Dialled[] = [];
  #nextId = 0;
  /** Why nothing can be asked any more. */
  #ended: Error | null = null;
  #closing: Promise<void> | null = null;

  constructor(worker: Worker, here: Relay, { framing, tape }: LinksOptions) {
    super(framing ?? null);
    this.#worker = worker;
    this.#here = here;
    this.#messagesMax = tape?.messagesMax ?? MESSAGES_MAX;
    this.opened = new Promise<void>((resolve, reject) => {
      worker.on("message", (answer: Answer) => {
        if (answer.is === "open") {
          this.#addresses = answer.addresses;
          resolve();
        } else if (answer.is === "failed") reject(new Error(answer.why));
        else this.#answered(answer);
      });
      worker.once("error", (error) => this.#end(new Error(`the links broke: ${error.message}`, { cause: error })));
      worker.once("error", reject);
      worker.once("exit", () => {
        const closed = new Error("the links are closed");
        this.#end(closed);
        reject(closed);
      });
    });
  }

  address(from: NodeName, to: NodeName): Address {
    const dialled = this.#addresses.find((link) => link.from === from && link.to === to);
    if (dialled === undefined) throw new Error(`no link from "${from}" to "${to}"`);
    return dialled.at;
  }

  dial(from: NodeName, to: NodeName, options?: DialOptions): LocalSocket {
    return this.#here.dial(from, to, options);
  }

  async setUpstream(node: NodeName, upstream: Address | null): Promise<void> {
    await Promise.all([this.#here.setUpstream(node, upstream), this.#ask({ call: "setUpstream", node, upstream })]);
  }

  async set(from: NodeName, to: NodeName, change: Partial<LinkState>): Promise<void> {
    await Promise.all([this.#here.set(from, to, change), this.#ask({ call: "set", from, to, change })]);
  }

  async counters(): Promise<readonly LinkCounters[]> {
    const [here, there] = await Promise.all([this.#here.counters(), this.#ask({ call: "counters" })]);
    return there.is === "done" ? there.counters.map((link, i) => sumOf(link, here[i])) : [];
  }

  async messages(sinceMs = 0): Promise<readonly LinkMessage[]> {
    const [here, there] = await Promise.all([
      this.#here.messages(sinceMs),
      this.#ask({ call: "messages", sinceMs }).then((answer) => (answer.is === "told" ? answer.messages : [])),
    ]);
    return [
      ...there.map((message) => ({ ...message, connection: 2 * message.connection })),
      ...here.map((message) => ({ ...message, connection: 2 * message.connection + 1 })),
    ]
      .sort((a, b) => a.sentMs - b.sentMs)
      .slice(-this.#messagesMax);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#here.close();
    if (this.#ended === null) await this.#ask({ call: "close" }).catch(() => null);
    await this.#worker.terminate();
  }

  #ask(call: Call): Promise<Good> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        reject(this.#ended);
        return;
      }
      const id = this.#nextId++;
      this.#open.set(id, { resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window: it has no origin
      this.#worker.postMessage({ ...call, id });
    });
  }

  #answered(answer: Extract<Answer, { readonly is: "done" | "told" | "wrong" }>): void {
    const open = this.#open.get(answer.id);
    this.#open.delete(answer.id);
    if (answer.is === "wrong") open?.reject(new Error(answer.why));
    else open?.resolve(answer);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const open of this.#open.values()) open.reject(this.#ended);
    this.#open.clear();
  }
}

/** What two relays counted of one link. */
function sumOf(link: LinkCounters, other: LinkCounters | undefined): LinkCounters {
  const { from, to, ...counts } = link;
  const sums = Object.entries(counts).map(([name, count]) => [
    name,
    count + (other?.[name as keyof typeof counts] ?? 0),
  ]);
  return { from, to, ...(Object.fromEntries(sums) as typeof counts) };
}
