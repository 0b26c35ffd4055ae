import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { ClaimRules } from "#protocol/claim-rules.ts";
import { PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";

/* Settings and token payloads of public issuers, read from docs/security.md. */
const DOCUMENT = readFileSync(join(import.meta.dirname, "../../../docs/security.md"), "utf8");

/** The documented configuration of an issuer, and the payload of a watch token. */
export interface IssuerExample {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

const payload = v.record(v.string(), v.unknown());

/** One for each `### ` section of "Another issuer". */
export function readIssuerExamples(): readonly IssuerExample[] {
  const [, chapter = ""] = DOCUMENT.split("\n## Another issuer\n");
  const [issuers = ""] = chapter.split("\n## ");
  return issuers
    .split("\n### ")
    .slice(1)
    .map((section) => {
      const [name = ""] = section.split("\n");
      const commands = section.matchAll(/^pulumi config set (\w+) '?(.+?)'?$/gm);
      const [, json = ""] = /```json\n([^`]+)```/.exec(section) ?? [];
      return {
        name,
        settings: Object.fromEntries([...commands].map(([, key, value]) => [`${key}`, `${value}`])),
        payload: v.parse(payload, JSON.parse(json)),
      };
    });
}

/** The claim rules of these settings. */
export const rulesOf = ({ settings }: IssuerExample): ClaimRules => ({
  userClaim: settings["tokenUserClaim"] ?? "sub",
  audienceClaim: settings["tokenAudienceClaim"] ?? "aud",
  audiences: {
    [WATCH_AUDIENCE]: settings["tokenWatchAudience"] ?? WATCH_AUDIENCE,
    [PUBLISH_AUDIENCE]: settings["tokenPublishAudience"] ?? PUBLISH_AUDIENCE,
  },
});
