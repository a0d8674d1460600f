/** What becomes of writes while things break. */

import { NOTICED_MS } from "./pace.js";
import type { Story } from "./story.js";

export const CONFLICT: Story = {
  name: "conflict",
  title: "a shopping cart with two truths, and who settles it",
  acts: [
    {
      cluster: { mode: "quorum", readQuorum: "1", writeQuorum: "1", versioning: "vector-clock", nodes: "3" },
      say: "R = W = 1 and vector clocks: every replica takes writes, also alone.",
      steps: [
        {
          say: "A client puts milk into the cart.",
          at: "n1",
          run: "put cart milk",
          answers: ["ok"],
          holds: { cart: ["milk", "milk", "milk"] },
        },
        {
          say: "n1 is cut off from the others.",
          at: "n1",
          run: "partition n1 | n2,n3",
          answers: ["cut: n1 | n2,n3"],
          holds: { cart: ["milk", "milk", "milk"] },
        },
        {
          say: "On this side somebody adds eggs.",
          at: "n1",
          run: "put cart milk,eggs",
          answers: ["ok"],
          holds: { cart: ["milk,eggs", "milk", "milk"] },
        },
        {
          say: "On the other side somebody adds bread.",
          at: "n2",
          run: "put cart milk,bread",
          answers: ["ok"],
          holds: { cart: ["milk,eggs", "milk,bread", "milk,bread"] },
        },
        {
          say: "The partition heals. Both replaced the milk, and neither has seen the other: both stay.",
          at: "n1",
          run: "heal",
          answers: ["ok"],
          holds: {
            cart: ["milk,bread & milk,eggs", "milk,bread & milk,eggs", "milk,bread & milk,eggs"],
          },
        },
        {
          say: "The next client is shown both.",
          at: "n3",
          run: "get cart",
          answers: ["milk,eggs and milk,bread (siblings)"],
          holds: {
            cart: ["milk,bread & milk,eggs", "milk,bread & milk,eggs", "milk,bread & milk,eggs"],
          },
        },
        {
          say: "It knows what a cart is, and merges them.",
          at: "n3",
          run: "put cart milk,bread,eggs",
          answers: ["ok"],
          holds: { cart: ["milk,bread,eggs", "milk,bread,eggs", "milk,bread,eggs"] },
        },
      ],
    },
  ],
  moral:
    "Who accepts writes on both sides of a partition gets two truths. Only the application knows how to make one of them.",
};

export const PARTITION: Story = {
  name: "partition",
  title: "a minority and a majority",
  acts: [
    {
      cluster: { mode: "quorum", readQuorum: "2", writeQuorum: "2", nodes: "3" },
      say: "N = 3, R = 2, W = 2; of two writes the later one wins.",
      steps: [
        { say: "A client writes x.", at: "n1", run: "put x 1", answers: ["ok"], holds: { x: ["1", "1", "1"] } },
        {
          say: "n1 is cut off from the others; clients still reach everybody.",
          at: "n1",
          run: "partition n1 | n2,n3",
          answers: ["cut: n1 | n2,n3"],
          holds: { x: ["1", "1", "1"] },
        },
        {
          say: "The minority cannot write. It has kept the value, though, and says that it may survive or not.",
          at: "n1",
          run: "put x 2",
          answers: ["partial: stored at 1 of 2 replicas in time"],
          holds: { x: ["2", "1", "1"] },
        },
        {
          say: "Nor can it read.",
          at: "n1",
          run: "get x",
          answers: ["no-quorum: 1 of 2 replicas answered in time; nothing was done"],
          holds: { x: ["2", "1", "1"] },
        },
        {
          say: "The majority goes on as if nothing were.",
          at: "n2",
          run: "put x 3",
          answers: ["ok"],
          holds: { x: ["2", "3", "3"] },
        },
        {
          say: "The partition heals. What the links held back arrives, and the later write wins everywhere.",
          at: "n1",
          run: "heal",
          answers: ["ok"],
          holds: { x: ["3", "3", "3"] },
        },
      ],
    },
  ],
  moral: "A quorum keeps the two sides from both going on. The side without one gives up being available.",
};

export const READ_REPAIR: Story = {
  name: "read-repair",
  title: "a read that mends what it finds",
  acts: [
    {
      cluster: { mode: "quorum", readQuorum: "2", writeQuorum: "2", nodes: "3" },
      say: "N = 3, R = 2, W = 2, and read repair: a read sends what it found to every replica that lacks it.",
      steps: [
        { say: "A client writes x.", at: "n1", run: "put x 1", answers: ["ok"], holds: { x: ["1", "1", "1"] } },
        {
          say: "It writes y.",
          at: "n1",
          run: "put y 1",
          answers: ["ok"],
          holds: { x: ["1", "1", "1"], y: ["1", "1", "1"] },
        },
        {
          say: "n3 is killed.",
          at: "n1",
          run: "kill n3",
          answers: ["ok"],
          holds: { x: ["1", "1", "down"], y: ["1", "1", "down"] },
        },
        {
          say: "Meanwhile x changes.",
          at: "n1",
          run: "put x 2",
          answers: ["ok"],
          holds: { x: ["2", "2", "down"], y: ["1", "1", "down"] },
        },
        {
          say: "And y.",
          at: "n1",
          run: "put y 2",
          answers: ["ok"],
          holds: { x: ["2", "2", "down"], y: ["2", "2", "down"] },
        },
        {
          say: "n3 comes back with what it had.",
          at: "n1",
          run: "start n3",
          answers: ["ok"],
          pauseMs: NOTICED_MS,
          holds: { x: ["2", "2", "1"], y: ["2", "2", "1"] },
        },
        {
          say: "Somebody reads x. The answer is right, and n3 is mended by the way.",
          at: "n2",
          run: "get x",
          answers: ["2"],
          holds: { x: ["2", "2", "2"], y: ["2", "2", "1"] },
        },
        {
          say: "Nobody reads y: there n3 stays behind.",
          holds: { x: ["2", "2", "2"], y: ["2", "2", "1"] },
          stays: true,
        },
      ],
    },
  ],
  moral: "Read repair mends what is read. What nobody reads needs anti-entropy.",
};

const HANDED = {
  mode: "quorum",
  replicas: "3",
  readQuorum: "2",
  writeQuorum: "3",
  noReadRepair: "",
  nodes: "4",
} as const;

export const HINTED_HANDOFF: Story = {
  name: "hinted-handoff",
  title: "a neighbour takes the parcel",
  acts: [
    {
      cluster: HANDED,
      say: "Four nodes, and every key is on three of them: x is on n1, n3 and n4. A write waits for all three.",
      steps: [
        { say: "A client writes x.", at: "n1", run: "put x 1", answers: ["ok"], holds: { x: ["1", "-", "1", "1"] } },
        { say: "n3 is killed.", at: "n1", run: "kill n3", answers: ["ok"], holds: { x: ["1", "-", "down", "1"] } },
        {
          say: "Without n3 there are not three replicas of x.",
          at: "n1",
          run: "put x 2",
          answers: ["partial: stored at 2 of 3 replicas in time"],
          holds: { x: ["2", "-", "down", "2"] },
        },
        {
          say: "n3 comes back, and nobody tells it what it missed.",
          at: "n1",
          run: "start n3",
          answers: ["ok"],
          pauseMs: NOTICED_MS,
          holds: { x: ["2", "-", "1", "2"] },
          stays: true,
        },
      ],
    },
    {
      cluster: { ...HANDED, sloppyQuorum: "", hintedHandoff: "300" },
      say: "The same with a sloppy quorum and hinted handoff.",
      steps: [
        { say: "A client writes x.", at: "n1", run: "put x 1", answers: ["ok"], holds: { x: ["1", "-", "1", "1"] } },
        { say: "n3 is killed.", at: "n1", run: "kill n3", answers: ["ok"], holds: { x: ["1", "-", "down", "1"] } },
        {
          say: "n2 has nothing to do with x, but it stands in for n3: it keeps the write apart, with a hint whose it is. That makes three.",
          at: "n1",
          run: "put x 2",
          answers: ["ok"],
          holds: { x: ["2", "-", "down", "2"] },
        },
        {
          say: "n3 comes back, and n2 hands over what it kept for it. Nobody had to read x.",
          at: "n1",
          run: "start n3",
          answers: ["ok"],
          pauseMs: NOTICED_MS,
          holds: { x: ["2", "-", "2", "2"] },
        },
      ],
    },
  ],
  moral:
    "A sloppy quorum keeps writes going while replicas are away. It is no majority of anything: a read may miss what a stand-in keeps.",
};

export const SPLIT_BRAIN: Story = {
  name: "split-brain",
  title: "two leaders, and an acknowledged write that is gone",
  acts: [
    {
      cluster: { mode: "leader", failover: "naive", writeQuorum: "0", nodes: "2" },
      say: "A leader and a follower. Who does not hear the leader for a while leads from then on, and asks nobody.",
      steps: [
        { say: "n1 leads. A client writes x.", at: "n1", run: "put x 1", answers: ["ok"], holds: { x: ["1", "1"] } },
        {
          say: "The link between the two is cut. Clients still reach both.",
          at: "n1",
          run: "partition n1 | n2",
          answers: ["cut: n1 | n2"],
          holds: { x: ["1", "1"] },
        },
        {
          say: "n2 hears nothing, takes n1 for dead, and leads. n1 is alive and leads on.",
          at: "n2",
          run: "wait 3000",
          answers: [],
          holds: { x: ["1", "1"] },
        },
        { say: "A client writes at one leader.", at: "n1", run: "put x 2", answers: ["ok"], holds: { x: ["2", "1"] } },
        {
          say: "Another one writes at the other.",
          at: "n2",
          run: "put x 3",
          answers: ["ok"],
          holds: { x: ["2", "3"] },
        },
        {
          say: "Both were told that it is done, and each reads its own.",
          at: "n1",
          run: "get x",
          answers: ["2"],
          holds: { x: ["2", "3"] },
        },
        { say: "There are two truths.", at: "n2", run: "get x", answers: ["3"], holds: { x: ["2", "3"] } },
        {
          say: "The link is healed. Of two that lead, the first by name goes on.",
          at: "n1",
          run: "heal",
          answers: ["ok"],
          holds: { x: ["2", "3"] },
        },
        {
          say: "n2 follows again. Both gave their write the same number, so neither is newer: the copies differ for ever.",
          at: "n2",
          run: "put x 4",
          answers: ["not-leader: n2 follows n1"],
          pauseMs: 2000,
          holds: { x: ["2", "3"] },
          stays: true,
        },
        {
          say: "Whoever asks the leader finds nothing of 3, though it was acknowledged.",
          at: "n1",
          run: "get x",
          answers: ["2"],
          holds: { x: ["2", "3"] },
        },
      ],
    },
  ],
  moral:
    "Silence does not say that somebody is dead. A leader needs a majority that follows nobody else: --failover fenced.",
};
