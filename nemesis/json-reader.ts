/** Reads untrusted JSON field by field, and keeps every problem with its place, so that one pass shows all of them. */

export interface Problem {
  /** Where: `faults[3].fault.who[0]`. */
  readonly at: string;
  readonly text: string;
}

export type Fields = { readonly [name: string]: unknown };

export const isRecord = (json: unknown): json is Fields =>
  typeof json === "object" && json !== null && !Array.isArray(json);

/** What may be absent: as an object with the field in it, or an empty one. */
export type Maybe<T> = <const N extends string>(name: N) => { readonly [name in N]?: T };

/** Every method gives null after a problem was told. */
export class JsonReader {
  readonly #problems: Problem[];

  constructor(problems: Problem[]) {
    this.#problems = problems;
  }

  tell(at: string, text: string): void {
    this.#problems.push({ at, text });
  }

  wrong(at: string, value: unknown, expected: string): null {
    this.tell(at, `${value === undefined ? "nothing" : JSON.stringify(value)} is not ${expected}`);
    return null;
  }

  /** null only where it is there and wrong. */
  optional<T>(json: unknown, read: (json: unknown) => T | null): Maybe<T> | null {
    const value = json === undefined ? undefined : read(json);
    if (value === null) return null;
    // The name is the key, which a computed key does not show to the compiler.
    return (name) => (value === undefined ? {} : { [name]: value }) as { readonly [key in typeof name]?: T };
  }

  text(json: unknown, at: string): string | null {
    return typeof json === "string" && json !== "" ? json : this.wrong(at, json, "a name");
  }

  oneOf<const T extends string>(among: readonly T[], json: unknown, at: string): T | null {
    return among.find((one) => one === json) ?? this.wrong(at, json, `one of ${among.join(", ")}`);
  }

  ms(json: unknown, at: string): number | null {
    const fits = typeof json === "number" && Number.isFinite(json) && json >= 0;
    return fits ? json : this.wrong(at, json, "a number of milliseconds, 0 or more");
  }

  /** A probability. */
  share(json: unknown, at: string): number | null {
    const fits = typeof json === "number" && json >= 0 && json <= 1;
    return fits ? json : this.wrong(at, json, "a number from 0 to 1");
  }

  number(
    json: unknown,
    at: string,
    { above, below }: { readonly above?: number; readonly below?: number },
  ): number | null {
    const fits =
      typeof json === "number" &&
      Number.isFinite(json) &&
      (above === undefined || json > above) &&
      (below === undefined || json < below);
    const bounds = [above === undefined ? "" : ` above ${above}`, below === undefined ? "" : ` below ${below}`];
    return fits ? json : this.wrong(at, json, `a number${bounds.filter((part) => part !== "").join(" and")}`);
  }

  list<T>(json: unknown, at: string, read: (item: unknown, at: string) => T | null): T[] | null {
    if (!Array.isArray(json) || json.length === 0) return this.wrong(at, json, "a list with something in it");
    const items = json.map((item: unknown, i) => read(item, `${at}[${i}]`)).filter((item) => item !== null);
    if (new Set(items.map((item) => JSON.stringify(item))).size !== items.length)
      this.tell(at, "an entry is there twice");
    return items.length === json.length ? items : null;
  }
}
