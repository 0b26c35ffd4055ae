const MINUS = "\u2212";

/** Dollars from whole cents: `$1,234.56`, `−$0.05`. Exact for every price, since no digit passes through a fraction. */
export function formatPrice(cents: number): string {
  return `${cents < 0 ? MINUS : ""}$${formatMagnitude(cents)}`;
}

/** A change in dollars, with its direction as a shape and as a sign; `–` when there is none or it is not known. */
export function formatChange(changeCents: number | undefined): string {
  if (!changeCents) return "–";
  return changeCents > 0 ? `▲ +${formatMagnitude(changeCents)}` : `▼ ${MINUS}${formatMagnitude(changeCents)}`;
}

function formatMagnitude(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, "0");
  const dollars = digits.slice(0, -2).replace(/\B(?=(?:\d{3})+$)/g, ",");
  return `${dollars}.${digits.slice(-2)}`;
}
