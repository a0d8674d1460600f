/** Words of the command line -> values. Whatever is wrong goes to `problems`, and a value comes back to go on with. */

export interface Bounds {
  readonly min: number;
  readonly max: number;
  /** What to go on with after a problem, so that it does not make others; default min. */
  readonly otherwise?: number;
}

export function number(flag: string, text: string, { min, max }: Bounds, problems: string[], note = ""): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= min && value <= max) return value;
  problems.push(`${flag} ${text}: expected a number from ${min} to ${max}${note === "" ? "" : ` ${note}`}`);
  return min;
}

export function integer(flag: string, text: string, { min, max, otherwise = min }: Bounds, problems: string[]): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max) return value;
  problems.push(`${flag} ${text}: expected a whole number from ${min} to ${max}`);
  return otherwise;
}

/** "10", "10s", "1500ms", "2m" -> ms. */
export function seconds(flag: string, text: string, { min, max }: Bounds, problems: string[]): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text.trim());
  const factor = { ms: 0.001, s: 1, m: 60 }[match?.[2] ?? "s"] ?? 1;
  const value = match === null ? Number.NaN : Number(match[1]) * factor;
  if (value >= min && value <= max) return value * 1000;
  problems.push(`${flag} ${text}: expected ${min} to ${max} seconds, such as 15, 1500ms or 2m`);
  return min * 1000;
}

export function choice<const T extends string>(
  flag: string,
  text: string,
  among: readonly [T, ...T[]],
  problems: string[],
): T {
  const found = among.find((one) => one === text);
  if (found !== undefined) return found;
  problems.push(`${flag} ${text}: expected one of ${among.join(", ")}`);
  return among[0];
}

export function list(
  flag: string,
  text: string,
  among: readonly string[],
  problems: string[],
  note = "",
): readonly string[] {
  const parts = text.split(",").map((part) => part.trim());
  const unknown = parts.filter((part) => !among.includes(part));
  if (unknown.length > 0) {
    const what = unknown.map((part) => JSON.stringify(part)).join(", ");
    problems.push(
      `${flag} ${text}: ${what} unknown; expected some of ${among.join(", ")}${note === "" ? "" : ` ${note}`}`,
    );
  }
  return [...new Set(parts)];
}

/** "0.1..1000" -> [0.1, 1000], in ms. */
export function range(flag: string, text: string, problems: string[]): readonly [number, number] {
  const match = /^(\d+(?:\.\d+)?)(?:\.\.(\d+(?:\.\d+)?))?$/.exec(text.trim());
  const low = Number(match?.[1] ?? Number.NaN);
  const high = match?.[2] === undefined ? low : Number(match[2]);
  if (match !== null && low <= high && high <= 60_000) return [low, high];
  problems.push(`${flag} ${text}: expected MIN..MAX in ms, such as 0.1..1000, at most 60000`);
  return [0, 0];
}
