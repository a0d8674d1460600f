/** Watches a run in progress: the server tells how it stands, this page shows it. When it is over, the page is asked for again. */

import { visible } from "../../html.js";
import type { Live } from "../../live.js";
import { ticksOf } from "../time-axis.js";

const PHASES: { readonly [phase in Live["phase"]]: string } = {
  running: "Clients are running.",
  healed: "All faults are undone; the last reads are under way.",
  checking: "Replicas are read one by one; then the history is checked.",
  over: "It is over.",
};

const section = document.getElementById("live");
const canvas = document.querySelector<HTMLCanvasElement>("#rates");

const put = (selector: string, text: string): void => {
  const place = document.querySelector(selector);
  if (place !== null && place.textContent !== text) place.textContent = text;
};

const figure = (name: string, value: string, note = ""): void => {
  put(`[data-figure="${name}"]`, value);
  put(`[data-note="${name}"]`, note);
};

const number = (n: number): string => n.toLocaleString("en-US");

const show = (live: Live): void => {
  const { counts, perSecond, seconds, limitSeconds, stale, faults } = live;
  put("#phase", `${PHASES[live.phase]} ${seconds.toFixed(1)} s of ${limitSeconds} s.`);
  figure("operations", number(counts.ok + counts.fail + counts.info), `${number(counts.open)} open`);
  // The second that has begun is not over: the one before it has a rate.
  const last = Math.max(0, Math.floor(seconds) - 1);
  figure("rate now", `${number(perSecond.ok[last] ?? 0)}/s`, "ok in the last whole second");
  figure("ok", number(counts.ok));
  figure("fail, info", `${number(counts.fail)}, ${number(counts.info)}`);
  if (stale === null) figure("stale reads", "–", "counted at the end");
  else figure("stale reads", number(stale.stale), `of ${number(stale.reads)} reads so far`);
  const active = faults.filter(({ to }) => to === null);
  figure(
    "faults",
    number(active.length),
    active.length === 0 ? `${number(faults.length)} so far` : active.map(({ kind }) => visible(kind)).join(", "),
  );
  const violation = document.getElementById("violation");
  if (violation !== null && live.violation !== null) {
    violation.hidden = false;
    put("#violation", `Not linearizable, already: ${visible(live.violation)}.`);
  }
  for (const { name, trouble, answers, said } of live.nodes)
    node(name, { trouble, answers: number(answers), said: visible(said) });
  const list = document.getElementById("faults");
  if (list !== null && faults.length > 0)
    list.replaceChildren(
      ...faults.map(({ id, kind, from, to, what }) => {
        const end = to === null ? "goes on" : `to ${to.toFixed(1)} s`;
        return Object.assign(document.createElement("li"), {
          textContent: visible(`${id} ${kind}, from ${from.toFixed(1)} s, ${end}: ${what}`),
        });
      }),
    );
  draw(live);
};

const node = (name: string, what: { readonly [what: string]: string }): void => {
  // A node's name is any text: compared, never put into a selector.
  for (const place of document.querySelectorAll<HTMLElement>("[data-node]")) {
    const text = place.dataset["node"] === name ? what[place.dataset["what"] ?? ""] : undefined;
    if (text !== undefined && place.textContent !== text) place.textContent = text;
  }
};

const LEFT = 46;
const BOTTOM = 18;

const draw = ({ perSecond, faults, limitSeconds, seconds }: Live): void => {
  const context = canvas?.getContext("2d");
  if (canvas === null || context === null || context === undefined) return;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const whole = Math.max(limitSeconds, seconds, 1);
  const x = (s: number): number => LEFT + (s / whole) * (width - LEFT);
  const base = height - BOTTOM;
  context.fillStyle = colour("fault");
  context.globalAlpha = 0.16;
  for (const { from, to } of faults) context.fillRect(x(from), 0, Math.max(1, x(to ?? seconds) - x(from)), base);
  context.globalAlpha = 1;
  const sums = perSecond.ok.map((ok, i) => ok + (perSecond.fail[i] ?? 0) + (perSecond.info[i] ?? 0));
  const most = sums.reduce((a, b) => Math.max(a, b), 1);
  for (let i = 0; i < sums.length; i++) {
    let y = base;
    for (const name of ["ok", "fail", "info"] as const) {
      const tall = ((perSecond[name][i] ?? 0) / most) * (base - 6);
      context.fillStyle = colour(name);
      context.fillRect(x(i), y - tall, Math.max(1, x(i + 1) - x(i) - 1), tall);
      y -= tall;
    }
  }
  context.fillStyle = colour("muted");
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "right";
  context.fillText(`${number(most)}/s`, LEFT - 6, 12);
  context.textAlign = "center";
  const { at, digits } = ticksOf(0, whole, Math.max(2, width / 140));
  for (const s of at)
    context.fillText(`${s.toFixed(digits)} s`, Math.min(width - 16, Math.max(LEFT + 10, x(s))), height - 4);
};

if (section !== null) {
  const events = new EventSource(section.dataset["events"] ?? "");
  events.addEventListener("message", (event: MessageEvent<string>) => {
    // Written by the server that has written this page.
    const live = JSON.parse(event.data) as Live;
    show(live);
    document.documentElement.dataset["ready"] = "yes";
    if (live.phase !== "over") return;
    events.close();
    location.reload();
  });
}
