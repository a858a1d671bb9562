import {stripVTControlCharacters} from 'node:util';
import {textWidth} from './width.ts';

/** What Ink measures with in the bundle, in place of the package of that name: Ink's layout and our painter then count cells alike, and its emoji table is not compiled before the first frame. */
export default function stringWidth(text: string): number {
	return textWidth(stripVTControlCharacters(text));
}
