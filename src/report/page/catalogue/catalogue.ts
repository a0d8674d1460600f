/** Sorts and filters the table of runs, and keeps what was asked for in the address. */

const body = document.querySelector<HTMLTableSectionElement>(".runs tbody");
const form = document.querySelector<HTMLFormElement>("form.filters");

const valueOf = (row: HTMLTableRowElement, column: string): string =>
  row.querySelector<HTMLElement>(`td[data-column="${column}"]`)?.dataset["value"] ?? "";

const CHOICES = ["verdict", "workload", "mode", "nemesis", "seed"] as const;

if (body !== null && form !== null) {
  const rows = [...body.rows];
  // Put together once: a row is searched at every key that is pressed.
  const words = new Map(
    rows.map((row) => [
      row,
      ["id", "verdict", "workload", "mode", "nemesis", "seed", "why"]
        .map((column) => valueOf(row, column))
        .join(" ")
        .toLowerCase(),
    ]),
  );
  const output = form.querySelector("output");

  const filter = (): void => {
    const data = new FormData(form);
    const wanted = (name: string): string => {
      const value = data.get(name);
      return typeof value === "string" ? value.trim() : "";
    };
    const sought = wanted("text")
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    let shown = 0;
    for (const row of rows) {
      const isIn =
        sought.every((word) => words.get(row)?.includes(word) === true) &&
        CHOICES.every((name) => wanted(name) === "" || valueOf(row, name).split(",").includes(wanted(name)));
      row.hidden = !isIn;
      if (isIn) shown++;
    }
    if (output !== null)
      output.textContent = shown === rows.length ? `all ${rows.length}` : `${shown} of ${rows.length}`;
    const asked = ["text", ...CHOICES].flatMap((name) => (wanted(name) === "" ? [] : [[name, wanted(name)]]));
    const query = new URLSearchParams(asked).toString();
    history.replaceState(null, "", query === "" ? location.pathname : `?${query}`);
  };

  const sort = (heading: HTMLElement, column: string): void => {
    const ascending = heading.getAttribute("aria-sort") === "descending";
    for (const each of document.querySelectorAll(".runs th[aria-sort]")) each.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const order = new Intl.Collator("en", { numeric: true });
    rows.sort((a, b) => (ascending ? 1 : -1) * order.compare(valueOf(a, column), valueOf(b, column)));
    body.append(...rows);
  };

  for (const heading of document.querySelectorAll<HTMLElement>(".runs th[data-column]")) {
    const column = heading.dataset["column"] ?? "";
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      textContent: heading.textContent,
    });
    heading.replaceChildren(button);
    button.addEventListener("click", () => sort(heading, column));
  }
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
  }
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    filter();
  });
  form.addEventListener("reset", () => setTimeout(filter, 0));
  form.hidden = false;
  filter();
}

/** No more than two can be compared: the third tick takes the place of the first. */
const ticked: HTMLInputElement[] = [];
const choice = document.querySelector<HTMLFormElement>("#choice");
const submit = choice?.querySelector<HTMLButtonElement>("button[type=submit]");
choice?.addEventListener("change", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement)) return;
  if (box.checked) ticked.push(box);
  else ticked.splice(ticked.indexOf(box), 1);
  const first = ticked.length > 2 ? ticked.shift() : undefined;
  if (first !== undefined) first.checked = false;
  if (submit !== null && submit !== undefined) submit.disabled = ticked.length !== 2;
});
for (const box of choice?.querySelectorAll<HTMLInputElement>("input:checked") ?? []) box.checked = false;
if (submit !== null && submit !== undefined) submit.disabled = true;

document.documentElement.dataset["ready"] = "yes";
