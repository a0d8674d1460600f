export * from "./fault.js";
export * from "./inject.js";
