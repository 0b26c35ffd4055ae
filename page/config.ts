import * as v from "valibot";

/** Whether each operation requires a token (`token`) or not (`open`). */
export interface Access {
  /** Opening a WebSocket. */
  readonly watch: "token" | "open";
  /** Attaching to a user. */
  readonly user: "token" | "open";
  /** Publishing a price. */
  readonly publish: "token" | "open";
}

/** The content of `config.json`, which the deployment writes next to the page. */
export interface PageConfig {
  /** WebSocket API, `wss://…/development`. */
  readonly watchUrl: string;
  /** HTTP API, `https://…/development`. */
  readonly publishUrl: string;
  readonly access: Access;
  /** The token claim that contains the user, for an external issuer. */
  readonly userClaim?: string;
}

const CONFIG_FILE = "config.json";

const url = (protocols: RegExp) => v.pipe(v.string(), v.url(), v.regex(protocols));
const accessMode = v.picklist(["token", "open"]);
const configSchema = v.object({
  watchUrl: url(/^wss?:/),
  publishUrl: url(/^https?:/),
  // Deployments that predate `access` required no token.
  access: v.optional(v.object({ watch: accessMode, user: accessMode, publish: accessMode }), {
    watch: "open",
    user: "open",
    publish: "open",
  }),
  userClaim: v.exactOptional(v.string()),
});

/**
 * Reads `config.json`.
 * @throws {Error} with a message to be shown on the page, if the file is missing or invalid.
 */
export async function loadConfig(fetchFile: typeof fetch): Promise<PageConfig> {
  const text = await readText(fetchFile);
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), configSchema), text);
  if (success) return output;
  throw new Error(
    `Expected ${CONFIG_FILE} to contain watchUrl (wss://…), publishUrl (https://…) and access (watch, user and publish, each token or open), got ${text.slice(0, 80)}. Deploy the page again.`,
  );
}

const PROBE_TIMEOUT_MS = 5000;

/** Whether the page's server responds, with any status, within 5 s. Never rejects. */
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
      `Cannot read ${CONFIG_FILE}: ${reason}. Reload the page; if the error persists, deploy it again.`,
      { cause },
    );
  }
}
