import type {TestEvent} from 'node:test/reporters';

/** Failures whole, with their output; passes as a count a file. The closing lines are those of Node's own reporter. */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
	let passed = 0;
	let failed = 0;
	let skipped = 0;
	const output: string[] = [];
	const began = performance.now();
	for await (const event of source) {
		switch (event.type) {
			case 'test:pass':
				if (event.data.details.type === 'suite') break;
				if (event.data.skip !== undefined) {
					skipped++;
					yield `skipped  ${event.data.name}: ${String(event.data.skip)}\n`;
				} else passed++;
				break;
			case 'test:fail': {
				if (event.data.details.type === 'suite') break;
				failed++;
				const {error} = event.data.details;
				const cause =
					error.cause instanceof Error
						? (error.cause.stack ?? error.cause.message)
						: String(error.cause ?? error.message);
				yield `\nFAILED   ${event.data.name}\n         ${event.data.file ?? ''}:${event.data.line ?? ''}\n${cause}\n`;
				break;
			}
			case 'test:stderr':
			case 'test:stdout':
				output.push(event.data.message);
				if (output.length > 200) output.shift();
				break;
			case 'test:summary':
				if (event.data.file !== undefined)
					yield `${event.data.success ? 'ok      ' : 'FAILED  '} ${event.data.file.replace(`${process.cwd()}/`, '')}  ${event.data.counts.passed} passed, ${(event.data.duration_ms / 1000).toFixed(1)} s\n`;
				break;
		}
	}
	if (failed > 0) yield `\nlast output of the tests:\n${output.join('')}\n`;
	yield `took ${((performance.now() - began) / 1000).toFixed(0)} s\n`;
	yield `${passed} passed, ${failed} failed, ${skipped} skipped\n`;
}
