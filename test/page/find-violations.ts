import axe from "axe-core";
import type { Page } from "playwright-core";

/** What axe finds, rule by rule, with the elements. It comes past the content security policy, by the debugger's door. */
export async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe: inPage } = globalThis as unknown as { axe: typeof axe };
    const { violations } = await inPage.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

/** How a page may look. */
export interface Look {
  readonly colorScheme: "light" | "dark";
  readonly width: number;
}

const looks: readonly Look[] = [
  { colorScheme: "light", width: 1000 },
  { colorScheme: "dark", width: 1000 },
  { colorScheme: "light", width: 390 },
];

/** Each state in each look that axe is to judge. */
export function inEachLook(states: readonly string[]): (Look & { readonly state: string })[] {
  return states.flatMap((state) => looks.map((look) => ({ state, ...look })));
}

/** Has the page look so, with no price flashing: axe would judge whatever colour it meets on the way. */
export async function wear(page: Page, { colorScheme, width }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.setViewportSize({ width, height: 800 });
}
