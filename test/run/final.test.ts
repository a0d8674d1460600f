import { expect, test } from "vitest";
import type { Answer, Dial } from "../../src/client/connection.js";
import { awaitReplicated } from "../../src/run/final.js";
import { SimulatedCluster } from "../../src/sim/simulated-cluster.js";
import { leaderConfig } from "../replica/protocol/alone.js";

const silent: Answer = { ok: null, error: "timeout", message: "no answer in time" };
const owing = (n2: number): Answer => ({ ok: true, value: { unacknowledged: { n2 } } });

test("a leader that is silent for a while is asked until its followers have acknowledged everything", async () => {
  const cluster = new SimulatedCluster({ nodes: ["n1", "n2"], protocol: leaderConfig(), seed: 1 });
  const answers: (Answer | "unreachable")[] = ["unreachable", silent, owing(3), silent, owing(1), owing(0), owing(9)];
  const dial: Dial = async () => {
    if (answers[0] === "unreachable") {
      answers.shift();
      return { is: "unreachable", why: "it is busy" };
    }
    const request = async (): Promise<Answer> => {
      const answer = answers.shift();
      return answer === undefined || answer === "unreachable" ? silent : answer;
    };
    return { is: "open", connection: { usable: true, request, close: () => undefined } };
  };
  const { nodes, system, time } = cluster;
  const rest = {
    answers: () => Promise.resolve(true),
    killNow: () => cluster.killNow(),
    stop: () => cluster.stop(),
  };
  await cluster.drive(awaitReplicated({ nodes, system, time, dial, ...rest }, "n1", new AbortController().signal));
  expect(answers).toEqual([owing(9)]);
});
