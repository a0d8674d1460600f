/** A client of any HTTP store, from requests that are written down as data. */

import { Agent, request } from "node:http";
import type { Json } from "../../checker/history/event.js";
import type { Address, Endpoint } from "./connection.js";
import { type Ask, type DatabaseClient, filled, NotDone } from "./database-client.js";

/**
 * One request. In `path`: {key}, as a part of an URL. In `body`: {key} {value} {from} {to}, as JSON.
 *
 * A status from 200 to 299 is success, one of `absent` null, one of `mismatch` and `notDone` a definite no; after any
 * other a write is indefinite.
 */
export interface HttpRequest {
  /** Default GET; for write PUT, for cas POST. */
  readonly method?: string;
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  /** Default: for write {value}, for cas {"from":{from},"to":{to}}. */
  readonly body?: string;
  /** Where the value stands in a JSON answer, such as /node/value; default: the answer is the value. */
  readonly value?: string;
  /** Statuses that say that there is no such key; default 404. */
  readonly absent?: readonly number[];
  /** Statuses that say that another value was found; default 409 and 412. */
  readonly mismatch?: readonly number[];
  /** Statuses with which the store promises that nothing was done; default none. */
  readonly notDone?: readonly number[];
}

export interface HttpTemplate {
  readonly read: HttpRequest;
  readonly write: HttpRequest;
  readonly cas?: HttpRequest;
  /** Answers with an object, key -> value: the node's own state. */
  readonly dump?: HttpRequest;
  /** Asked first on every new connection: a node that does not answer it was never sent the operation. */
  readonly greet?: string;
}

const ABSENT = [404] as const;
const MISMATCH = [409, 412] as const;
const ANSWER_BYTES_MAX = 64 * 2 ** 20;

interface Answer {
  readonly status: number;
  readonly text: string;
}

export function httpClient(template: HttpTemplate, at: Omit<Endpoint, "name">): DatabaseClient {
  // One connection that is kept, and nobody else's: clients have to fail independently.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => at.connect();
  let greeted = template.greet === undefined;
  const send = async (one: HttpRequest, values: { readonly [name: string]: string }, ask: Ask): Promise<Answer> => {
    if (!greeted) await greet(template.greet ?? "/", ask);
    try {
      return await exchange(at, agent, one, values, ask);
    } catch (error) {
      greeted = template.greet === undefined;
      const refused = error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
      throw refused ? new NotDone("unreachable", wordsOf(error)) : error;
    }
  };
  const greet = async (path: string, ask: Ask): Promise<void> => {
    try {
      await exchange(at, agent, { path }, {}, ask);
      greeted = true;
    } catch (error) {
      throw new NotDone("unreachable", wordsOf(error));
    }
  };
  const { read, write, cas, dump } = template;
  return {
    async read(key, ask) {
      const answer = await send(read, { key: encodeURIComponent(key) }, ask);
      return (read.absent ?? ABSENT).includes(answer.status) ? null : valueIn(read, succeeded(read, answer));
    },
    async write(key, value, ask) {
      const values = { key: encodeURIComponent(key), value: JSON.stringify(value) };
      succeeded(write, await send({ method: "PUT", body: "{value}", ...write }, values, ask));
    },
    ...(cas === undefined
      ? {}
      : {
          async cas(key: string, from: Json, to: Json, ask: Ask) {
            const values = { key: encodeURIComponent(key), from: JSON.stringify(from), to: JSON.stringify(to) };
            const body = '{"from":{from},"to":{to}}';
            const answer = await send({ method: "POST", body, ...cas }, values, ask);
            const mismatch = (cas.mismatch ?? MISMATCH).includes(answer.status);
            if (mismatch) throw new NotDone("mismatch", `HTTP ${answer.status}`);
            succeeded(cas, answer);
          },
        }),
    ...(dump === undefined
      ? {}
      : {
          async dump(ask: Ask) {
            const state = valueIn(dump, succeeded(dump, await send(dump, {}, ask)));
            if (state === null || typeof state !== "object" || Array.isArray(state)) {
              throw new Error(`dump answered ${JSON.stringify(state).slice(0, 80)}, expected an object: key -> value`);
            }
            return state as { readonly [key: string]: Json };
          },
        }),
    close: () => agent.destroy(),
  };
}

/** One request on a connection of its own; what its answer says. */
export async function askOnce(one: HttpRequest, at: Address, ask: Ask): Promise<Json> {
  const agent = new Agent();
  try {
    return valueIn(one, succeeded(one, await exchange(at, agent, one, {}, ask)));
  } finally {
    agent.destroy();
  }
}

function exchange(
  at: Address,
  agent: Agent,
  one: HttpRequest,
  values: { readonly [name: string]: string },
  { signal }: Ask,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // In a body the key is JSON; in a path it is part of an URL.
    const key = JSON.stringify(decodeURIComponent(values["key"] ?? ""));
    const body = one.body === undefined ? "" : filled(one.body, { ...values, key });
    const sent = request(
      {
        host: at.host,
        port: at.port,
        agent,
        signal,
        method: one.method ?? "GET",
        path: filled(one.path, values),
        headers: {
          ...(body === "" ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
          ...one.headers,
        },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
          if (text.length > ANSWER_BYTES_MAX)
            sent.destroy(new Error(`an answer of more than ${ANSWER_BYTES_MAX} bytes`));
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

function succeeded({ notDone = [] }: HttpRequest, answer: Answer): Answer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  const words = `HTTP ${answer.status} ${answer.text.slice(0, 80)}`.trimEnd();
  if (notDone.includes(answer.status)) throw new NotDone("bad-request", words);
  throw new Error(words);
}

function valueIn({ value }: HttpRequest, { text }: Answer): Json {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Error(`the answer is not JSON: ${text.slice(0, 80)}`);
  }
  for (const name of value?.split("/").slice(1) ?? []) {
    found =
      found !== null && typeof found === "object"
        ? Object.entries(found).find(([key]) => key === name)?.[1]
        : undefined;
  }
  // What JSON.parse made is JSON; what is not there is no value.
  return found === undefined ? null : (found as Json);
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
