/** A resource as the Pulumi program declares it. Values that are known only after a deploy are {@link Unknown}. */
export interface DeclaredResource {
  /** The type token, `aws:lambda/function:Function`. */
  readonly type: string;
  /** The logical name. */
  readonly name: string;
  readonly id: string;
  /** Inputs and invented outputs, by property. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The files of an archive or an asset, as they would be deployed; text and binary alike in base64. */
export type DeclaredFiles = Readonly<Record<string, string>>;

export interface DeclaredProgram {
  readonly resources: readonly DeclaredResource[];
  /** The stack's outputs, as far as they are known. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Stands for a value that nobody knows before a deploy. */
export const UNKNOWN = { unknown: true } as const;
export type Unknown = typeof UNKNOWN;
