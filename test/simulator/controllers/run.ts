/** Where one pod's containers are. All containers of a pod go together. */
export type Run = {
	stage:
		| 'pending'
		| 'creating'
		| 'pulling'
		| 'pull-failed'
		| 'config-failed'
		| 'initializing'
		| 'starting'
		| 'running'
		| 'crashed'
		| 'succeeded'
		| 'failed';
	since: number;
	restarts: number;
	backoffMs: number;
	startedAt: number | undefined;
	message: string;
	said: number;
	chattedAt: number;
	ready: boolean;
	last: {readonly exitCode: number; readonly startedAt: number; readonly finishedAt: number} | undefined;
};

/** The init container that holds a pod back until what it depends on works. */
export const waitContainer = 'wait-for-dependencies';

/** Annotations by which the rendered charts say what a component waits for, and which Job prepares the database. */
export const dependsMark = 'simulator/depends-on';
export const bootstrapMark = 'simulator/bootstrap';
