import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { Access } from "#page/config.ts";
import { launchBrowser } from "./browser.ts";
import { Feed, type FeedConnection } from "./feed.ts";
import { type ServedPage, servePage } from "./serve-page.ts";

/** In the served `config.json`. */
export const PUBLISH_URL = "https://publish.example/development";

export interface WatchTabOptions {
  readonly publishUrl?: string;
  /** @default none, as in deployments that predate access modes */
  readonly access?: Access;
  /** Browser settings such as size, colour scheme and time zone. */
  readonly context?: BrowserContextOptions;
}

/** Opens a browser tab for each test of the calling file, and the feed that its page connects to. */
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
  /** Console errors, including violations of the content security policy. */
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

  /** The page's URL without a list. */
  get url(): string {
    return this.#inside().url;
  }

  /** Opens the page with these tickers in its URL and answers its watch. */
  async open(...tickers: string[]): Promise<FeedConnection> {
    await this.page.goto(`${this.url}?tickers=${tickers.join(",")}`);
    return await this.answerWatch(...tickers);
  }

  /** Answers the watch of the page's next connection. */
  async answerWatch(...tickers: string[]): Promise<FeedConnection> {
    const connection = await this.feed.connections.next();
    expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers });
    connection.answer(tickers);
    await this.page.locator("#status[data-state=live]").waitFor();
    return connection;
  }

  /** The message of the add form. */
  get notice(): Locator {
    return this.page.getByRole("alert").and(this.page.locator("#notice"));
  }

  /** The message of the sign-in form. */
  get problem(): Locator {
    return this.page.getByRole("alert").and(this.page.locator("#sign-in-problem"));
  }

  /** The ticker, price, last change and change since first seen of each row. */
  async rows(): Promise<string[]> {
    return await this.page.locator("tbody tr").evaluateAll((all) =>
      all.map((row) => {
        const cells = row.querySelectorAll("th, .price, .change");
        return Array.from(cells, (cell) => cell.textContent).join(" ");
      }),
    );
  }

  /** Waits until an element with exactly this text is visible. */
  async shows(text: string): Promise<void> {
    await this.page.getByText(text, { exact: true }).waitFor();
  }

  /** Types into the tickers field and presses Enter. */
  async type(text: string): Promise<void> {
    await this.page.getByLabel("Tickers").fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** The horizontal overflow of these elements in pixels. */
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

  /** The token field. */
  get tokenField(): Locator {
    return this.page.getByRole("textbox", { name: "Token", exact: true });
  }

  /** Pastes into the token field and presses Enter. */
  async signIn(token: string): Promise<void> {
    await this.tokenField.fill(token);
    await this.tokenField.press("Enter");
  }

  #inside(): { readonly page: Page; readonly feed: Feed; readonly url: string } {
    if (this.#entered) return this.#entered;
    throw new Error("Expected a test to be running: outside of one there is no page.");
  }
}
