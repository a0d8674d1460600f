/** The viewer's worker: bytes of a file -> history -> verdict -> page. The same checker as on the command line. */

import * as z from "zod";
import { AnyHistoryReader } from "../../../../checker/history/formats/any.js";
import type { History } from "../../../../checker/history/operation.js";
import { type Claim, checkerOf, judge, type JudgedWorkload } from "../../../../checker/judge.js";
import { render } from "../../render.js";
import { WORKLOADS } from "../../viewer-workloads.js";
import type { Answer, Task } from "./messages.js";

// The page's policy allows no code that is made up while it runs: without being asked, zod does not try.
z.config({ jitless: true });

const PIECE = 1 << 20;

const say = (answer: Answer, transfer: Transferable[] = []): void => postMessage(answer, { transfer });

const work = async ({ name, bytes, workload }: Task): Promise<void> => {
  say({ is: "progress", words: "Reading" });
  const plain = await unzipped(new Uint8Array(bytes));
  const reader = new AnyHistoryReader({});
  for (let at = 0; at < plain.length; at += PIECE) reader.push(plain.subarray(at, at + PIECE));
  const read = reader.end();
  if (!read.ok) {
    say({ is: "problems", problems: read.problems, problemCount: read.problemCount });
    return;
  }
  const { history } = read;
  say({ is: "progress", words: `Checking ${history.operations.length.toLocaleString("en-US")} operations` });
  const judged = judgedAs(workload, history);
  const claim: Claim = (judged === null ? null : checkerOf(judged.name)) ?? "linearizable";
  const verdict = judge(history, {
    ...(judged === null ? {} : { workload: judged }),
    claims: [claim],
    plannedFaults: [],
    allowVacuous: history.operations.some(({ type }) => type === "ok"),
    patienceMs: 0,
  });
  say({ is: "progress", words: "Drawing" });
  const { body, payload, packed } = await render({ config: null, plan: null, history, verdict, title: name });
  const title = `${verdict.valid}: ${name}`;
  say({ is: "page", title, body: body.markup, payload, bytes: packed.bytes }, [packed.bytes.buffer]);
};

/** null: registers. Transactions are known by their micro-operations; of everything else the reader has to say. */
const judgedAs = (wanted: string, history: History): JudgedWorkload | null => {
  const name = WORKLOADS.find((each) => each === wanted) ?? guessed(history);
  if (name === "register") return null;
  if (name === "list-append" || name === "rw-register") return { name, consistency: ["strict-serializable"] };
  return { name };
};

const guessed = ({ operations }: History): (typeof WORKLOADS)[number] => {
  const lists = operations.find(({ value }) => Array.isArray(value) && value.length > 0 && Array.isArray(value[0]));
  if (lists === undefined || !Array.isArray(lists.value)) return "register";
  const appends = operations.some(
    ({ value }) => Array.isArray(value) && value.some((mop) => Array.isArray(mop) && mop[0] === "append"),
  );
  return appends ? "list-append" : "rw-register";
};

/** Gzip is recognised by its first bytes, whatever the name says. */
const unzipped = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

addEventListener("message", (event: MessageEvent<Task>) => {
  work(event.data).catch((error: unknown) => {
    const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    say({ is: "problems", problems: [{ line: 0, message }], problemCount: 1 });
  });
});
