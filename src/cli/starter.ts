/** What `kvtest init` writes: a suite to be changed, and a workflow that runs it. */

export const STARTER_TS = `// What has to be true of this database while things break. Run it with \`npx kvtest ci\`.
import { defineConfig, defineDatabase } from "kvtest";

const database = defineDatabase({
  name: "my-store", // CHANGE: what it is called in reports

  // CHANGE: how one node is started. kvtest starts it once a node, and fills in
  //   {name}   n1, n2, ...             {index}  0, 1, ...
  //   {port}   where it has to listen on 127.0.0.1, again after a restart
  //   {data}   its own folder, kept over restarts
  //   {peers}  where it finds the others: n2=127.0.0.1:41001,n3=127.0.0.1:41002
  // Connect to peers by these addresses only: they are links, which kvtest cuts and slows down.
  start: {
    command: "./my-store",
    args: ["--name", "{name}", "--port", "{port}", "--data", "{data}", "--peers", "{peers}"],
    // env: { LOG_LEVEL: "info" },       what it prints is kept in the run's logs/
    // peer: "http://{host}:{port}",     how one peer is written; default {name}={host}:{port}
    // separator: " ",                   between peers; default ,
  },

  // CHANGE: how one knows that a node answers: a GET with a status below 400, or "tcp" for "it accepts a connection".
  ready: { http: "/health" },

  // CHANGE: how to read and write. {key} in paths, {key} {value} {from} {to} as JSON in bodies.
  // 2xx is success. After any status that is not listed a write counts as "may have happened": list in \`notDone\` only
  // what your store promises to mean that nothing was done.
  http: {
    read: { method: "GET", path: "/kv/{key}", absent: [404] }, // value: "/node/value" if it stands within the answer
    write: { method: "PUT", path: "/kv/{key}", body: "{value}" },
    // Without these two compare-and-set and convergence are not tested.
    // cas: { method: "POST", path: "/kv/{key}/cas", body: '{"from":{from},"to":{to}}', mismatch: [409] },
    // dump: { path: "/dump" },          the node's own state as one object, key -> value
    greet: "/health", // asked first on every new connection: a node that is down was then never sent the operation
  },

  // Not HTTP? Leave \`http\` out and write the client in code:
  // client: ({ host, port }) => ({                   or ({ connect }): connect() is a stream to it, where your library takes one
  //   read: async (key, { signal }) => ...,          null where there is no such key
  //   write: async (key, value, { signal }) => ...,  throw new NotDone("unreachable", "...") only if it surely did not happen
  // }),

  // What of a node's machine may be broken too, by \`nemesis: "clock"\` and \`"disk"\` (\`kvtest doctor\` tells what is here):
  // hardware: {
  //   clock: "libfaketime", // it has to be linked dynamically, and to ask the C library for the time (Go does not)
  //   readClock: { http: "/time", value: "/ms" }, // its own clock, ms since 1970 or a date: proof that a fault bit
  //   disk: "libfiu", // its calls fail; or { tmpfsMb: 64 }: its data in memory, in a disk that can be full (root)
  //   diskHits: { http: "/metrics", value: "/diskErrors" }, // proof; without, lines of its log that tell of errors
  // },
});

export default defineConfig({
  database,
  unknown: "fail", // what an unknown verdict comes to: fail (exit code 2), retry or pass
  retries: 2, // after a missed limit, or an unknown verdict with "retry"; never after a proof
  run: { nodes: 3, timeLimit: "10s", rate: 200 }, // flags of \`kvtest run\` for all tests
  tests: [
    { name: "calm", expect: ["linearizable", "p99 < 500ms"] },
    { name: "the network is cut", run: { nemesis: "partition" }, expect: ["linearizable"] },
    { name: "nodes are killed", run: { nemesis: "kill" }, expect: ["linearizable"] },
    // { name: "replicas agree again", run: { nemesis: "partition" }, expect: ["converges within 5s", "lost writes = 0"] },
    // { name: "a known bug", run: { nemesis: "pause" }, expect: ["linearizable"], expected: "invalid" },
  ],
});
`;

export const STARTER_YAML = `# What has to be true of this database while things break. Run it with \`npx kvtest ci\`.
database:
  name: my-store # CHANGE: what it is called in reports

  # CHANGE: how one node is started. kvtest starts it once a node, and fills in
  #   {name}   n1, n2, ...             {index}  0, 1, ...
  #   {port}   where it has to listen on 127.0.0.1, again after a restart
  #   {data}   its own folder, kept over restarts
  #   {peers}  where it finds the others: n2=127.0.0.1:41001,n3=127.0.0.1:41002
  # Connect to peers by these addresses only: they are links, which kvtest cuts and slows down.
  start:
    command: ./my-store
    args: [--name, "{name}", --port, "{port}", --data, "{data}", --peers, "{peers}"]
    # env: { LOG_LEVEL: info }         what it prints is kept in the run's logs/
    # peer: "http://{host}:{port}"     how one peer is written; default {name}={host}:{port}
    # separator: " "                   between peers; default ,

  # CHANGE: how one knows that a node answers: a GET with a status below 400, or tcp for "it accepts a connection".
  ready: { http: /health }

  # CHANGE: how to read and write. {key} in paths, {key} {value} {from} {to} as JSON in bodies.
  # 2xx is success. After any status that is not listed a write counts as "may have happened": list in notDone only
  # what your store promises to mean that nothing was done.
  http:
    read: { method: GET, path: "/kv/{key}", absent: [404] } # value: /node/value if it stands within the answer
    write: { method: PUT, path: "/kv/{key}", body: "{value}" }
    # Without these two compare-and-set and convergence are not tested.
    # cas: { method: POST, path: "/kv/{key}/cas", body: '{"from":{from},"to":{to}}', mismatch: [409] }
    # dump: { path: /dump }            # the node's own state as one object, key -> value
    greet: /health # asked first on every new connection: a node that is down was then never sent the operation

  # What of a node's machine may be broken too, by nemesis: clock and disk (\`kvtest doctor\` tells what is here):
  # hardware:
  #   clock: libfaketime # it has to be linked dynamically, and to ask the C library for the time (Go does not)
  #   readClock: { http: /time, value: /ms } # its own clock, ms since 1970 or a date: proof that a fault bit
  #   disk: libfiu # its calls fail; or { tmpfsMb: 64 }: its data in memory, in a disk that can be full (root)
  #   diskHits: { http: /metrics, value: /diskErrors } # proof; without, lines of its log that tell of errors

unknown: fail # what an unknown verdict comes to: fail (exit code 2), retry or pass
retries: 2 # after a missed limit, or an unknown verdict with retry; never after a proof
run: { nodes: 3, time-limit: 10s, rate: 200 } # flags of \`kvtest run\` for all tests
tests:
  - { name: calm, expect: [linearizable, p99 < 500ms] }
  - { name: the network is cut, run: { nemesis: partition }, expect: [linearizable] }
  - { name: nodes are killed, run: { nemesis: kill }, expect: [linearizable] }
  # - { name: replicas agree again, run: { nemesis: partition }, expect: [converges within 5s, lost writes = 0] }
  # - { name: a known bug, run: { nemesis: pause }, expect: [linearizable], expected: invalid }
`;

/** \`suite\`: the name of the suite's file. */
export const workflowFor = (suite: string): string => `name: kvtest
on: [push, pull_request]
permissions:
  contents: read
jobs:
  consistency:
    runs-on: ubuntu-latest
    timeout-minutes: 20
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 20
      # CHANGE: build the database here.
      - run: npm ci # CHANGE: kvtest has to be among the devDependencies
      - run: npx kvtest ci ${suite} --junit kvtest.xml
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: kvtest
          path: |
            kvtest.xml
            runs/
`;
