/**
 * The public door `kvtest/nemesis`: break any group of processes and the network between them, then put it back.
 *
 * Faults are data (fault), drawn as a schedule (schedule) or read from a file (validate-schedule).
 */

export * from "./fault.js";
export * from "./inject.js";
export * from "./grudge.js";
export * from "./schedule.js";
export * from "./validate-schedule.js";
export type { Address } from "./network/connection.js";
export type { Latency } from "./network/link.js";
export { openLinks } from "./network/links.js";
export { type Links, type LinksOptions, openRelay } from "./network/relay.js";
export { conduct, type ConductEvent, type ConductOptions, type ConductResult, type Outcome } from "./conduct.js";
export { processGroup, stateOfGroup } from "./process/group.js";
