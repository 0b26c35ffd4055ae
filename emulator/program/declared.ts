/** A resource that the Pulumi program declares. Values that are known only after a deployment are {@link UNKNOWN}. */
export interface DeclaredResource {
  /** The type token, `aws:lambda/function:Function`. */
  readonly type: string;
  /** The logical name. */
  readonly name: string;
  readonly id: string;
  /** Inputs and synthesized outputs, by property. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The files of an archive or an asset by path, in base64; the path of an asset is empty. */
export type DeclaredFiles = Readonly<Record<string, string>>;

export interface DeclaredProgram {
  readonly resources: readonly DeclaredResource[];
  /** The stack outputs; an output that is not known is {@link UNKNOWN}. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Placeholder for a value that is known only after a deployment. */
export const UNKNOWN = { unknown: true } as const;
export type Unknown = typeof UNKNOWN;
