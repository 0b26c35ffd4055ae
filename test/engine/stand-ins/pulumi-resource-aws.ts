/** Stand-in for the AWS provider plugin. Does not prove that AWS accepts the resources. */
import sdk from "@pulumi/aws/package.json" with { type: "json" };
import { serveProvider } from "./serve-provider.ts";

serveProvider(sdk.version);
