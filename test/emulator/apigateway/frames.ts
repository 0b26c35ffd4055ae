export interface FrameOptions {
  /**
   * Whether the message ends with this frame.
   * @default true
   */
  readonly fin?: boolean;
  /**
   * 0 is a continuation, 1 is text, 9 is a ping.
   * @default 1
   */
  readonly opcode?: number;
}

/** A frame as a client sends it, with a mask of zeros. */
export function clientFrame(payload: string, { fin = true, opcode = 1 }: FrameOptions = {}): Buffer {
  const length = Buffer.byteLength(payload);
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header.writeUInt8((fin ? 0x80 : 0) | opcode, 0);
  header.writeUInt8(0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127), 1);
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, Buffer.alloc(4), Buffer.from(payload)]);
}
