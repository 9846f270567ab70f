import type { Logger } from '#lib/log.ts';

/** What to play of a directory of recordings. */
export interface RecordingOptions {
  /** Whose recordings, where a directory has those of several venues. */
  venue?: string;
  /** `path` of the frames in the manifest, where a directory has several. */
  frames?: string;
  /** Instruments to play; the others are listed but silent. Default: all. */
  symbols?: readonly string[];
  /** Is told what is not played. */
  log?: Logger;
}
