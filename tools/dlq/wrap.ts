/** Text in lines of at most `columns` characters, broken at blanks where there are some; nothing is left out. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let left = [...text];
  while (left.length > columns) {
    const blank = left.lastIndexOf(" ", columns);
    const end = blank > 0 ? blank : columns;
    lines.push(left.slice(0, end).join(""));
    left = left.slice(blank > 0 ? end + 1 : end);
  }
  return [...lines, left.join("")];
}
