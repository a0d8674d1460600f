/** What the viewer's page and its worker say to each other. */

import type { Payload } from "../../payload.js";

/** A file to be checked. */
export interface Task {
  readonly name: string;
  readonly bytes: ArrayBuffer;
  /** What made it; "": found from its operations. */
  readonly workload: string;
}

export type Answer =
  | { readonly is: "progress"; readonly words: string }
  | {
      readonly is: "page";
      readonly title: string;
      /** Markup in which everything that came from the file is escaped. */
      readonly body: string;
      readonly payload: Payload;
      readonly bytes: Uint8Array<ArrayBuffer>;
    }
  | {
      readonly is: "problems";
      readonly problems: readonly { readonly line: number; readonly message: string }[];
      readonly problemCount: number;
    };
