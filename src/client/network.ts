/** What joins the nodes of a cluster with each other and with the clients. */

/**
 * links: one user-space link a direction. namespaces: a network namespace for each node; takes the right to make
 * them. direct: nothing in between, so nothing on the way can be broken.
 */
export const NETWORKS = ["links", "namespaces", "direct"] as const;
export type NetworkKind = (typeof NETWORKS)[number];
