/** Histories written by hand, one event a line: "process type micro-operations". */

import { checkIsolation, type IsolationOptions } from "../../../checker/isolation/check.js";
import { fromEvents, type TxnEvent } from "../../../checker/isolation/history/events.js";
import type { TxnHistory, Workload } from "../../../checker/isolation/history/columns.js";
import type { Json } from "../../../checker/history/event.js";

/**
 *     0 invoke  r x, append y 1
 *     0 ok      r x [1 2], append y 1
 *
 * A read without a value read nothing. Lists are written [1 2]. One line `0 ok ...` without an invocation before it is a
 * transaction of which only the completion is known.
 */
export const events = (picture: string): readonly TxnEvent[] =>
  picture
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line, index) => {
      const [process = "", type = "", ...rest] = line.split(/\s+/);
      const value = rest
        .join(" ")
        .split(",")
        .map((mop) => mop.trim())
        .filter((mop) => mop !== "")
        .map(microOperation);
      return { index, time: index * 1e6, process: Number(process), type, f: "txn", value };
    });

const microOperation = (text: string): Json => {
  const [f = "", key = "", ...value] = text.split(" ");
  const last = value.join(" ");
  if (last === "") return [f, key, null];
  if (!last.startsWith("[")) return [f, key, Number(last)];
  const items = last.slice(1, -1).trim();
  return [f, key, items === "" ? [] : items.split(" ").map(Number)];
};

export const history = (picture: string, workload: Workload): TxnHistory => fromEvents(events(picture), workload);

type Options = Omit<IsolationOptions, "workload">;

export const lists = (picture: string, options: Options = {}) =>
  checkIsolation(history(picture, "list-append"), { workload: "list-append", ...options });

export const registers = (picture: string, options: Options = {}) =>
  checkIsolation(history(picture, "rw-register"), { workload: "rw-register", ...options });

/** Type, the weakest models refuted, and the kinds of edges of the first cycle shown. */
export const summary = ({ valid, details }: ReturnType<typeof lists>) => ({
  valid,
  types: details.anomalyTypes,
  not: details.not,
  edges: details.anomalies
    .find(({ edges }) => edges.length > 0)
    ?.edges.map(({ from, kind, to }) => `${from} ${kind} ${to}`),
});
