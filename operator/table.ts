import { stripVTControlCharacters } from "node:util";

export interface Column {
  readonly title: string;
  /** @default "left" */
  readonly align?: "left" | "right";
}

/**
 * The lines of a table: titles first, columns two spaces apart, no trailing spaces.
 * Control sequences in cells do not count towards the column width.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, column) =>
    lines.reduce((widest, cells) => Math.max(widest, visibleWidth(cells[column] ?? "")), 0),
  );
  return lines.map((cells) =>
    columns
      .map(({ align }, column) => {
        const cell = cells[column] ?? "";
        const space = " ".repeat((widths[column] ?? 0) - visibleWidth(cell));
        return align === "right" ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd(),
  );
}

const visibleWidth = (cell: string) => stripVTControlCharacters(cell).length;
