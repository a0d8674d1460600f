export * from "./verdict.js";
export * from "./history/event.js";
export * from "./history/operation.js";
