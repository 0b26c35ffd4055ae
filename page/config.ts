import * as v from "valibot";

/** Where the services are: `config.json`, which the deployment writes beside the page. */
export interface PageConfig {
  /** `wss://…/development`: prices come from here. */
  readonly watchUrl: string;
  /** `https://…/development`: prices are posted to here. */
  readonly publishUrl: string;
}

const CONFIG_FILE = "config.json";

const url = (protocols: RegExp) => v.pipe(v.string(), v.url(), v.regex(protocols));
const configSchema = v.object({ watchUrl: url(/^wss?:/), publishUrl: url(/^https?:/) });

/**
 * Reads `config.json`, which lies beside the page.
 * @throws {Error} with a message for the person who looks at the page, when it is missing or not as expected.
 */
export async function loadConfig(fetchFile: typeof fetch): Promise<PageConfig> {
  const text = await readText(fetchFile);
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), configSchema), text);
  if (success) return output;
  throw new Error(
    `Expected ${CONFIG_FILE} to hold a watchUrl (wss://…) and a publishUrl (https://…), got ${text.slice(0, 80)}. Deploy the page again.`,
  );
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
