/**
 * The consistency models, which of them implies which, and the anomalies that refute each: as data.
 *
 * Names and relations are those of Elle, so that a verdict here can be compared with one there. They come from Adya's
 * thesis (1999: PL-1 to PL-3, PL-2+, PL-2L, PL-MSR, PL-FCV, PL-3U), Berenson et al. (1995), Cerone, Bernardi and
 * Gotsman (CONCUR 2015: read atomic, causal, prefix, parallel snapshot isolation), Daudjee and Salem (VLDB 2006: strong
 * and strong session snapshot isolation), Bailis et al. (2013: monotonic atomic view) and Viotti and Vukolic (2016).
 */

export interface Model {
  /** The short name of the literature ("PL-2.99"); equal to `name` where there is no other. */
  readonly canonical: string;
  /** Other names accepted in a claim. */
  readonly aliases: readonly string[];
  /** Whoever satisfies this model also satisfies these. */
  readonly implies: readonly string[];
  /** Anomalies that refute this model by themselves (others do because they imply one of these). */
  readonly proscribes: readonly string[];
}

const model = (canonical: string, implies: string, proscribes: string, aliases = ""): Model => ({
  canonical,
  aliases: words(aliases),
  implies: words(implies),
  proscribes: words(proscribes),
});

const words = (text: string): readonly string[] => (text === "" ? [] : text.split(" "));

/** By the name shown to people. */
export const MODELS: { readonly [name: string]: Model } = {
  "1SR": model("1SR", "", ""),
  causal: model("causal", "PRAM writes-follow-reads", ""),
  "causal-cerone": model("causal-cerone", "read-atomic", "G1a internal"),
  "consistent-view": model("PL-2+", "monotonic-view cursor-stability", "G-single G1"),
  "cursor-stability": model("PL-CS", "read-committed", "G-cursor G1 lost-update"),
  "forward-consistent-view": model("PL-FCV", "consistent-view", "G-SIb G1"),
  linearizable: model("linearizable", "sequential", ""),
  "monotonic-atomic-view": model("monotonic-atomic-view", "read-committed", ""),
  "monotonic-reads": model("monotonic-reads", "", ""),
  "monotonic-snapshot-read": model("PL-MSR", "read-committed", "G-MSR G1"),
  "monotonic-view": model("PL-2L", "read-committed", "G-monotonic G1"),
  "monotonic-writes": model("monotonic-writes", "", ""),
  "parallel-snapshot-isolation": model("parallel-snapshot-isolation", "causal-cerone update-atomic", "G1a internal"),
  PRAM: model("PRAM", "monotonic-reads monotonic-writes read-your-writes", ""),
  prefix: model("prefix", "causal-cerone", "G1a internal"),
  "read-atomic": model("read-atomic", "monotonic-atomic-view", "G1a future-read internal"),
  "read-committed": model("PL-2", "read-uncommitted", "G1 PL-2-cycle-exists"),
  "read-uncommitted": model("PL-1", "", "G0 PL-1-cycle-exists cyclic-versions duplicate-elements"),
  "read-your-writes": model("read-your-writes", "", ""),
  "repeatable-read": model(
    "PL-2.99",
    "cursor-stability monotonic-atomic-view",
    "G1 G2-item PL-2.99-cycle-exists lost-update",
  ),
  sequential: model("sequential", "causal", ""),
  serializable: model(
    "PL-3",
    "repeatable-read update-serializable snapshot-isolation view-serializable",
    "G1 G2 PL-3-cycle-exists internal predicate-read-miss",
    "conflict-serializable",
  ),
  "session-serializable": model("session-serializable", "1SR", ""),
  "snapshot-isolation": model(
    "PL-SI",
    "forward-consistent-view monotonic-snapshot-read monotonic-atomic-view parallel-snapshot-isolation prefix",
    "G-SI G-nonadjacent G1 PL-SI-cycle-exists internal",
  ),
  "strong-read-committed": model(
    "strong-PL-2",
    "strong-read-uncommitted strong-session-read-committed",
    "G1c-realtime strong-PL-2-cycle-exists",
  ),
  "strong-read-uncommitted": model(
    "strong-PL-1",
    "strong-session-read-uncommitted",
    "G0-realtime strong-PL-1-cycle-exists",
  ),
  "strong-serializable": model(
    "PL-SS",
    "serializable snapshot-isolation linearizable session-serializable strong-session-serializable strong-snapshot-isolation",
    "G1 G1c-realtime G2-realtime PL-SS-cycle-exists",
    "strict-serializable",
  ),
  "strong-session-read-committed": model(
    "strong-session-PL-2",
    "read-committed strong-session-read-uncommitted",
    "G1c-process strong-session-PL-2-cycle-exists",
  ),
  "strong-session-read-uncommitted": model(
    "strong-session-PL-1",
    "read-uncommitted",
    "G0-process strong-session-PL-1-cycle-exists",
  ),
  "strong-session-serializable": model(
    "strong-session-serializable",
    "serializable strong-session-snapshot-isolation",
    "G1-process G2-process strong-session-serializable-cycle-exists",
  ),
  "strong-session-snapshot-isolation": model(
    "strong-session-snapshot-isolation",
    "snapshot-isolation strong-session-read-committed",
    "G-nonadjacent-process G1-process internal strong-session-snapshot-isolation-cycle-exists",
  ),
  "strong-snapshot-isolation": model(
    "strong-snapshot-isolation",
    "strong-read-committed strong-session-snapshot-isolation",
    "G-nonadjacent-realtime G1-realtime internal strong-snapshot-isolation-cycle-exists",
  ),
  "update-atomic": model("update-atomic", "read-atomic", "lost-update"),
  "update-serializable": model("PL-3U", "forward-consistent-view", "G-update G1"),
  "view-serializable": model("view-serializable", "", ""),
  "writes-follow-reads": model("writes-follow-reads", "", ""),
};

/**
 * Whoever has the anomaly on the left also has those on the right. `G1` to `G2-realtime` without a suffix `-item` are
 * families: a checker that finds one of their members has found them.
 */
export const IMPLIED_ANOMALIES: { readonly [name: string]: readonly string[] } = {
  "G-nonadjacent": words("G-nonadjacent-process G2"),
  "G-nonadjacent-item": words("G-nonadjacent G-nonadjacent-item-process G2-item"),
  "G-nonadjacent-item-process": words("G-nonadjacent-item-realtime G-nonadjacent-process G2-item-process"),
  "G-nonadjacent-item-realtime": words("G-nonadjacent-realtime G2-item-realtime"),
  "G-nonadjacent-process": words("G-nonadjacent-realtime G2-process"),
  "G-nonadjacent-realtime": words("G2-realtime"),
  "G-single": words("G-nonadjacent G-single-process GSIb"),
  "G-single-item": words("G-nonadjacent-item G-single G-single-item-process"),
  "G-single-item-process": words("G-nonadjacent-item-process G-single-item-realtime G-single-process"),
  "G-single-item-realtime": words("G-nonadjacent-item-realtime G-single-realtime"),
  "G-single-process": words("G-nonadjacent-process G-single-realtime"),
  "G-single-realtime": words("G-nonadjacent-realtime"),
  G0: words("G0-process G1c"),
  "G0-process": words("G0-realtime G1c-process"),
  "G0-realtime": words("G1c-realtime"),
  G1: words("G1-process"),
  "G1-process": words("G1-realtime"),
  G1a: words("G1"),
  G1b: words("G1"),
  G1c: words("G1 G1c-process"),
  "G1c-process": words("G1-process G1c-realtime"),
  "G1c-realtime": words("G1-realtime"),
  G2: words("G2-process"),
  "G2-item": words("G2 G2-item-process"),
  "G2-item-process": words("G2-item-realtime G2-process"),
  "G2-item-realtime": words("G2-realtime"),
  "G2-process": words("G2-realtime"),
  GSIa: words("GSI"),
  GSIb: words("GSI"),
  "dirty-update": words("G1a"),
  "future-read": words("G1c"),
  // Not known to Elle: what nobody wrote is read from no committed transaction either.
  "garbage-read": words("G1a"),
  "incompatible-order": words("G1a"),
  "lost-update": words("G2-item write-skew"),
  "write-skew": words("G2"),
};
