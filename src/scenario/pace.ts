/** How long things take in a story. */

/** Long enough that nobody takes "not yet" for "never", on a busy machine too: ms, as a flag. */
export const SLOW = "2000";

/** After so long a connection has noticed that its other end is gone. */
export const NOTICED_MS = 600;
