import type { Micros } from '#lib/time.ts';

/**
 * One line of a recording: receive time in milliseconds, which socket, and the frame. A frame that is JSON stands there as
 * it came, byte for byte but for line breaks; any other (a pong, rubbish) stands as a string under `raw`.
 */
export function recordLine(text: string, receivedAt: Micros, socket: number): string {
  const head = `{"recv":${receivedAt / 1_000},"socket":${socket}`;
  // A line break can only be white space there: inside a string JSON does not allow one.
  if (isJson(text)) return `${head},"frame":${/[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, ' ') : text}}\n`;
  return `${head},"raw":${JSON.stringify(text)}}\n`;
}

/** Says in the recording itself that frames are missing at this place. */
export function lossLine(frames: number, at: Micros): string {
  return `{"recv":${at / 1_000},"lost":${frames}}\n`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
