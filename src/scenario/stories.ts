/** The stories. A new one is an entry here; its commands are those of the shell, so that a reader can repeat them. */

import { CONFLICT, HINTED_HANDOFF, PARTITION, READ_REPAIR, SPLIT_BRAIN } from "./stories-of-failure.js";
import { BASIC_QUORUM, CONCURRENT, EVENTUAL, STRONG } from "./stories-of-writes.js";
import type { Story } from "./story.js";

export const STORIES: readonly Story[] = [
  STRONG,
  EVENTUAL,
  CONCURRENT,
  BASIC_QUORUM,
  CONFLICT,
  PARTITION,
  READ_REPAIR,
  HINTED_HANDOFF,
  SPLIT_BRAIN,
];
