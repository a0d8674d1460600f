/** Typed arrays that double as they fill. The buffers are public because a method call per access is felt at 10^7. */

export class Ints {
  buffer: Int32Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 1024) {
    this.buffer = new Int32Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.buffer.length) this.reserve(Math.max(16, this.length * 2));
    this.buffer[this.length++] = value;
  }

  reserve(capacity: number): void {
    if (capacity <= this.buffer.length) return;
    const grown = new Int32Array(Math.max(capacity, 16));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  view(): Int32Array {
    return this.buffer.subarray(0, this.length);
  }
}

export class Bytes {
  buffer: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.buffer.length) this.reserve(this.length * 2);
    this.buffer[this.length++] = value;
  }

  reserve(capacity: number): void {
    if (capacity <= this.buffer.length) return;
    const grown = new Uint8Array(capacity);
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  view(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }
}

export class Floats {
  buffer: Float64Array<ArrayBuffer> = new Float64Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.buffer.length) {
      const grown = new Float64Array(this.length * 2);
      grown.set(this.buffer);
      this.buffer = grown;
    }
    this.buffer[this.length++] = value;
  }

  view(): Float64Array {
    return this.buffer.subarray(0, this.length);
  }
}
