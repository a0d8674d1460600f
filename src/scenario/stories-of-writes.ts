/** What a write is, in the ways of replicating it. */

import { NOTICED_MS, SLOW } from "./pace.js";
import type { Story } from "./story.js";

export const STRONG: Story = {
  name: "strong",
  title: "a write is answered when every replica has it",
  acts: [
    {
      cluster: { mode: "gossip", propagation: "strong", nodes: "3" },
      say: "Three replicas. Each takes writes, and answers one when all of them have it.",
      steps: [
        { say: "A client of n1 writes x.", at: "n1", run: "put x 1", answers: ["ok"], holds: { x: ["1", "1", "1"] } },
        {
          say: "Every replica answers with it.",
          at: "n3",
          run: "get x",
          answers: ["1"],
          holds: { x: ["1", "1", "1"] },
        },
        { say: "n3 is killed.", at: "n1", run: "kill n3", answers: ["ok"], holds: { x: ["1", "1", "down"] } },
        {
          say: "Now no write can be promised: n1 waits for n3, and gives up. What it wrote stays where it is.",
          at: "n1",
          run: "put x 2",
          answers: ["partial: held by 2 of 3 replicas in time"],
          holds: { x: ["2", "2", "down"] },
        },
        {
          say: "n3 comes back from its disk. It was told once, and was not there.",
          at: "n1",
          run: "start n3",
          answers: ["ok"],
          pauseMs: NOTICED_MS,
          holds: { x: ["2", "2", "1"] },
        },
        {
          say: "So a client of n3 reads the past.",
          at: "n3",
          run: "get x",
          answers: ["1"],
          holds: { x: ["2", "2", "1"] },
        },
      ],
    },
  ],
  moral: "Waiting for all makes reads fresh wherever they are, and one dead replica stops every write.",
};

export const EVENTUAL: Story = {
  name: "eventual",
  title: "a write is answered at once, and the others hear of it later",
  acts: [
    {
      cluster: { mode: "gossip", propagation: "eventual", replicationDelay: SLOW, nodes: "3" },
      say: "Three replicas. A message between them takes two seconds, so that one can watch.",
      steps: [
        {
          say: "A client of n1 writes x, and is answered at once. Only n1 has it.",
          at: "n1",
          run: "put x 1",
          answers: ["ok"],
          holds: { x: ["1", "-", "-"] },
        },
        {
          say: "A client of n3 reads a moment later, and finds nothing: a stale read.",
          at: "n3",
          run: "get x",
          answers: ["(nothing)"],
          holds: { x: ["1", "-", "-"] },
        },
        { say: "Two seconds later the message has come.", holds: { x: ["1", "1", "1"] } },
        { say: "Now n3 knows.", at: "n3", run: "get x", answers: ["1"], holds: { x: ["1", "1", "1"] } },
      ],
    },
  ],
  moral:
    "The replicas agree in the end. Until then an acknowledged write is at one place only, and others read the past.",
};

export const CONCURRENT: Story = {
  name: "concurrent-updates",
  title: "two writes that do not know of each other",
  acts: [
    {
      cluster: { mode: "gossip", versioning: "counter", replicationDelay: SLOW, nodes: "3" },
      say: "Each replica counts the versions of a key by itself, and takes what has a greater number than its own.",
      steps: [
        {
          say: "A client of n1 writes: that is version 1 of x.",
          at: "n1",
          run: "put x apple",
          answers: ["ok"],
          holds: { x: ["apple", "-", "-"] },
        },
        {
          say: "Before n2 has heard of it, another client writes there: that is version 1 of x, too.",
          at: "n2",
          run: "put x pear",
          answers: ["ok"],
          holds: { x: ["apple", "pear", "-"] },
        },
        {
          say: "Both messages arrive. n1 and n2 have a version 1 already and ignore the other's; n3 takes what comes first. They disagree, and will for ever.",
          holds: { x: ["apple", "pear", "apple"] },
          stays: true,
        },
      ],
    },
    {
      cluster: { mode: "gossip", versioning: "vector-clock", replicationDelay: SLOW, nodes: "3" },
      say: "The same with vector clocks: a version says which events of which node it has seen.",
      steps: [
        {
          say: "A client of n1 writes.",
          at: "n1",
          run: "put x apple",
          answers: ["ok"],
          holds: { x: ["apple", "-", "-"] },
        },
        {
          say: "Another writes at n2, which has not heard of it.",
          at: "n2",
          run: "put x pear",
          answers: ["ok"],
          holds: { x: ["apple", "pear", "-"] },
        },
        {
          say: "Neither has seen the other: every replica keeps both, as siblings.",
          holds: { x: ["apple & pear", "apple & pear", "apple & pear"] },
        },
        {
          say: "A client reads both.",
          at: "n3",
          run: "get x",
          answers: ["pear and apple (siblings)"],
          holds: { x: ["apple & pear", "apple & pear", "apple & pear"] },
        },
        {
          say: "It writes one value for the two. What it read goes along as the context, so this replaces both.",
          at: "n3",
          run: "put x fruit salad",
          answers: ["ok"],
          holds: { x: ["fruit salad", "fruit salad", "fruit salad"] },
        },
      ],
    },
  ],
  moral:
    "A counter cannot tell later from elsewhere. A vector clock can: it loses nothing, and asks the client what it meant.",
};

export const BASIC_QUORUM: Story = {
  name: "basic-quorum",
  title: "two of three to write, two of three to read",
  acts: [
    {
      cluster: { mode: "quorum", readQuorum: "2", writeQuorum: "2", noReadRepair: "", nodes: "3" },
      say: "N = 3, R = 2, W = 2: a write waits for two replicas and a read asks two, so the two meet in one at least.",
      steps: [
        { say: "A client of n1 writes x.", at: "n1", run: "put x 1", answers: ["ok"], holds: { x: ["1", "1", "1"] } },
        { say: "n3 is killed.", at: "n1", run: "kill n3", answers: ["ok"], holds: { x: ["1", "1", "down"] } },
        {
          say: "Two are enough to write.",
          at: "n1",
          run: "put x 2",
          answers: ["ok"],
          holds: { x: ["2", "2", "down"] },
        },
        {
          say: "n3 comes back, and does not know what it missed.",
          at: "n1",
          run: "start n3",
          answers: ["ok"],
          pauseMs: NOTICED_MS,
          holds: { x: ["2", "2", "1"] },
        },
        {
          say: "A read there asks one more replica, and answers with the newer of the two.",
          at: "n3",
          run: "get x",
          answers: ["2"],
          holds: { x: ["2", "2", "1"] },
        },
        { say: "n1 is killed.", at: "n3", run: "kill n1", answers: ["ok"], holds: { x: ["down", "2", "1"] } },
        { say: "And n2.", at: "n3", run: "kill n2", answers: ["ok"], holds: { x: ["down", "down", "1"] } },
        {
          say: "n3 alone knows that it may be wrong, and says nothing rather than that.",
          at: "n3",
          run: "get x",
          answers: ["no-quorum: 1 of 2 replicas answered in time; nothing was done"],
          holds: { x: ["down", "down", "1"] },
        },
      ],
    },
  ],
  moral: "R + W > N: one replica may be away, and a read that starts after a write still sees it.",
};
