/** One message between two nodes, or between a client and a node: what a link saw of it. */

export interface Message {
  /** A node, or `clients`. */
  readonly from: string;
  readonly to: string;
  /** When it came to the link, ns since the run began. */
  readonly sent: number;
  /** When the link handed it on; null: never, or not while the run lasted. */
  readonly arrived: number | null;
  /** Messages of one connection have one number, in both directions. */
  readonly connection: number;
  /** Its length. */
  readonly bytes: number;
  /** How it begins. */
  readonly text: string;
}
