/** What a run did, in numbers that show whether its verdicts mean anything. */

import type { Json } from "../history/event.js";

export interface FaultFacts {
  /** Id in faults.json. */
  readonly id: string;
  /** partition, kill, ...; null for a planned fault that never began. */
  readonly f: string | null;
  readonly began: boolean;
  readonly ended: boolean;
  /** What the nemesis measured when it ended the fault; null when nothing was recorded. */
  readonly bit: boolean | null;
  /** How that was measured, in words; null when nothing was recorded. */
  readonly evidence: string | null;
  /** Operations (without dumps) that were under way at some moment while it was active. */
  readonly overlapped: number;
}

export interface VacuityDetails {
  readonly okReads: number;
  readonly okWrites: number;
  readonly planned: number;
  readonly began: number;
  readonly ended: number;
  readonly bit: number;
  /** Operations that were under way while at least one fault was active. */
  readonly overlapped: number;
  readonly faults: readonly FaultFacts[];
  /** Why the run proves less than it seems to; empty when it does not. */
  readonly reasons: readonly string[];
}

/**
 * What the end event of a fault carries as its value, as far as it is read here: did the fault bite, and how is that
 * known ("2 connections were held, 0 bytes passed").
 */
export interface FaultEnd {
  readonly [name: string]: Json;
  readonly bit: boolean;
  readonly evidence: string;
}
