/** A `TxnHistory` from events or operations that are objects already. */

import type { Json } from "../../history/event.js";
import type { Operation } from "../../history/operation.js";
import { EVENT_CODES, HistoryBuilder, INVOKE } from "./builder.js";
import { FAIL, type TxnHistory, type Workload } from "./columns.js";

/** An event of any history in Jepsen's shape: ours, or one read from elsewhere. */
export interface TxnEvent {
  /** Ascending; counted where absent. */
  readonly index?: number;
  readonly time?: number | null;
  /** A client is an integer; anything else ("nemesis") is passed over. */
  readonly process: number | string | null;
  readonly type: string;
  /** Passed over where it is neither "txn" nor absent. */
  readonly f?: string | null;
  readonly value?: Json;
}

export const fromEvents = (events: Iterable<TxnEvent>, workload: Workload): TxnHistory =>
  built(events, workload, (_, position) => position + 1);

/** `lineOf` an event of this index at this position: where its problems are told to be. */
const built = (
  events: Iterable<TxnEvent>,
  workload: Workload,
  lineOf: (index: number, position: number) => number,
): TxnHistory => {
  const builder = new HistoryBuilder(workload);
  let position = -1;
  let index = -1;
  for (const event of events) {
    position++;
    index = event.index ?? index + 1;
    const line = lineOf(index, position);
    if (!isClient(event)) {
      builder.skip();
      continue;
    }
    const code = EVENT_CODES.get(event.type);
    if (code === undefined) {
      builder.problem(line, "malformed", `type ${JSON.stringify(event.type)}: expected invoke, ok, fail or info`);
      continue;
    }
    builder.begin();
    const value = event.value ?? null;
    const described = value !== null;
    if (described && !describe(builder, value, code !== INVOKE && code !== FAIL, line)) continue;
    builder.event(code, event.process, index, event.time ?? Number.NaN, line, described);
  }
  return builder.finish();
};

const isClient = (event: TxnEvent): event is TxnEvent & { readonly process: number } =>
  typeof event.process === "number" &&
  Number.isInteger(event.process) &&
  event.process >= 0 &&
  (event.f === undefined || event.f === null || event.f === "txn");

/** Transactions among the operations; the others are passed over. */
export const fromOperations = (operations: readonly Operation[], workload: Workload): TxnHistory => {
  const events: (TxnEvent & { readonly index: number })[] = [];
  for (const op of operations) {
    if (op.f !== "txn") continue;
    const { process, f } = op;
    events.push({ index: op.invoked, time: op.invokedTime, process, type: "invoke", f, value: op.value });
    if (op.completed === null) continue;
    events.push({ index: op.completed, time: op.completedTime, process, type: op.type, f, value: op.result });
  }
  events.sort((a, b) => a.index - b.index);
  // Event n is line n + 1 of its file (H4).
  return built(events, workload, (index) => index + 1);
};

/** False, and a problem noted, where the value is no transaction. */
const describe = (builder: HistoryBuilder, value: Json, reads: boolean, line: number): boolean => {
  if (!isList(value)) {
    builder.problem(line, "malformed", `${JSON.stringify(value)}: expected a list of micro-operations`);
    return false;
  }
  for (const mop of value) {
    if (!isList(mop) || mop.length < 2 || typeof mop[0] !== "string") {
      builder.problem(line, "malformed", `${JSON.stringify(mop)}: expected a micro-operation [f, key, value]`);
      return false;
    }
    if (!describeMop(builder, mop[0], mop[1] ?? null, mop[2] ?? null, reads, line)) return false;
  }
  return true;
};

const describeMop = (
  builder: HistoryBuilder,
  name: string,
  keyName: Json,
  value: Json,
  reads: boolean,
  line: number,
): boolean => {
  const list = builder.workload === "list-append";
  const key = builder.keys.intern(builder.values.code(keyName));
  if (name === (list ? "append" : "w")) {
    if (value === null && !list) {
      builder.problem(line, "null-write", "a write of null cannot be told from the initial state");
    }
    builder.write(key, builder.values.code(value));
  } else if (name !== "r") {
    const known = list ? "r and append" : "r and w";
    const message = `micro-operation ${JSON.stringify(name)}: only ${known} are known`;
    builder.problem(line, "unexpected-operation", message);
  } else if (!reads || value === null) builder.readNothing(key);
  else if (!list) builder.readRegister(key, builder.values.code(value));
  else if (isList(value)) {
    builder.readList(
      key,
      Int32Array.from(value, (item) => builder.values.code(item)),
      value.length,
    );
  } else {
    const message = `${JSON.stringify(value)}: a read of a list-append history must return a list or null`;
    builder.problem(line, "malformed", message);
    return false;
  }
  return true;
};

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
