/** JSON lines over a socket: reading with a bound, and one system call per tick for all that is written in it. */

import type { Socket } from "node:net";

export interface LineEvents {
  readonly onLine: (line: string) => void;
  /** Called once, after which what comes is thrown away. */
  readonly onTooLong: () => void;
  /** Characters that a line may have, asked again for every piece that arrives. */
  readonly lineMax: () => number;
}

export function readLines(socket: Socket, { onLine, onTooLong, lineMax }: LineEvents): void {
  let rest = "";
  socket.setEncoding("utf8");
  const onData = (chunk: string): void => {
    let from = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", from)) {
      const line = rest + chunk.slice(from, end);
      rest = "";
      from = end + 1;
      if (line.length > 0) onLine(line);
    }
    rest += chunk.slice(from);
    if (rest.length <= lineMax()) return;
    rest = "";
    socket.off("data", onData).resume();
    onTooLong();
  };
  socket.on("data", onData);
}

export class LineWriter {
  readonly #socket: Socket;
  #pending = "";
  #scheduled = false;
  #ending = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    // A client that does not read its answers is not read either, so that what waits for it stays bounded.
    socket.on("drain", () => socket.resume());
  }

  write(line: string): void {
    this.#pending += line;
    this.#pending += "\n";
    this.#schedule();
  }

  /** Closes the connection after what was written. */
  end(): void {
    this.#ending = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const text = this.#pending;
    this.#pending = "";
    if (!this.#socket.writable) return;
    if (this.#ending) this.#socket.end(text);
    else if (!this.#socket.write(text)) this.#socket.pause();
  }
}
