/** Who leads a cluster whose leader changes: whoever says so, in the latest term or epoch that anybody tells of. */

import { type Address, Connection } from "../client/connection.js";
import { latestLeader, ledTerm } from "../client/leadership.js";

const ANSWER_WITHIN_MS = 300;

/** `nodes`: where those listen that are up, with no link in between that the nemesis may have cut. null: nobody leads. */
export async function electedLeader(nodes: readonly (Address & { readonly name: string })[]): Promise<string | null> {
  const terms = await Promise.all(nodes.map((node) => termLed(node)));
  return latestLeader(nodes.map(({ name }, i) => ({ name, term: terms[i] ?? null })));
}

/** The term in which this node says that it leads; null: it does not, or is silent. */
async function termLed(node: Address): Promise<number | null> {
  const opened = await Connection.open(node, ANSWER_WITHIN_MS);
  if (opened.is === "unreachable") return null;
  const answer = await opened.connection.request({ op: "health" }, ANSWER_WITHIN_MS);
  opened.connection.close();
  return answer.ok === true ? ledTerm(answer.value) : null;
}
