import {writeFile} from 'node:fs/promises';
import {extname} from 'node:path';
import {parseArgs} from 'node:util';
import {screenTitle} from '../../shared/view/words.ts';
import {renderScreen} from '../screenshot.ts';
import {isScreenName} from '../state.ts';
import {pngPicture, readFont, svgPicture, textPicture} from '../terminal/picture.ts';
import {type Command, exit, tellProblem} from './command.ts';

/** Console fonts of Debian and Ubuntu (console-setup-linux): a PNG shows what the machine's own screen shows. */
const fonts = [
	'/usr/share/consolefonts/Lat15-Fixed16.psf.gz',
	'/usr/share/consolefonts/Uni2-Fixed16.psf.gz',
	'/usr/share/consolefonts/Lat15-VGA16.psf.gz',
];

export const screenshot: Command = {
	name: 'screenshot',
	usage: 'screenshot [--screen NAME] [--size 80x24] [--tier vt] -o FILE',
	summary: 'A picture of a console screen, for support.',
	help: [
		`--screen  ${Object.keys(screenTitle).join(', ')}; without it, what the console shows first`,
		'--size    columns x rows, 80x24 unless told',
		'--tier    rich, vt or basic: which signs the terminal can draw',
		'-o        FILE.txt, FILE.svg or FILE.png; the setup token is never in it',
	],
	run: async (args, io) => {
		const {values} = parseArgs({
			args: [...args],
			options: {
				screen: {type: 'string', default: 'home'},
				size: {type: 'string', default: '80x24'},
				tier: {type: 'string', default: 'vt'},
				output: {type: 'string', short: 'o'},
			},
		});
		const [, columns, rows] = /^(\d{1,3})x(\d{1,3})$/.exec(values.size) ?? [];
		const kind = extname(values.output ?? '');
		const {screen, tier} = values;
		if (values.output === undefined || !['.txt', '.svg', '.png'].includes(kind))
			return refuse(io.error, 'Say where to write it: -o FILE.txt, FILE.svg or FILE.png');
		if (columns === undefined || rows === undefined)
			return refuse(io.error, `--size is columns x rows, such as 80x24, not ${values.size}`);
		if (tier !== 'rich' && tier !== 'vt' && tier !== 'basic')
			return refuse(io.error, `--tier is rich, vt or basic, not ${tier}`);
		if (screen !== 'home' && !isScreenName(screen))
			return refuse(io.error, `There is no screen "${screen}"; there are: ${Object.keys(screenTitle).join(', ')}`);
		const answer = await io.client('view', {}, io.signal);
		if (!answer.ok) {
			tellProblem(answer.problem, io);
			return exit.failed;
		}
		const {grid} = renderScreen({
			view: answer.value.view,
			screen,
			cols: Number(columns),
			rows: Number(rows),
			tier,
			now: io.now(),
		});
		if (kind === '.png') {
			const font = await firstFont();
			if (font === undefined)
				return refuse(
					io.error,
					'A PNG needs a console font, and this machine has none: sudo apt-get install console-setup-linux. FILE.svg needs none.',
				);
			await writeFile(values.output, pngPicture(grid, font));
		} else await writeFile(values.output, kind === '.svg' ? svgPicture(grid) : textPicture(grid));
		io.out(`Wrote ${values.output}`);
		return exit.ok;
	},
};

function refuse(tell: (line: string) => void, why: string): number {
	tell(why);
	return exit.usage;
}

/** The first console font this machine has. */
export async function firstFont(): Promise<Awaited<ReturnType<typeof readFont>> | undefined> {
	for (const path of fonts) {
		try {
			return await readFont(path);
		} catch {
			// Not this one: the next may be there.
		}
	}
	return undefined;
}
