/** The drawings of intervals: read a bar by the arrow keys, follow a link to an operation. */

export const readable = (): void => {
  for (const scroll of document.querySelectorAll<HTMLElement>(".intervals > .scroll")) {
    const reading = scroll.closest("section")?.querySelector<HTMLElement>(".reading") ?? null;
    const operations = [...scroll.querySelectorAll<SVGGElement>("g.op")].sort((a, b) => indexOf(a) - indexOf(b));
    let at = -1;
    const go = (to: number): void => {
      operations[at]?.classList.remove("here");
      at = Math.max(0, Math.min(operations.length - 1, to));
      const here = operations[at];
      here?.classList.add("here");
      here?.scrollIntoView({ block: "nearest", inline: "nearest" });
      if (reading !== null)
        reading.textContent = here?.querySelector("title")?.textContent?.replaceAll("\n", " · ") ?? "";
    };
    scroll.addEventListener("keydown", (event) => {
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: operations.length - 1 }[event.key];
      if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      go(to);
    });
    scroll.addEventListener("click", (event) => {
      const hit = event.target instanceof Element ? event.target.closest<SVGGElement>("g.op") : null;
      if (hit !== null) go(operations.indexOf(hit));
    });
  }
};

const indexOf = (op: SVGGElement): number => Number(op.dataset["op"]);

/**
 * Brings what the address names into view, out of a closed fold too. An event that no drawing shows is handed back: the
 * timeline has all of them.
 */
export const leadTo = (id: string): number | null => {
  const named = id === "" ? null : document.getElementById(id);
  if (named === null) {
    const event = /^op-(\d+)$/.exec(id)?.[1];
    return event === undefined ? null : Number(event);
  }
  named.closest("details")?.setAttribute("open", "");
  const target = visible(named);
  target.scrollIntoView({ block: target instanceof SVGElement ? "center" : "start", inline: "center" });
  return null;
};

/** On a narrow page an operation is drawn a second time, and the drawing with the anchor is hidden. */
const visible = (named: HTMLElement): Element => {
  if (named.getClientRects().length > 0) return named;
  for (const twin of document.querySelectorAll<SVGGElement>(`g[data-op="${Number(named.dataset["op"])}"]`)) {
    if (twin.getClientRects().length === 0) continue;
    for (const before of document.querySelectorAll("g.op.here")) before.classList.remove("here");
    twin.classList.add("here");
    return twin;
  }
  return named;
};
