/**
 * Splits a byte stream into lines without ever holding more than `maxBytes` of one. A longer line comes with `cut`
 * true and its beginning only. What follows the last newline is handed over too (`ended` false): half an object.
 */
export async function* linesOf(
	chunks: AsyncIterable<Uint8Array>,
	maxBytes: number,
): AsyncGenerator<{readonly text: string; readonly cut: boolean; readonly ended: boolean}, void, undefined> {
	let parts: Uint8Array[] = [];
	let held = 0;
	let cut = false;
	const keep = (part: Uint8Array) => {
		const room = maxBytes - held;
		if (part.length > room) cut = true;
		const kept = part.length > room ? part.subarray(0, room) : part;
		if (kept.length > 0) parts.push(kept);
		held += kept.length;
	};
	const take = () => {
		const [only] = parts;
		const text = (
			parts.length === 1 && only ? Buffer.from(only.buffer, only.byteOffset, only.length) : Buffer.concat(parts)
		).toString('utf8');
		const line = {text, cut};
		parts = [];
		held = 0;
		cut = false;
		return line;
	};
	for await (const chunk of chunks) {
		let from = 0;
		for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
			keep(chunk.subarray(from, end));
			from = end + 1;
			yield {...take(), ended: true};
		}
		if (from < chunk.length) keep(chunk.subarray(from));
	}
	if (held > 0 || cut) yield {...take(), ended: false};
}
