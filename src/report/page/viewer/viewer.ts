/**
 * The viewer: a history is dropped, checked in a worker, and shown as the same page that a run's report is. Nothing leaves
 * the machine: the page's policy lets it ask nobody.
 */

import { visible } from "../../html.js";
import { unpack } from "../../packed.js";
import { inflated } from "../data.js";
import { showPage } from "../show.js";
import type { Answer, Task } from "./messages.js";

const root = document.documentElement;
const byId = (id: string): HTMLElement | null => document.getElementById(id);
const drop = byId("drop");
const status = byId("status");
const problems = byId("problems");
const shown = byId("shown");
const stop = byId("stop");
const choice = document.querySelector<HTMLSelectElement>("#workload");
const input = document.querySelector<HTMLInputElement>("#file");

const workerCode = URL.createObjectURL(new Blob([byId("checker")?.textContent ?? ""], { type: "text/javascript" }));
let worker: Worker | null = null;
/** Ends what the page shown before listens to. */
let before: AbortController | null = null;
let last: { readonly name: string; readonly bytes: ArrayBuffer } | null = null;

const tell = (words: string): void => {
  if (status !== null) status.textContent = words;
};

const busy = (isBusy: boolean): void => {
  root.dataset["viewer"] = isBusy ? "busy" : "idle";
  if (stop !== null) stop.hidden = !isBusy;
};

const halt = (): void => {
  worker?.terminate();
  worker = null;
  busy(false);
};

const check = (name: string, bytes: ArrayBuffer): void => {
  halt();
  clear();
  last = { name, bytes };
  busy(true);
  tell(`Reading ${visible(name)}`);
  worker = new Worker(workerCode);
  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => void take(data, name));
  worker.addEventListener("error", (event) => {
    halt();
    refuse([{ line: 0, message: `the checker failed: ${event.message}` }], 1);
  });
  const task: Task = { name, bytes, workload: choice?.value ?? "" };
  // Copied, not handed over: it is checked again when another workload is chosen.
  worker.postMessage(task, []);
};

const clear = (): void => {
  before?.abort();
  before = null;
  shown?.replaceChildren();
  problems?.replaceChildren();
  delete root.dataset["plots"];
  delete root.dataset["timeline"];
};

const take = async (answer: Answer, name: string): Promise<void> => {
  if (answer.is === "progress") {
    tell(`${answer.words} … ${visible(name)}`);
    return;
  }
  halt();
  if (answer.is === "problems") {
    tell(`${visible(name)} is not a history:`);
    refuse(answer.problems, answer.problemCount);
    return;
  }
  tell(`${visible(name)}, checked here: nothing has left this machine. Drop another file to check that one.`);
  document.title = `${visible(answer.title)} (kvtest)`;
  if (shown === null) return;
  // Everything that came from the file was escaped when this was put together: see html.ts.
  shown.innerHTML = answer.body;
  before = new AbortController();
  const table = unpack({ ...answer.payload.packed, bytes: answer.bytes });
  await showPage({ payload: answer.payload, table }, before.signal);
};

const refuse = (found: readonly { readonly line: number; readonly message: string }[], count: number): void => {
  const more = count - found.length;
  const said = [
    ...found.map(({ line, message }) => (line === 0 ? message : `line ${line}: ${message}`)),
    ...(more > 0 ? [`and ${more.toLocaleString("en-US")} more`] : []),
  ];
  problems?.replaceChildren(
    ...said.map((words) => Object.assign(document.createElement("li"), { textContent: visible(words) })),
  );
};

const open = async (file: File | undefined): Promise<void> => {
  if (file !== undefined) check(file.name, await file.arrayBuffer());
};

input?.addEventListener("change", () => void open(input.files?.[0]));
stop?.addEventListener("click", () => {
  halt();
  tell("Stopped.");
});
choice?.addEventListener("change", () => {
  if (last !== null) check(last.name, last.bytes);
});
// Anywhere on the page: beside the mark a browser would leave the page and open the file.
addEventListener("dragover", (event) => {
  event.preventDefault();
  drop?.classList.add("over");
});
addEventListener("dragleave", () => drop?.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  drop?.classList.remove("over");
  void open(event.dataTransfer?.files[0]);
});

/** A history that the page was written with. */
const openOwn = async (): Promise<void> => {
  const own = byId("own");
  if (own === null) return;
  const bytes = Uint8Array.from(atob(own.textContent ?? ""), (character) => character.charCodeAt(0));
  check(own.dataset["name"] ?? "history", (await inflated(bytes)).buffer);
};

busy(false);
void openOwn();
