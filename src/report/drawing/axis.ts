/**
 * A time axis on which order can be seen.
 *
 * In one history a read takes 0.3 ms and a time-out 1 s: drawn to scale, the read is a hair line and nobody sees what came
 * first. So the axis is to scale where that is readable, and otherwise compressed: every event keeps its place in the
 * order, long gaps shrink (square root), short ones grow to a least width. A drawing says which of the two it is.
 */

export interface Moment {
  /** Index of the event in the history: order comes from it. */
  readonly index: number;
  /** ns since the run began. */
  readonly time: number;
}

/** Two events that have to be at least so many pixels apart: there is a label between them. */
export interface Room {
  readonly from: number;
  readonly to: number;
  readonly px: number;
}

export interface Axis {
  readonly width: number;
  readonly compressed: boolean;
  readonly moments: readonly Moment[];
  /** Place of an event, px; of one that is not on the axis, the place of the last one before it. */
  at(index: number): number;
}

export interface AxisOptions {
  /** The width that is aimed at, px; room for labels can make it wider. */
  readonly width: number;
  /** Least distance of two events, px. */
  readonly gapMin: number;
}

export const layOutAxis = (moments: readonly Moment[], rooms: readonly Room[], options: AxisOptions): Axis => {
  const sorted = distinct(moments);
  const gaps = sorted.slice(1).map((moment, i) => Math.max(0, moment.time - (sorted[i]?.time ?? 0)));
  const toScale = placesOf(linear(gaps, options.width), sorted, []);
  const compressed = !roomy(toScale, sorted, rooms, options.gapMin);
  const places = compressed ? placesOf(squareRoot(gaps, options), sorted, rooms) : toScale;
  return {
    width: places.at(-1) ?? 0,
    compressed,
    moments: sorted,
    at: (index) => places[lastNotAfter(sorted, index)] ?? 0,
  };
};

const distinct = (moments: readonly Moment[]): readonly Moment[] =>
  [...new Map(moments.map((moment) => [moment.index, moment])).values()].sort((a, b) => a.index - b.index);

const linear = (gaps: readonly number[], width: number): readonly number[] => {
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  return gaps.map((gap) => (total === 0 ? 0 : (gap / total) * width));
};

const squareRoot = (gaps: readonly number[], { width, gapMin }: AxisOptions): readonly number[] => {
  const total = gaps.reduce((sum, gap) => sum + Math.sqrt(gap), 0);
  const rest = Math.max(0, width - gaps.length * gapMin);
  return gaps.map((gap) => gapMin + (total === 0 ? 0 : (Math.sqrt(gap) / total) * rest));
};

/** Left to right, every event as far left as its gap and the rooms that end in it allow. */
const placesOf = (gaps: readonly number[], moments: readonly Moment[], rooms: readonly Room[]): readonly number[] => {
  const ending = new Map<number, Room[]>();
  for (const room of rooms) ending.set(room.to, [...(ending.get(room.to) ?? []), room]);
  const places: number[] = [];
  for (const [i, moment] of moments.entries()) {
    let x = i === 0 ? 0 : (places[i - 1] ?? 0) + (gaps[i - 1] ?? 0);
    for (const room of ending.get(moment.index) ?? []) {
      const from = moments[lastNotAfter(moments, room.from)];
      if (from?.index === room.from) x = Math.max(x, (places[lastNotAfter(moments, room.from)] ?? 0) + room.px);
    }
    places.push(x);
  }
  return places;
};

const roomy = (
  places: readonly number[],
  moments: readonly Moment[],
  rooms: readonly Room[],
  gapMin: number,
): boolean => {
  const place = new Map(moments.map((moment, i) => [moment.index, places[i] ?? 0]));
  return (
    places.every((x, i) => i === 0 || x - (places[i - 1] ?? 0) >= gapMin) &&
    rooms.every(({ from, to, px }) => (place.get(to) ?? Number.POSITIVE_INFINITY) - (place.get(from) ?? 0) >= px)
  );
};

const lastNotAfter = (moments: readonly Moment[], index: number): number => {
  let low = 0;
  let high = moments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((moments[middle]?.index ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
};
