/**
 * UTF-8 to string without a platform's decoder, because this folder knows no platform.
 *
 * @throws SyntaxError where it is none: as something that stands for all such bytes, two values would become one
 */
export const decodeUtf8 = (bytes: Uint8Array, start: number, end: number): string => {
  let text = "";
  for (let at = start; at < end; ) {
    const first = bytes[at++] ?? 0;
    if (first < 0x80) {
      text += String.fromCharCode(first);
      continue;
    }
    const more =
      first >= 0xf0 && first < 0xf8 ? 3 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xc0 && first < 0xe0 ? 1 : -1;
    let point = more < 0 ? -1 : first & (0x3f >> more);
    for (let i = 0; i < more && point >= 0; i++) {
      const next = at < end ? (bytes[at] ?? 0) : 0;
      if ((next & 0xc0) !== 0x80) point = -1;
      else {
        point = (point << 6) | (next & 0x3f);
        at++;
      }
    }
    if (point < 0 || point > 0x10ffff) throw new SyntaxError("is not UTF-8");
    text += String.fromCodePoint(point);
  }
  return text;
};
