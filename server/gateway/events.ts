/** One server-sent event (HTML Standard, section 9.2). */
export type ServerEvent = {readonly id: string; readonly event: string; readonly data: string};

const eventLimit = 8 * 1024 * 1024;

/** Reads server-sent events out of bytes; comments are dropped. Throws when one event is larger than 8 MiB. */
export async function* readEvents(bytes: AsyncIterable<Buffer | string>): AsyncGenerator<ServerEvent> {
	const decoder = new TextDecoder();
	let rest = '';
	for await (const chunk of bytes) {
		rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, {stream: true});
		if (rest.length > eventLimit) throw new Error('an event is too large');
		for (let end = rest.indexOf('\n\n'); end !== -1; end = rest.indexOf('\n\n')) {
			const event = readEvent(rest.slice(0, end));
			rest = rest.slice(end + 2);
			if (event) yield event;
		}
	}
}

function readEvent(block: string): ServerEvent | undefined {
	const event = {id: '', event: 'message', data: ''};
	const data: string[] = [];
	for (const line of block.split('\n')) {
		const colon = line.indexOf(':');
		const name = colon === -1 ? line : line.slice(0, colon);
		const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
		if (name === 'data') data.push(value);
		else if (name === 'id') event.id = value;
		else if (name === 'event') event.event = value;
	}
	return data.length === 0 ? undefined : {...event, data: data.join('\n')};
}

/** One event as it goes over the wire. JSON never holds a line break, so one data line is enough. */
export function writeEvent(event: string, data: unknown, id?: string): string {
	return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
