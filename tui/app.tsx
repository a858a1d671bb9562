import {Box, Text} from 'ink';
import {memo, useSyncExternalStore} from 'react';
import type {Screenful} from './console.ts';

/** The whole screen: one text a row, so that a row that did not change costs nothing. */
export function App({screen}: {readonly screen: Screenful}) {
	const {rows, columns} = useSyncExternalStore(screen.subscribe, screen.get);
	return (
		<Box flexDirection="column" width={columns} height={rows.length} overflow="hidden">
			{rows.map((text, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its place, not its content
				<Row key={index} text={text} />
			))}
		</Box>
	);
}

/** Rows are fitted and coloured already; Ink only has to place them. An empty row still takes its place. */
const Row = memo(function Row({text}: {readonly text: string}) {
	return (
		<Box height={1} flexShrink={0}>
			<Text wrap="truncate">{text === '' ? ' ' : text}</Text>
		</Box>
	);
});
