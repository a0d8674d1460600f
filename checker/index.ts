export * from "./verdict.js";
export * from "./history/event.js";
export * from "./history/operation.js";
export * from "./history/canonical.js";
export * from "./history/pair.js";
export { HistoryReader, type Problem, readHistory, type ReadOptions, type ReadResult } from "./history/read.js";
export { eventsOfPicture, historyOfPicture } from "./history/picture.js";
export { lineOf } from "./history/write.js";
export * from "./model/model.js";
export { casRegister, register } from "./model/register.js";
export * from "./linearizability/details.js";
export { checkLinearizable, type LinearizableOptions } from "./linearizability/check.js";
export { drawIntervals } from "./linearizability/picture.js";
export { checkConvergence, type ConvergenceOptions } from "./convergence/convergence.js";
export * from "./convergence/details.js";
export { checkPerformance, measure } from "./performance/performance.js";
export * from "./performance/details.js";
export { checkStaleness } from "./staleness/staleness.js";
export * from "./staleness/details.js";
export { checkVacuity } from "./vacuity/vacuity.js";
export { type Claim, CLAIMS, judge, type JudgeOptions, type RunVerdict } from "./judge.js";
export {
  AnyHistoryReader,
  type AnyReadOptions,
  type AnyReadResult,
  type Format,
  FORMATS,
  readAnyHistory,
} from "./history/formats/any.js";
export { type ModelName, modelNamed, MODELS } from "./model/models.js";
export { type ModelSpec, modelOf } from "./model/user.js";
export { checkKey, type KeyTask, mergeKeys, type Split, split } from "./linearizability/keys.js";
export { DistinctStream, type StreamResult } from "./linearizability/stream/stream.js";
export { type Focus, FocusReader } from "./linearizability/stream/focus.js";
export { OnlineRegister, type Violation } from "./online/online.js";
export { checkSession, type SessionOptions } from "./session/session.js";
export * from "./session/details.js";
export { checkRegister, type RegularDetails, type WeakRegister } from "./staleness/regular.js";
export { type AtomicityDetails, type AtomicityOptions, checkAtomicity } from "./staleness/atomicity.js";
export { measureVisibility, type Visibility, type VisibilityBin } from "./staleness/visibility.js";
export * from "./staleness/pbs.js";
export * from "./staleness/latencies.js";
export { checkIsolation, type IsolationOptions } from "./isolation/check.js";
export type * from "./isolation/details.js";
export { fromEvents, fromOperations } from "./isolation/history/events.js";
export { JsonLinesReader, readJsonLines } from "./isolation/history/json-lines.js";
export { drawText } from "./isolation/explain/text.js";
export { drawSvg } from "./isolation/explain/svg.js";
export { checkWorkload, checkerOf, type JudgedWorkload } from "./workload/workload.js";
export { type BankDetails, type BankOptions, checkBank } from "./workload/bank.js";
export { type CausalReverseDetails, checkCausalReverse } from "./workload/causal-reverse.js";
export { checkCounter, checkPnCounter, type CounterDetails } from "./workload/counter.js";
export { checkLongFork, type LongForkDetails } from "./workload/long-fork.js";
export { checkMonotonic, type MonotonicDetails, type MonotonicOptions } from "./workload/monotonic.js";
export { checkQueue, type QueueDetails } from "./workload/queue.js";
export { checkSet, type SetDetails } from "./workload/set.js";
export { checkSetFull, type SetFullDetails, type SetFullOptions } from "./workload/set-full.js";
export { checkTotalQueue, type TotalQueueDetails, type TotalQueueOptions } from "./workload/total-queue.js";
export { checkUniqueIds, type UniqueIdsDetails } from "./workload/unique-ids.js";
export { checkConsistency, type ConsistencyOptions } from "./consistency/check.js";
export {
  CONSISTENCY_MODELS,
  CONSISTENCY_NAMES,
  type ConsistencyModel,
  type ConsistencyName,
  consistencyNamed,
  type NamedConsistency,
} from "./consistency/models.js";
export {
  checkStrongest,
  type ModelFinding,
  type StrongestConsistency,
  strongestConsistency,
} from "./consistency/strongest.js";
export { checkSequential, sequentialOrder, type SequentialOptions } from "./consistency/sequential/sequential.js";
export type { SequentialDetails } from "./consistency/sequential/details.js";
