/**
 * The public door `kvtest/nemesis`: break any group of processes and the network between them, then put it back.
 *
 * Faults are data (fault), drawn as a schedule (schedule) or read from a file (validate-schedule); `conduct` runs a
 * schedule against a system, `openHands` injects single faults. `processGroup` makes a target of any process group,
 * `openLinks` a network of any TCP servers. The README of this folder is the chapter.
 */

export { capabilitiesOf, whyNot } from "./capabilities.js";
export { conduct, type ConductEvent, type ConductOptions, type ConductResult, type Outcome } from "./conduct.js";
export { type FakeClock, fakeClock, findFaketime, sweepFaketime } from "./clock/faketime.js";
export { CALL_TROUBLES, type FailingCalls, failingCalls } from "./disk/failing-calls.js";
export { openSmallDisk, type SmallDisk, SPACE_TROUBLES } from "./disk/small-disk.js";
export { damageFiles, type DamageOptions, FILE_DAMAGES, wipeFolder } from "./disk/files.js";
export { type Pick, pickOf } from "./draw.js";
export * from "./fault.js";
export * from "./grudge.js";
export { type Hands, type HandsOptions, inject, openHands } from "./hands.js";
export { describeUndo, heal, type Healed } from "./heal.js";
export * from "./inject.js";
export { type Journal, NO_JOURNAL, openJournal, type ReadJournal, readJournal, type Undo } from "./journal.js";
export type { Address } from "./network/connection.js";
export type { Latency } from "./network/link.js";
export type { DialOptions, LocalSocket } from "./network/local.js";
export { sampleMs } from "./network/latency.js";
export {
  mayHaveNetem,
  type Namespaces,
  type NamespacesOptions,
  openNamespaces,
  whyNoNamespaces,
} from "./network/namespaces.js";
export { NETEM_DISTRIBUTIONS } from "./network/shaper.js";
export { openLinks } from "./network/links.js";
export type { Framing } from "./network/mangler.js";
export { type Links, type LinksOptions, openRelay } from "./network/relay.js";
export type { LinkMessage, TapeOptions } from "./network/tape.js";
export {
  type ProcessGroup,
  processGroup,
  type ProcessGroupOptions,
  type State,
  stateOfGroup,
} from "./process/group.js";
export { programPath } from "./run-program.js";
export { processIdOf } from "./process/processes.js";
export { ask } from "./patience.js";
export * from "./schedule.js";
export * from "./schedule-options.js";
export { readScript, type Script, type ScriptOptions, type ScriptProblem } from "./script.js";
export { REAL_TIME, type Time } from "./time.js";
export { validateSchedule } from "./validate-schedule.js";
