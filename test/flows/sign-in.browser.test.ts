import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import { PUBLISH_AUDIENCE } from "#protocol/token-audiences.ts";
import { publish } from "#support/clients.ts";
import { output } from "#support/output.ts";
import { mintToken } from "#support/tokens.ts";
import { launchBrowser } from "../page/browser.ts";

/* Sign-in on a stack that requires tokens, as deployed stacks do. test/page covers the page alone. */
let stack: LocalStack;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  [stack, browser] = await Promise.all([startStack(), launchBrowser()]);
  page = await (await browser.newContext()).newPage();
  await page.goto(output(stack, "pageUrl"));
});
afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

async function signIn(token: string): Promise<void> {
  const field = page.getByRole("textbox", { name: "Token", exact: true });
  await field.fill(token);
  await field.press("Enter");
}

const shows = (text: string) => page.getByText(text).first().waitFor();
const REJECTED = "Could not connect. The token may have been rejected, or the service is unreachable.";

test("the page requests a token and shows an error for a foreign token and for a publish token", async () => {
  await shows("Watching requires a token.");
  const foreignToken = (await mintToken(stack, "ann")).replace(/\.[^.]+$/, `.${"A".repeat(86)}`);
  for (const token of [foreignToken, await mintToken(stack, "ann", PUBLISH_AUDIENCE)]) {
    await signIn(token);
    await shows(REJECTED);
  }
});

test("with a valid token the page shows the user and prices", async () => {
  await signIn(await mintToken(stack, "ann"));
  await shows("Watching as ann, token until");
  await page.getByLabel("Tickers").fill("LOCKED");
  await page.getByRole("button", { name: "Add" }).click();
  await shows("no price yet");
  await publish(stack, "ticker=LOCKED&price=2400");
  await shows("$24.00");
});

test("the session survives a reload, is not shared with another tab, and ends with sign-out", async () => {
  await page.reload();
  await shows("$24.00");
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByText("Watching requires a token.").waitFor();
  await other.close();
  await page.getByRole("button", { name: "Sign out" }).click();
  await shows("Watching requires a token.");
  expect(await page.getByText("$24.00").count()).toBe(0);
});
