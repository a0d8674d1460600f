/** Does an operation keep the contract? For interpreters: whoever runs a generator asks before it invokes. */

import type { Context, Invocation } from "./generator.js";

/** Every breach, in words; empty when the operation may be invoked. */
export function problemsOf(op: Invocation, context: Context): readonly string[] {
  const problems: string[] = [];
  if (!context.processes.includes(op.process)) problems.push(`process ${op.process} does not exist (any more)`);
  else if (!context.free.includes(op.process)) problems.push(`process ${op.process} is not free`);
  if (op.f === "") problems.push("f is empty");
  if (!Number.isFinite(op.time) || op.time < 0) problems.push(`time is ${op.time}, expected ns >= 0`);
  return problems;
}
