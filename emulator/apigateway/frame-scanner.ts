/** Opcodes from 8 are control frames, which are not part of a message. */
const FIRST_CONTROL_OPCODE = 0x8;

/**
 * Finds the first frame over a size limit in a WebSocket byte stream. It reads only the headers; chunks may
 * be split anywhere.
 * https://www.rfc-editor.org/rfc/rfc6455#section-5.2
 */
export class FrameScanner {
  readonly #maxPayloadBytes: number;
  /** The longest header: 2 bytes, 8 of length and 4 of mask. */
  readonly #header = Buffer.alloc(14);
  #headerBytes = 0;
  #payloadBytesLeft = 0;
  #messages = 0;

  /** @param maxPayloadBytes the limit of a frame without its header. */
  constructor(maxPayloadBytes: number) {
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** The number of messages before the first frame over the limit; `undefined` until there is one. */
  scan(bytes: Uint8Array): number | undefined {
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#payloadBytesLeft > 0) {
        const skipped = Math.min(this.#payloadBytesLeft, bytes.length - offset);
        this.#payloadBytesLeft -= skipped;
        offset += skipped;
        continue;
      }
      this.#header[this.#headerBytes++] = bytes[offset++] ?? 0;
      if (this.#headerBytes < headerLength(this.#header, this.#headerBytes)) continue;
      this.#headerBytes = 0;
      this.#payloadBytesLeft = payloadLength(this.#header);
      if (this.#payloadBytesLeft > this.#maxPayloadBytes) return this.#messages;
      if (endsMessage(this.#header)) this.#messages++;
    }
    return undefined;
  }
}

/** The header length, given its first `known` bytes; 2 until the two bytes that determine it are known. */
function headerLength(header: Buffer, known: number): number {
  if (known < 2) return 2;
  const second = header.readUInt8(1);
  const length = second & 0x7f;
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0);
}

function payloadLength(header: Buffer): number {
  const length = header.readUInt8(1) & 0x7f;
  if (length === 126) return header.readUInt16BE(2);
  return length === 127 ? Number(header.readBigUInt64BE(2)) : length;
}

function endsMessage(header: Buffer): boolean {
  const first = header.readUInt8(0);
  return (first & 0x80) !== 0 && (first & 0x0f) < FIRST_CONTROL_OPCODE;
}
