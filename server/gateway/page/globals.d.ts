import type {PageForm} from './build.ts';

declare global {
	/** The form's groups and fields, put here by the build: the rules stay with the engine. */
	const FORM: PageForm;
}
