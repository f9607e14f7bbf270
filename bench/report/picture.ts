export function pictureOf(_: unknown): string {
  return '';
}
