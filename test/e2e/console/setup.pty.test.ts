import assert from 'node:assert/strict';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {waitForCore} from '../../../server/operations/setup/wait.ts';
import {fields, groups} from '../../../shared/setup/fields.ts';
import {screenTitle} from '../../../shared/view/words.ts';
import {fitsTier, glyphs, type Tier} from '../../../tui/terminal/glyphs.ts';
import {answers, startAppliance, type TestAppliance} from '../../harness/appliance.ts';
import {type Pty, startInPty} from '../../harness/pty.ts';
import {attachScreen, type Screen} from '../../harness/screen.ts';

const root = join(import.meta.dirname, '../../..');

/** A console in a terminal of its own, as a person has it. */
function startConsole(appliance: TestAppliance, tier: Tier): Pty {
	return startInPty({
		file: process.execPath,
		args: [
			'--import',
			join(root, 'test/harness/tsx.ts'),
			join(root, 'tui/main.tsx'),
			'--socket',
			appliance.socket,
			'--tier',
			tier,
		],
		cwd: root,
		env: {NODE_ENV: 'production', LANG: 'C.UTF-8'},
		term: tier === 'vt' ? 'linux' : tier === 'basic' ? 'vt220' : 'xterm-256color',
		columns: 80,
		rows: 24,
	});
}

/** Looks at every screen the console ever showed: nothing outside the tier, and the password never in sight. */
function watchScreens(pty: Pty, screen: Screen, tier: Tier): () => void {
	const wrong: string[] = [];
	let looks = 0;
	const look = () => {
		const text = screen.text();
		looks++;
		const strangers = [...new Set(text)].filter(character => !fitsTier(character, tier));
		if (strangers.length > 0) wrong.push(`not in tier ${tier}: ${strangers.join(' ')}\n${text}`);
		if (text.includes(password)) wrong.push(`the password is readable\n${text}`);
	};
	const stop = pty.onOutput(() => void screen.write('').then(look));
	return () => {
		stop();
		assert.deepEqual(wrong.slice(0, 1), []);
		assert.ok(looks > 20, `looked ${looks} times`);
	};
}

/** Typed on any keyboard, and in every tier. */
const password = 'canary-Password/42';
const typed: Readonly<Record<string, string>> = {...answers, adminPassword: password};

const titled = (title: string) => (screen: Screen) => screen.row(3).includes(` ${title} `);

/** The keys of CONSOLE's map that open a screen from anywhere but a text field. */
const screensByKey = [
	['f1', screenTitle.help],
	['f4', screenTitle.logs],
	['f5', screenTitle.diagnostics],
	['f6', screenTitle.updates],
	['f7', screenTitle.bundle],
	['f9', screenTitle.network],
	['f10', screenTitle.power],
	['f11', screenTitle.components],
	['?', screenTitle.help],
	['l', screenTitle.logs],
	['d', screenTitle.diagnostics],
	['u', screenTitle.updates],
	['b', screenTitle.bundle],
	['n', screenTitle.network],
	['p', screenTitle.power],
	['c', screenTitle.components],
] as const;

/** Goes through the form field by field, as the form itself asks for them. */
async function fillForm(screen: Screen): Promise<void> {
	for (const group of groups) {
		for (const field of fields.filter(
			one => one.group === group.id && one.advanced !== true && one.onlyWhen === undefined,
		)) {
			await screen.until(seen => new RegExp(`> ${field.label}`).test(seen.text()));
			const answer = typed[field.name] ?? '';
			if (field.kind !== 'choice' && answer !== '' && answer !== field.initial) {
				screen.keys('ctrl-u', ...answer);
				if (field.kind !== 'secret') await screen.until(seen => seen.text().includes(answer));
			}
			screen.keys('enter');
		}
	}
	await screen.until(/Everything is answered/);
}

describe('a whole setup by keys alone, at 80x24', {concurrency: 1}, () => {
	for (const tier of ['rich', 'vt', 'basic'] as const)
		test(`tier ${tier}: first boot, form, confirm, checks, progress, a lost engine, and fully healthy`, async () => {
			await using appliance = await startAppliance({speed: 150});
			await using pty = startConsole(appliance, tier);
			using screen = attachScreen(pty);
			const finishWatching = watchScreens(pty, screen, tier);

			await screen.until(/Set up here: press F2/, 20_000);
			await screen.until(new RegExp((await appliance.view()).access.setupToken ?? 'no token'));
			screen.keys('f2');
			await screen.until(titled(screenTitle.setup));
			await fillForm(screen);
			assert.match(screen.text(), new RegExp(`Password +\\${glyphs[tier].mask}{12}`), screen.text());

			screen.keys('enter');
			await screen.until(/Please confirm/);
			screen.keys('enter');
			screen.keys('n');
			await screen.until(titled(screenTitle.setup));
			assert.equal((await appliance.view()).operation, null, 'neither Enter nor n starts it');
			screen.keys('enter');
			await screen.until(/Please confirm/);
			screen.keys('y');

			// The screen that opens by itself is the checks while they run, then the progress.
			await screen.until(seen => titled(screenTitle.preflight)(seen) || titled(screenTitle.progress)(seen), 20_000);
			await screen.until(titled(screenTitle.progress), 20_000);
			await appliance.until('k3s is done', view =>
				Boolean(view.operation?.steps.some(step => step.id === 'k3s' && step.state === 'done')),
			);

			await appliance.killEngine();
			await screen.until(/LOST/);
			await screen.until(/The engine does not answer; what is shown is from/);
			assert.match(screen.text(), /Kubernetes|k3s/i, 'the last data is still there');
			await appliance.startEngine();
			await screen.until(seen => !/LOST/.test(seen.text()) && /live/.test(seen.row(0)), 20_000);

			// The password was in the engine's memory only: killed before it was handed over, it is asked for again.
			const resumed = await appliance.until(
				'a question for the password, or the step after it',
				({operation}) =>
					operation?.state === 'needs-input' ||
					operation?.steps.some(step => step.id === waitForCore.id && step.state !== 'waiting') === true,
			);
			if (resumed.operation?.state === 'needs-input') {
				await screen.until(/enter password/);
				screen.keys('i');
				await screen.until(/never written to disk/);
				screen.keys(...password, 'enter');
			}
			const healthy = await appliance.until(
				'fully healthy',
				view => view.rollup.state === 'fully_healthy' && view.operation?.state === 'succeeded',
				90_000,
			);
			screen.keys('f12');
			await screen.until(/FULLY HEALTHY/, 20_000);
			assert.ok(screen.text().includes(healthy.identity.loginUrl), screen.text());

			for (const [key, title] of screensByKey) {
				screen.keys(key);
				await screen.until(titled(title));
				screen.keys('f12');
				await screen.until(titled(screenTitle.status));
			}
			for (const title of [screenTitle.workloads, screenTitle.events, screenTitle.flux]) {
				if (title === screenTitle.workloads) screen.keys('c');
				if (title === screenTitle.workloads) await screen.until(titled(screenTitle.components));
				screen.keys('right');
				await screen.until(titled(title));
			}
			screen.keys('f12', 'o');
			await screen.until(titled(screenTitle.progress));

			finishWatching();
			pty.signal('SIGTERM');
			assert.equal(await pty.exited, 0);
		});
});
