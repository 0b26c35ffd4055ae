import * as v from "valibot";

/** Whether the service asks for a token (`token`), or takes everybody (`open`). */
export interface Access {
  /** To let a socket in. */
  readonly watch: "token" | "open";
  /** To take somebody for a user. */
  readonly user: "token" | "open";
  /** To take a price. */
  readonly publish: "token" | "open";
}

/** Where the services are, and what they ask for: `config.json`, which the deployment writes beside the page. */
export interface PageConfig {
  /** `wss://…/development`: prices come from here. */
  readonly watchUrl: string;
  /** `https://…/development`: prices are posted to here. */
  readonly publishUrl: string;
  readonly access: Access;
  /** The claim of a token that names its user, where another issuer signs the tokens. */
  readonly userClaim?: string;
}

const CONFIG_FILE = "config.json";

const url = (protocols: RegExp) => v.pipe(v.string(), v.url(), v.regex(protocols));
const gate = v.picklist(["token", "open"]);
const configSchema = v.object({
  watchUrl: url(/^wss?:/),
  publishUrl: url(/^https?:/),
  // A deployment of before there was `access` let everybody watch, and said so itself where it did not.
  access: v.optional(v.object({ watch: gate, user: gate, publish: gate }), {
    watch: "open",
    user: "open",
    publish: "open",
  }),
  userClaim: v.exactOptional(v.string()),
});

/**
 * Reads `config.json`, which lies beside the page.
 * @throws {Error} with a message for the person who looks at the page, when it is missing or not as expected.
 */
export async function loadConfig(fetchFile: typeof fetch): Promise<PageConfig> {
  const text = await readText(fetchFile);
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), configSchema), text);
  if (success) return output;
  throw new Error(
    `Expected ${CONFIG_FILE} to hold a watchUrl (wss://…), a publishUrl (https://…) and access (watch, user and publish, each token or open), got ${text.slice(0, 80)}. Deploy the page again.`,
  );
}

/** A probe is answered within this time, or the network counts as out of reach. */
const PROBE_TIMEOUT_MS = 5000;

/** Whether the server of the page answers, whatever it answers. Never rejects. */
export async function isServerReachable(fetchFile: typeof fetch): Promise<boolean> {
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  try {
    await fetchFile(CONFIG_FILE, { method: "HEAD", cache: "no-store", signal });
    return true;
  } catch {
    return false;
  }
}

async function readText(fetchFile: typeof fetch): Promise<string> {
  try {
    const response = await fetchFile(CONFIG_FILE, { cache: "no-cache" });
    if (response.ok) return await response.text();
    throw new Error(`HTTP ${response.status}`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `Cannot read ${CONFIG_FILE}, which says where prices come from: ${reason}. Reload the page; if that does not help, deploy it again.`,
      { cause },
    );
  }
}
