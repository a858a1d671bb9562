import type {ClusterFacts} from '../../shared/facts/cluster.ts';
import type {HostFacts} from '../../shared/facts/host.ts';
import type {Judgement, Question} from '../../shared/view/judge.ts';
import type {StatusDocument, View} from '../../shared/view/view.ts';
import type {Activity, JournalEntry} from '../engine/journal.ts';

/** What the engine knows by itself, without asking anybody: it is there however broken the rest is. */
export type Evidence = {
	readonly view: View;
	readonly status: StatusDocument;
	/** What the view was judged from, and how. */
	readonly question: Question;
	readonly judgement: Judgement;
	readonly operations: readonly JournalEntry[];
	readonly activities: readonly Activity[];
	readonly host: HostFacts;
	readonly cluster: ClusterFacts;
	/** Secrets the engine holds in memory, for masking. */
	readonly secrets: readonly string[];
};
