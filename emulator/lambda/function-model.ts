/** A function as declared by the Pulumi program. */
export interface FunctionModel {
  readonly name: string;
  /** Unqualified: `arn:aws:lambda:{region}:{account}:function:{name}`. */
  readonly arn: string;
  /** `$LATEST` or a number. */
  readonly version: string;
  /** `index.handler`: the module without its extension, and the export. */
  readonly handler: string;
  readonly region: string;
  /** Starts after initialization. */
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** As declared; function-environment.ts adds the variables that Lambda sets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: string;
  /** Contains the handler module; working directory of the function. */
  readonly codeDirectory: string;
  /** PEM file of additional CA certificates, for the local servers. */
  readonly trustedCertificates?: string;
  /** Session credentials of the function role. */
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
}

/** The result of one invocation. */
export type FunctionResult =
  | { readonly outcome: "returned"; readonly payload: unknown }
  | {
      /** `FunctionError: Unhandled` in Lambda. */
      readonly outcome: "failed";
      /** `errorMessage` in Lambda. */
      readonly message: string;
      /** `errorType` in Lambda: the error name, `Runtime.…` or `Sandbox.Timedout`. */
      readonly errorType?: string;
    };
