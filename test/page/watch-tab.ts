import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { Access } from "#page/config.ts";
import { launchBrowser } from "./browser.ts";
import { Feed, type FeedConnection } from "./feed.ts";
import { type ServedPage, servePage } from "./serve-page.ts";

/** What the served `config.json` says. */
export const PUBLISH_URL = "https://publish.example/development";

export interface WatchTabOptions {
  readonly publishUrl?: string;
  /** What the service asks a token for; a deployment of before it could does not say. */
  readonly access?: Access;
  /** What the browser is like: its size, its colours, its clock. */
  readonly context?: BrowserContextOptions;
}

/** A tab of a real browser for each test of the file that calls this, and the feed that the page in it connects to. */
export function useWatchTab({
  publishUrl = PUBLISH_URL,
  access,
  context = {},
}: WatchTabOptions = {}): WatchTab {
  let started: { readonly browser: Browser; readonly feed: Feed; readonly served: ServedPage };
  const tab = new WatchTab();
  beforeAll(async () => {
    const feed = await Feed.start();
    const config = JSON.stringify({ watchUrl: feed.url, publishUrl, access });
    const [browser, served] = await Promise.all([launchBrowser(), servePage(config, feed.url)]);
    started = { browser, feed, served };
  });
  beforeEach(async () => {
    started.feed.isRefusing = false;
    started.feed.offers.take();
    started.feed.connections.take();
    tab.enter(await started.browser.newPage(context), started.feed, started.served.url);
  });
  afterEach(async () => await tab.page.close());
  afterAll(async () => {
    await started.browser.close();
    await started.served[Symbol.asyncDispose]();
    await started.feed[Symbol.asyncDispose]();
  });
  return tab;
}

export class WatchTab {
  #entered: { readonly page: Page; readonly feed: Feed; readonly url: string } | undefined;
  /** What the browser's console complains of, violations of the content security policy among it. */
  troubles: readonly string[] = [];

  enter(page: Page, feed: Feed, url: string): void {
    const troubles: string[] = [];
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") troubles.push(message.text());
    });
    this.troubles = troubles;
    this.#entered = { page, feed, url };
  }

  get page(): Page {
    return this.#inside().page;
  }

  get feed(): Feed {
    return this.#inside().feed;
  }

  /** The page's address, without a list. */
  get url(): string {
    return this.#inside().url;
  }

  /** Opens the page with these tickers in its address, and answers its watch. */
  async open(...tickers: string[]): Promise<FeedConnection> {
    await this.page.goto(`${this.url}?tickers=${tickers.join(",")}`);
    return await this.answerWatch(...tickers);
  }

  /** The page's next connection, with its watch answered. */
  async answerWatch(...tickers: string[]): Promise<FeedConnection> {
    const connection = await this.feed.connections.next();
    expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers });
    connection.answer(tickers);
    await this.page.locator("#status[data-state=live]").waitFor();
    return connection;
  }

  /** What is said of the list. */
  get notice(): Locator {
    return this.page.getByRole("alert").and(this.page.locator("#notice"));
  }

  /** What is said to whoever signs in. */
  get problem(): Locator {
    return this.page.getByRole("alert").and(this.page.locator("#sign-in-problem"));
  }

  /** What the table says: ticker, price, last change and change since first seen of each row. */
  async rows(): Promise<string[]> {
    return await this.page.locator("tbody tr").evaluateAll((all) =>
      all.map((row) => {
        const cells = row.querySelectorAll("th, .price, .change");
        return Array.from(cells, (cell) => cell.textContent).join(" ");
      }),
    );
  }

  /** Waits until this text is seen, in an element of its own. */
  async shows(text: string): Promise<void> {
    await this.page.getByText(text, { exact: true }).waitFor();
  }

  /** Types into the field for tickers, and presses Enter. */
  async type(text: string): Promise<void> {
    await this.page.getByLabel("Tickers").fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** By how many pixels the content of these elements is wider than they are. */
  async overflow(...selectors: string[]): Promise<number[]> {
    return await this.page.evaluate(
      (all) =>
        all.map((selector) => {
          const element = document.querySelector(selector) as Element;
          return element.scrollWidth - element.clientWidth;
        }),
      selectors,
    );
  }

  /** Where a token goes. */
  get tokenField(): Locator {
    return this.page.getByRole("textbox", { name: "Token", exact: true });
  }

  /** Pastes into the field for a token, and presses Enter. */
  async signIn(token: string): Promise<void> {
    await this.tokenField.fill(token);
    await this.tokenField.press("Enter");
  }

  #inside(): { readonly page: Page; readonly feed: Feed; readonly url: string } {
    if (this.#entered) return this.#entered;
    throw new Error("Expected a test to be running: outside of one there is no page.");
  }
}
