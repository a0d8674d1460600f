/** Read less long after healing than this (an interrupted run), replicas that differ are not called diverged. */
export const PATIENCE_MS = 5000;
