/**
 * The same test on fewer nodes: those that stay are called n1, n2, ... in their order, since that is what a cluster of so
 * many nodes calls them. Faults are cut down to what they do to those that stay, and quorums to as many as mean the same.
 * Pure.
 */

import { CLIENTS, type Fault, type Grudge, type NodeName, type TimedFault } from "../../nemesis/index.js";
import type { OwnProtocol } from "../config/config.js";
import type { ProtocolConfig, QuorumConfig } from "../replica/wire.js";
import type { Subject } from "./candidate.js";

type Protocol = ProtocolConfig | OwnProtocol;

/**
 * The node that a cluster of this protocol cannot be without: who leads it from its start on. Of somebody's own protocol
 * nobody knows, and the first node is the likeliest.
 */
function anchorOf(protocol: Protocol, nodes: readonly NodeName[]): NodeName | undefined {
  if (protocol.mode === "leader") return protocol.leader;
  if (protocol.mode === "sequencer") return protocol.sequencer;
  return protocol.mode === "own" ? nodes[0] : undefined;
}

/** `kept`: indices into the nodes of the test. null: the protocol means nothing with so few. */
export function onNodes({ test, plan }: Subject, kept: readonly number[]): Subject | null {
  const { nodes, protocol } = test;
  const anchor = anchorOf(protocol, nodes);
  const stay = nodes.filter((node, i) => node === anchor || kept.includes(i));
  if (stay.length === nodes.length) return { test, plan };
  if (stay.length === 0) return null;
  const names = new Map(stay.map((node, i) => [node, `n${i + 1}`]));
  const fewer = protocolOn(protocol, nodes.length, names);
  if (fewer === null) return null;
  const faults = plan.faults.flatMap((timed): readonly TimedFault[] => {
    const fault = faultOn(timed.fault, names);
    return fault === null ? [] : [{ ...timed, fault }];
  });
  return { test: { ...test, nodes: [...names.values()], protocol: fewer }, plan: { format: 1, faults } };
}

type Names = ReadonlyMap<NodeName, NodeName>;

const among = (nodes: readonly NodeName[], names: Names): readonly NodeName[] =>
  nodes.flatMap((node) => (node === CLIENTS ? [node] : (names.get(node) ?? [])));

/** null: nothing of it is left. */
export function faultOn(fault: Fault, names: Names): Fault | null {
  if (fault.f === "partition") {
    const { grudge } = fault;
    if (grudge === "isolate-leader") return names.size < 2 ? null : fault;
    const left = grudgeOn(grudge, names);
    return Object.keys(left).length === 0 ? null : { ...fault, grudge: left };
  }
  if ("links" in fault) {
    const links = fault.links.flatMap(({ from, to }) => {
      const [a, b] = [among([from], names)[0], among([to], names)[0]];
      return a === undefined || b === undefined ? [] : [{ from: a, to: b }];
    });
    return links.length === 0 ? null : { ...fault, links };
  }
  if (fault.who === "leader") return fault;
  const who = among(fault.who, names);
  return who.length === 0 ? null : { ...fault, who };
}

function grudgeOn(grudge: Grudge, names: Names): Grudge {
  const entries = Object.entries(grudge).flatMap(([receiver, senders]) => {
    const [hears] = among([receiver], names);
    const heard = among(senders, names);
    return hears === undefined || heard.length === 0 ? [] : [[hears, heard] as const];
  });
  return Object.fromEntries(entries);
}

function protocolOn(protocol: Protocol, before: number, names: Names): Protocol | null {
  const now = names.size;
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the other modes count no nodes
  switch (protocol.mode) {
    case "leader":
      return {
        ...protocol,
        leader: names.get(protocol.leader) ?? protocol.leader,
        // Of followers: the leader counts as one of the majority.
        writeQuorum: scaled(protocol.writeQuorum + 1, before, now) - 1,
        readQuorum: scaled(protocol.readQuorum, before, now),
      };
    case "sequencer":
      return {
        ...protocol,
        sequencer: names.get(protocol.sequencer) ?? protocol.sequencer,
        writeQuorum: scaled(protocol.writeQuorum, before, now),
        readQuorum: scaled(protocol.readQuorum, before, now),
      };
    case "quorum":
      return quorumOn(protocol, before, now);
    case "raft": {
      const voters = protocol.voters === undefined ? undefined : among(protocol.voters, names);
      if (voters?.length === 0) return null;
      const { voters: _, ...rest } = protocol;
      // All of them is what it is without being said.
      return { ...rest, ...(voters === undefined || voters.length === now ? {} : { voters }) };
    }
    default:
      return protocol;
  }
}

function quorumOn(protocol: QuorumConfig, before: number, now: number): QuorumConfig | null {
  const { replicas } = protocol;
  const [held, holds] = [replicas ?? before, Math.min(replicas ?? before, now)];
  // Without nodes beside those that hold a key, both mean nothing.
  const needsOthers = protocol.sloppyQuorum === true || protocol.virtualNodes !== undefined;
  if (needsOthers && holds === now) return null;
  return {
    ...protocol,
    writeQuorum: scaled(protocol.writeQuorum, held, holds),
    readQuorum: scaled(protocol.readQuorum, held, holds),
    ...(replicas === undefined ? {} : { replicas: holds }),
  };
}

/** A majority stays one, all stay all, and any other number is as it was as far as there are so many. */
export function scaled(quorum: number, before: number, now: number): number {
  return quorum === majorityOf(before) ? majorityOf(now) : Math.min(quorum, now);
}

const majorityOf = (nodes: number): number => Math.floor(nodes / 2) + 1;
