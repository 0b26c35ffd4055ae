import axe from "axe-core";
import type { Page } from "playwright-core";

/** The axe violations by rule, with their elements. DevTools bypasses the page's content security policy. */
export async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe: inPage } = globalThis as unknown as { axe: typeof axe };
    const { violations } = await inPage.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

/** Appearances of the page. */
export interface Appearance {
  readonly colorScheme: "light" | "dark";
  readonly width: number;
}

const appearances: readonly Appearance[] = [
  { colorScheme: "light", width: 1000 },
  { colorScheme: "dark", width: 1000 },
  { colorScheme: "light", width: 390 },
];

/** Each state in each appearance. */
export function inEachAppearance(states: readonly string[]): (Appearance & { readonly state: string })[] {
  return states.flatMap((state) => appearances.map((appearance) => ({ state, ...appearance })));
}

/** Applies an appearance without animations, whose intermediate colours axe would report. */
export async function applyAppearance(page: Page, { colorScheme, width }: Appearance): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.setViewportSize({ width, height: 800 });
}
