import type {Phase} from '../operations/operation.ts';
import type {FixId, Layer, Owner} from './blocker.ts';

/**
 * What is known of a cause before it happens. In the sentences `{name|fallback}` stands for what was read from the
 * signal: component, image, host, server, path, object, key, version, detail.
 */
export type Cause = {
	/** `component`: the phase of whatever suffers. */
	readonly phase: Phase | 'component';
	readonly layer: Layer;
	readonly summary: string;
	readonly why: string;
	readonly next: string;
	/** What counts as the same trouble: one for the whole site, or one for each host, image, component or object. */
	readonly per: 'site' | 'host' | 'image' | 'component' | 'object';
	/** `you` when absent. */
	readonly owner?: Owner;
	/** Present when doing it again can destroy something. */
	readonly retry?: 'unsafe';
	/** Whether Retry alone helps; `after-fix` when absent. */
	readonly helps?: 'yes' | 'no';
	readonly selfHeals?: true;
	/** Only a symptom: hidden by anything lower that shares an object, owner, image, node or dependency with it. */
	readonly symptom?: true;
	/** Worth telling, never in the way. */
	readonly warning?: true;
	/** Causes that follow from this one wherever both are seen. */
	readonly explains?: readonly string[];
	/** The command that shows more; `alga-appliance status --all` when absent. */
	readonly shows?: string;
	readonly fix?: FixId;
};

export type Causes = Readonly<Record<string, Cause>>;
