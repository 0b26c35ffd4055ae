/** In the place of the AWS provider's plugin. Does not prove that AWS takes what it is given. */
import sdk from "@pulumi/aws/package.json" with { type: "json" };
import { serveProvider } from "./serve-provider.ts";

serveProvider(sdk.version);
