import { stripVTControlCharacters } from "node:util";

export interface Column {
  readonly title: string;
  /** `left` unless given. */
  readonly align?: "left" | "right";
}

/**
 * The lines of a table, titles first, columns two spaces apart and no space at a line's end. A cell may be coloured: what a
 * terminal does not show counts for nothing in its width.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, column) =>
    lines.reduce((widest, cells) => Math.max(widest, shownWidth(cells[column] ?? "")), 0),
  );
  return lines.map((cells) =>
    columns
      .map(({ align }, column) => {
        const cell = cells[column] ?? "";
        const space = " ".repeat((widths[column] ?? 0) - shownWidth(cell));
        return align === "right" ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd(),
  );
}

const shownWidth = (cell: string) => stripVTControlCharacters(cell).length;
