/** One event as one line of JSON, the members always in the same order so that equal histories are equal files. */

import type { HistoryEvent } from "./event.js";
import { isFault } from "./event.js";

/**
 * The line of an event, without its newline. `key` is left out where it is null.
 *
 * Put together by hand because the harness does it on every event while it measures latencies: numbers need no
 * quoting, and only strings that come from outside go through JSON.stringify.
 */
export function lineOf(event: HistoryEvent): string {
  const head = `{"index":${event.index},"time":${event.time},"process":`;
  if (isFault(event)) {
    return `${head}"nemesis","type":"info","f":${JSON.stringify(event.f)},"phase":"${event.phase}","fault":${JSON.stringify(event.fault)},"value":${JSON.stringify(event.value)}}`;
  }
  let line = `${head}${event.process},"type":"${event.type}","f":${JSON.stringify(event.f)}`;
  if (event.key !== null) line += `,"key":${JSON.stringify(event.key)}`;
  line += `,"value":${typeof event.value === "number" ? numberOf(event.value) : JSON.stringify(event.value)}`;
  if (event.node !== undefined) line += `,"node":${JSON.stringify(event.node)}`;
  if (event.error !== undefined) line += `,"error":${JSON.stringify(event.error)}`;
  if (event.siblings !== undefined) line += `,"siblings":${JSON.stringify(event.siblings)}`;
  return `${line}}`;
}

/** JSON has no NaN and no infinity; JSON.stringify writes null for them, and so do we. */
const numberOf = (value: number): string => (Number.isFinite(value) ? `${value}` : "null");
