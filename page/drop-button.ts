/** @param label the accessible name and the tooltip. */
export function createDropButton(label: string, onDrop: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "cross";
  // The label may contain a ticker.
  button.translate = false;
  button.textContent = "×";
  button.ariaLabel = label;
  button.title = label;
  button.addEventListener("click", onDrop);
  return button;
}
