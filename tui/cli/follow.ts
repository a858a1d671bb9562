import type {OperationView} from '../../shared/view/view.ts';
import {type CommandIo, exit, tellProblem} from './command.ts';

/**
 * Prints steps as they end until the operation has; says the outcome by exit code. What another operation has taken the
 * place of meanwhile ends with what the journal says of it.
 */
export async function followOperation(
	id: string,
	io: Pick<CommandIo, 'watch' | 'out' | 'error' | 'signal'>,
): Promise<number> {
	const told = new Set<string>();
	let outcome: Pick<OperationView, 'state' | 'problem' | 'word'> | undefined;
	await io.watch(view => {
		const {operation} = view;
		if (operation?.id !== id) {
			const kept = view.history.find(one => one.id === id);
			if (kept !== undefined) outcome = kept;
			return kept !== undefined && kept.state !== 'running';
		}
		for (const step of operation.steps) {
			const key = `${step.id} ${step.state} ${step.attempt}`;
			if (told.has(key) || step.state === 'waiting') continue;
			told.add(key);
			io.out(`${step.state.padEnd(12)} ${step.title}${step.already ? ' (already so)' : ''}`);
		}
		outcome = operation;
		return operation.state !== 'running';
	}, io.signal);
	if (outcome?.state === 'succeeded') {
		io.out('Done.');
		return exit.ok;
	}
	if (outcome?.problem) tellProblem(outcome.problem, io);
	else if (outcome !== undefined && outcome.state !== 'running') io.error(`It has ended: ${outcome.word}.`);
	return outcome === undefined ? exit.failed : exit.actionRequired;
}
