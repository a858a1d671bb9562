import type {Blocker, FixId} from './blocker.ts';

/** Something the appliance can do about a blocker by itself, when the technician says so. */
export type Fix = {
	readonly id: FixId;
	readonly title: string;
	/** What it does, in a sentence. */
	readonly effect: string;
	/** Why it can do no harm. */
	readonly safeBecause: string;
	/** Whether it still makes sense for this blocker; asked again right before it runs. */
	readonly applies: (blocker: Blocker) => boolean;
};

const isPod = ({subject}: Blocker): boolean => subject.kind === 'Pod';

export const fixes: Readonly<Record<FixId, Fix>> = {
	'retry-pull': {
		id: 'retry-pull',
		title: 'Retry the pull now',
		effect: 'Deletes the pod that waits for its image; its workload makes a new one, which pulls at once.',
		safeBecause: 'The pod has not started, so nothing runs in it; volumes stay.',
		applies: isPod,
	},
	'restart-pod': {
		id: 'restart-pod',
		title: 'Restart the pod',
		effect: 'Deletes the pod; its workload makes a new one.',
		safeBecause: 'The pod does not serve now, and volumes and settings stay.',
		applies: blocker => isPod(blocker) && blocker.retrySafe,
	},
	'reset-helm-release': {
		id: 'reset-helm-release',
		title: 'Reset the Helm release',
		effect: 'Clears the failure count and a pending state of the release and asks Flux to try again.',
		safeBecause: 'Nothing is uninstalled; Flux compares and applies what differs.',
		applies: ({subject}) => subject.kind === 'HelmRelease',
	},
	'rerun-bootstrap': {
		id: 'rerun-bootstrap',
		title: 'Run the bootstrap again',
		effect: 'Removes the finished job and starts it anew in recover mode.',
		safeBecause: 'Recover mode keeps data; migrations and seeds that ran are left out.',
		applies: blocker => blocker.retrySafe,
	},
	reprobe: {
		id: 'reprobe',
		title: 'Check again',
		effect: 'Runs the network checks again now and asks Flux to fetch again.',
		safeBecause: 'It only looks.',
		applies: () => true,
	},
	'free-images': {
		id: 'free-images',
		title: 'Remove unused images',
		effect: 'Removes container images no pod uses.',
		safeBecause: 'Images in use and all volumes stay; a removed image can be pulled again.',
		applies: () => true,
	},
	reconcile: {
		id: 'reconcile',
		title: 'Reconcile now',
		effect: 'Asks Flux to fetch and apply the release again at once.',
		safeBecause: 'Flux applies only what the installed release says.',
		applies: ({subject}) =>
			['OCIRepository', 'HelmRepository', 'HelmChart', 'Kustomization', 'HelmRelease'].includes(subject.kind),
	},
};

/** The fix to offer for a blocker, if one fits it now. */
export function fixFor(blocker: Blocker): Fix | undefined {
	const fix = blocker.fix && fixes[blocker.fix];
	return fix?.applies(blocker) ? fix : undefined;
}
