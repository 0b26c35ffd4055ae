import { parseTicker, type Ticker } from "#protocol/quote.ts";
import type { PageConfig } from "./config.ts";
import { makeCopyButton } from "./copy-button.ts";
import { findElement } from "./find-element.ts";
import { publishCommand } from "./publish-command.ts";

const EXAMPLE = parseTicker("AAPL") as Ticker;

/** The command that publishes a price, with a copy button. */
export class PublishSection {
  readonly #config: PageConfig;
  readonly #section = findElement("publish", HTMLElement);
  readonly #hint = findElement("publish-hint", HTMLElement);
  readonly #command = findElement("publish-command", HTMLElement);

  constructor(config: PageConfig) {
    this.#config = config;
    makeCopyButton(findElement("copy", HTMLButtonElement), this.#command);
  }

  /**
   * @param ticker `undefined` for an example ticker.
   * @param canAdd whether the form to add tickers is shown.
   */
  show(ticker: Ticker | undefined, canAdd: boolean): void {
    const { publishUrl, access } = this.#config;
    const isFirst = ticker === undefined && canAdd;
    const suffix = access.publish === "token" ? ", with a token in $TOKEN:" : ":";
    this.#hint.textContent = isFirst
      ? `Add a ticker, then publish a price${suffix}`
      : `Publish a price from a terminal, in cents${suffix}`;
    this.#command.textContent = publishCommand(publishUrl, access.publish, ticker ?? EXAMPLE);
    this.#section.hidden = false;
  }
}
