/** A thread that checks one key after another. Started by threads.ts only. */

import { parentPort } from "node:worker_threads";
import { checkKey } from "../../checker/linearizability/keys.js";
import type { KeyCall } from "./threads.js";

const port = parentPort;
if (port === null) throw new Error("key-worker.js is started by threads.js, as a worker thread");
port.on("message", ({ task, stepsMax }: KeyCall) => port.postMessage(checkKey(task, { stepsMax })));
