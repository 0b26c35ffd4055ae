const MINUS = "\u2212";

/** Formats whole cents as dollars: `$1,234.56`, `−$0.05`. Exact: it uses no floating-point arithmetic. */
export function formatPrice(cents: number): string {
  return `${cents < 0 ? MINUS : ""}$${formatMagnitude(cents)}`;
}

/** Formats a change in dollars: `▲ +0.05`, `▼ −0.05`; `–` for zero or unknown. */
export function formatChange(changeCents: number | undefined): string {
  if (!changeCents) return "–";
  return changeCents > 0 ? `▲ +${formatMagnitude(changeCents)}` : `▼ ${MINUS}${formatMagnitude(changeCents)}`;
}

function formatMagnitude(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, "0");
  const dollars = digits.slice(0, -2).replace(/\B(?=(?:\d{3})+$)/g, ",");
  return `${dollars}.${digits.slice(-2)}`;
}
