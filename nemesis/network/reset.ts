/**
 * A reset that cannot leave a handle behind.
 *
 * Node's `resetAndDestroy` ends the stream first, and when anything else destroys the socket before that shutdown is
 * through, the reset is refused (EINVAL), the handle is neither open nor closed, and a worker that holds one never ends
 * (Node 20.20). So the shutdown is waited for here, and only then the reset is asked for.
 */

import type { Socket } from "node:net";

/** What was written before still goes out first; then the peer is reset. */
export function reset(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.writableFinished) {
    socket.resetAndDestroy();
    return;
  }
  socket.once("finish", () => {
    if (!socket.destroyed) socket.resetAndDestroy();
  });
  socket.end();
}
