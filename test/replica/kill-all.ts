/** Clients that write while all nodes are killed at once, again and again: is what was acknowledged still there? */

import { setTimeout as sleep } from "node:timers/promises";
import { REAL_TIME } from "../../nemesis/index.js";
import { Connection } from "../../src/client/connection.js";
import { LeaderSeeker } from "../../src/client/leader-seeker.js";
import type { RealNode } from "./real-node.js";

/** So long at least; on a busy machine until enough is acknowledged, with a bound. */
const WRITE_FOR_MS = 1200;
const WRITE_MAX_MS = 60_000;
const ENOUGH = 15;
const WRITE_WITHIN_MS = 3000;
const READ_WITHIN_MS = 60_000;

export interface KilledAll {
  readonly acknowledged: number;
  /** Writes that nobody answered: they may be there or not. */
  readonly unknown: number;
  /** Acknowledged, and not read afterwards. */
  readonly lost: readonly string[];
}

export async function killAll(nodes: readonly RealNode[], rounds: number): Promise<KilledAll> {
  const names = nodes.map(({ config }) => config.name);
  const dial = (name: string, timeoutMs: number) => Connection.open(nodes[names.indexOf(name)]!.config, timeoutMs);
  const acknowledged = new Map<string, number>();
  const lost: string[] = [];
  let unknown = 0;
  for (let round = 0; round < rounds; round++) {
    const life = { isOver: false };
    const seekers = names.map((home) => new LeaderSeeker({ home, nodes: names, dial, time: REAL_TIME }));
    const writers = seekers.map(async (seeker, i) => {
      for (let seq = 0; !life.isOver; seq++) {
        const client = `client ${i} of round ${round}`;
        const write = { op: "write", key: `${client}: ${seq}`, value: seq, session: { client, seq } } as const;
        const { answer } = await seeker.ask(write, WRITE_WITHIN_MS);
        if (answer.ok === true) acknowledged.set(write.key, seq);
        else unknown++;
      }
    });
    const [before, endMs] = [acknowledged.size, performance.now() + WRITE_MAX_MS];
    await sleep(WRITE_FOR_MS);
    while (acknowledged.size < before + ENOUGH && performance.now() < endMs) await sleep(50);
    life.isOver = true;
    for (const node of nodes) node.signal("SIGKILL");
    await Promise.all(nodes.map((node) => node.exit()));
    await Promise.all(nodes.map((node) => node.start()));
    await Promise.all(writers);
    const reader = new LeaderSeeker({ home: names[0]!, nodes: names, dial, time: REAL_TIME });
    for (const [key, value] of acknowledged) {
      const { answer } = await reader.ask({ op: "read", key }, READ_WITHIN_MS);
      if (answer.ok !== true || answer.value !== value) lost.push(`${key}: ${JSON.stringify(answer)}`);
    }
    for (const seeker of [...seekers, reader]) seeker.close();
  }
  return { acknowledged: acknowledged.size, unknown, lost };
}
