/** In the place of the TLS provider's plugin: its keys are real. Does not prove that it renews a period that ends. */
import sdk from "@pulumi/tls/package.json" with { type: "json" };
import { serveProvider } from "./serve-provider.ts";

serveProvider(sdk.version);
