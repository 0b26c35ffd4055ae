import { after } from "#client/timer.ts";

const FEEDBACK_MS = 2000;

/** Makes `button` copy the text of `source` and show the result for 2 s. */
export function makeCopyButton(button: HTMLButtonElement, source: HTMLElement): void {
  const label = button.textContent;
  const show = (text: string) => {
    button.textContent = text;
    after(FEEDBACK_MS, () => {
      button.textContent = label;
    });
  };
  button.addEventListener("click", () => {
    void copyText(source).then(
      () => show("Copied"),
      () => {
        // Without permission or a secure origin the text is selected, for a manual copy.
        getSelection()?.selectAllChildren(source);
        show("Selected");
      },
    );
  });
}

/** Also rejects on an insecure origin, where `navigator.clipboard` is undefined. */
async function copyText({ textContent }: HTMLElement): Promise<void> {
  await navigator.clipboard.writeText(textContent ?? "");
}
