/** Stand-in for the TLS provider plugin, with real keys. Does not prove the renewal of certificates. */
import sdk from "@pulumi/tls/package.json" with { type: "json" };
import { serveProvider } from "./serve-provider.ts";

serveProvider(sdk.version);
