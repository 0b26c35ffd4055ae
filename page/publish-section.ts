import { parseTicker, type Ticker } from "#protocol/quote.ts";
import type { PageConfig } from "./config.ts";
import { makeCopyButton } from "./copy-button.ts";
import { findElement } from "./find-element.ts";
import { publishCommand } from "./publish-command.ts";

const EXAMPLE = parseTicker("AAPL") as Ticker;

/** The command that publishes a price, ready to be copied. */
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
   * Shows the command for a ticker.
   * @param ticker `undefined`: there is none yet, so it is an example.
   * @param canAdd whether one can be added.
   */
  show(ticker: Ticker | undefined, canAdd: boolean): void {
    const { publishUrl, access } = this.#config;
    const isFirst = ticker === undefined && canAdd;
    const how = access.publish === "token" ? ", with a token in $TOKEN:" : ":";
    this.#hint.textContent = isFirst
      ? `Add a ticker, then publish a price${how}`
      : `Publish a price from a terminal, in cents${how}`;
    this.#command.textContent = publishCommand(publishUrl, access.publish, ticker ?? EXAMPLE);
    this.#section.hidden = false;
  }
}
