import { after } from "#client/timer.ts";

const FEEDBACK_MS = 2000;

/** Has `button` copy the text of `source`, and say for a moment what it did. */
export function makeCopyButton(button: HTMLButtonElement, source: HTMLElement): void {
  const label = button.textContent;
  const say = (text: string) => {
    button.textContent = text;
    after(FEEDBACK_MS, () => {
      button.textContent = label;
    });
  };
  button.addEventListener("click", () => {
    void copyText(source).then(
      () => say("Copied"),
      () => {
        // Not allowed, or not a secure origin: the text is then selected, ready for the person's own copy.
        getSelection()?.selectAllChildren(source);
        say("Selected");
      },
    );
  });
}

/** Rejects, too, where `navigator.clipboard` is missing: on an origin that is not secure. */
async function copyText({ textContent }: HTMLElement): Promise<void> {
  await navigator.clipboard.writeText(textContent ?? "");
}
