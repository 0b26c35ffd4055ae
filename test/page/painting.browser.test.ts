/**
 * Repainting and animation of prices. Does not prove how a hidden tab behaves: the tests only suspend animation frames.
 */
import { expect, test } from "vitest";
import { quote } from "./feed.ts";
import { useWatchTab } from "./watch-tab.ts";

const tab = useWatchTab();

test("updates only the row of a quote and flashes its price", async () => {
  const connection = await tab.open("AAPL", "GOOG");
  connection.sendQuotes(quote("AAPL", 2400, 1), quote("GOOG", 31_300, 1));
  await tab.shows("$313.00");
  await tab.page.evaluate(() => {
    const touched = new Set<string>();
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const row = (target instanceof Element ? target : target.parentElement)?.closest("tr");
        touched.add(row?.querySelector("th")?.textContent ?? "no row");
      }
      document.body.dataset["touched"] = [...touched].join(" ");
      const flashes = Array.from(
        document.querySelectorAll("td.price"),
        (cell) => cell.getAnimations().length,
      );
      document.body.dataset["flashes"] = flashes.join(" ");
    }).observe(document.querySelector("tbody") as Node, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
  });
  connection.sendQuotes(quote("GOOG", 31_400, 2));
  await tab.shows("$314.00");
  expect(await tab.page.locator("body").getAttribute("data-touched")).toBe("GOOG");
  expect(await tab.page.locator("body").getAttribute("data-flashes")).toBe("0 1");
});

test("flashes nothing with prefers-reduced-motion", async () => {
  await tab.page.emulateMedia({ reducedMotion: "reduce" });
  const connection = await tab.open("AAPL");
  connection.sendQuotes(quote("AAPL", 2400, 1));
  connection.sendQuotes(quote("AAPL", 2500, 2));
  await tab.shows("$25.00");
  expect(await tab.page.evaluate(() => document.getAnimations().length)).toBe(0);
});

test("paints only the newest price of each ticker, once per frame", async () => {
  const connection = await tab.open("AAPL", "GOOG");
  await tab.page.evaluate(() => {
    const held: FrameRequestCallback[] = [];
    Object.assign(globalThis, {
      held,
      requestAnimationFrame: (frame: FrameRequestCallback) => held.push(frame),
    });
  });
  const drawHeld = () =>
    tab.page.evaluate(() => {
      const { held } = globalThis as unknown as { held: FrameRequestCallback[] };
      const frames = held.splice(0);
      for (const frame of frames) frame(0);
      return frames.length;
    });
  for (let version = 1; version <= 1000; version += 1) {
    connection.sendQuotes(quote("AAPL", 2400 + version, version), quote("GOOG", 31_300 - version, version));
  }
  connection.send({ action: "error", code: "bad-message", message: "That was the last one." });
  await tab.shows("That was the last one.");
  expect(await tab.rows()).toStrictEqual(["AAPL no price yet – –", "GOOG no price yet – –"]);
  expect(await drawHeld()).toBe(1);
  expect(await tab.rows()).toStrictEqual(["AAPL $34.00 ▲ +0.01 ▲ +9.99", "GOOG $303.00 ▼ −0.01 ▼ −9.99"]);
  expect(await drawHeld()).toBe(0);
  expect(tab.troubles).toStrictEqual([]);
});

test("paints only the newest price into the row of a ticker that was dropped and added again", async () => {
  const connection = await tab.open("AAPL");
  await tab.page.evaluate(() => {
    const { requestAnimationFrame: request } = globalThis;
    Object.assign(globalThis, {
      requestAnimationFrame: (frame: FrameRequestCallback) => {
        globalThis.requestAnimationFrame = request;
        Object.assign(globalThis, { draw: frame });
      },
    });
  });
  connection.sendQuotes(quote("AAPL", 2400, 1));
  await tab.page.waitForFunction(() => "draw" in globalThis);
  await tab.page.getByRole("button", { name: "Drop AAPL" }).click();
  connection.sendQuotes(quote("AAPL", 2500, 2));
  connection.send({ action: "notice", message: "That was the last one." });
  await tab.shows("That was the last one.");
  await tab.type("AAPL");
  expect(await tab.rows()).toStrictEqual(["AAPL no price yet – –"]);
  await tab.page.evaluate(() => (globalThis as unknown as { draw: FrameRequestCallback }).draw(0));
  expect(await tab.rows()).toStrictEqual(["AAPL $25.00 – –"]);
});
