/** Flags with several values each -> every combination of them. Pure. */

export interface Axis {
  /** As commander calls it: writeQuorum. */
  readonly flag: string;
  readonly values: readonly string[];
}

/** Flag -> value, as `kvtest run` takes it. */
export type Setting = { readonly [flag: string]: string };

/** A mistake of a factor of ten should not run for a week. */
export const SETTINGS_MAX = 10_000;

/**
 * `1..5` is 1, 2, 3, 4, 5; `100..500/100` goes in steps; a comma separates values, and `+` joins the parts of one value
 * that `kvtest run` separates by a comma: `none,partition+kill` are two settings.
 *
 * `isRange`: the flag's own values are of the form a..b, and stay as they are.
 */
export function valuesOf(text: string, isRange: boolean): readonly string[] | { readonly problem: string } {
  const values = text.split(",").map((part) => part.trim());
  if (values.some((value) => value === "")) return { problem: "an empty value between two commas" };
  const all: string[] = [];
  for (const value of values) {
    const match = isRange ? null : /^(\d+)\.\.(\d+)(?:\/(\d+))?$/.exec(value);
    if (match === null) {
      if (!isRange && value.includes(".."))
        return { problem: `"${value}": expected a range of whole numbers, such as 1..5` };
      all.push(value.replaceAll("+", ","));
      continue;
    }
    const [from, to, step] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 1)];
    if (from > to || step === 0) return { problem: `"${value}": a range goes upwards, in steps of 1 or more` };
    if ((to - from) / step > SETTINGS_MAX) return { problem: `"${value}": more than ${SETTINGS_MAX} values` };
    for (let n = from; n <= to; n += step) all.push(String(n));
  }
  return [...new Set(all)];
}

/** Every combination; the first axis varies slowest. Of no axis: the one setting with nothing in it. */
export function product(axes: readonly Axis[]): readonly Setting[] {
  return axes.reduce<readonly Setting[]>(
    (settings, { flag, values }) =>
      settings.flatMap((setting) => values.map((value) => ({ ...setting, [flag]: value }))),
    [{}],
  );
}

/** `read-quorum 1, write-quorum 2`; of no axis "as given". */
export const labelOf = (setting: Setting): string =>
  Object.entries(setting)
    .map(([flag, value]) => `${kebab(flag)} ${value}`)
    .join(", ") || "as given";

const SHORT: { readonly [flag: string]: string } = { readQuorum: "R", writeQuorum: "W", nodes: "N" };

/** `R1 W2 partition`, for pictures. */
export const shortLabelOf = (setting: Setting): string =>
  Object.entries(setting)
    .map(([flag, value]) => {
      if (flag === "nemesis") return value === "none" ? "calm" : value;
      return SHORT[flag] === undefined ? value : `${SHORT[flag]}${value}`;
    })
    .join(" ") || "as given";

export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
