/** A database client of somebody's own as a client of ours: every way to end becomes a completion. */

import type { Json } from "../../checker/history/event.js";
import type { Invocation } from "../generator/generator.js";
import type { Client, Completion } from "./client.js";
import { type DatabaseClient, NotDone } from "./database-client.js";
import { type ErrorName, outcomeOf } from "./outcome.js";

export interface AdapterClientOptions {
  /** The node that this client sits beside: it asks no other. */
  readonly home: string;
  readonly open: () => DatabaseClient;
  readonly timeoutMs: number;
}

export class AdapterClient implements Client {
  readonly #options: AdapterClientOptions;
  #client: DatabaseClient | null = null;

  constructor(options: AdapterClientOptions) {
    this.#options = options;
  }

  nodeFor(): string {
    return this.#options.home;
  }

  async invoke(op: Invocation): Promise<Completion> {
    const { home, open, timeoutMs } = this.#options;
    const patience = new AbortController();
    let timer: NodeJS.Timeout | null = null;
    try {
      const client = (this.#client ??= open());
      const over = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(new TimedOut("no answer in time"));
          patience.abort();
        }, timeoutMs);
      });
      const done = perform(client, op, patience.signal);
      // Whichever loses is still settled later, and nobody listens then.
      done.catch(() => undefined);
      return { type: "ok", value: await Promise.race([done, over]), node: home };
    } catch (error) {
      const name = nameOf(error);
      // What comes late must not be taken for the answer to the next question.
      if (!(error instanceof NotDone)) this.close();
      const message = error instanceof Error ? error.message : String(error);
      return { type: outcomeOf(name, op.f), value: op.value, node: home, error: `${name}: ${message}` };
    } finally {
      if (timer !== null) clearTimeout(timer);
    }
  }

  close(): void {
    this.#client?.close?.();
    this.#client = null;
  }
}

class TimedOut extends Error {}

async function perform(client: DatabaseClient, op: Invocation, signal: AbortSignal): Promise<Json> {
  const key = op.key ?? "";
  switch (op.f) {
    case "read":
      return (await client.read(key, { signal })) ?? null;
    case "write":
      await client.write(key, op.value, { signal });
      return op.value;
    case "cas": {
      if (!isPair(op.value)) throw new NotDone("bad-request", "cas wants [from, to]");
      if (client.cas === undefined) throw new NotDone("unsupported", "the database has no compare-and-set");
      const [from, to] = op.value;
      await client.cas(key, from, to, { signal });
      return op.value;
    }
    case "dump": {
      if (client.dump === undefined) throw new NotDone("unsupported", "the database does not tell its state");
      const state = await client.dump({ signal });
      // One value a key: a database of this kind keeps no siblings.
      return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, [value]]));
    }
    default:
      throw new NotDone("unsupported", `no client of a database does ${op.f}`);
  }
}

const isPair = (value: Json): value is readonly [Json, Json] => Array.isArray(value) && value.length === 2;

function nameOf(error: unknown): ErrorName {
  if (error instanceof NotDone) return error.error;
  if (error instanceof TimedOut) return "timeout";
  // A refused connection too: a client in code may have done half of the operation on another one.
  const code = error instanceof Error && "code" in error ? error.code : null;
  return code === "ECONNRESET" || code === "EPIPE" || code === "ECONNREFUSED" ? "reset" : "crash";
}
