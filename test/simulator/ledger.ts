import type {Instant} from '../../shared/facts/fact.ts';

/** One thing that was changed on the machine or in its cluster from outside, in order. */
export type Entry = {
	readonly at: Instant;
	/** `write /etc/hostname`, `run systemctl restart k3s`, `apply Secret msp/appliance-initial-tenant`. Never content. */
	readonly what: string;
	readonly kind: 'file' | 'command' | 'power' | 'cluster';
	/** False where the same was there already. */
	readonly changed: boolean;
};

export type Ledger = {
	readonly note: (entry: Entry) => void;
	readonly entries: () => readonly Entry[];
};

/** Everything that was changed, so that a test can say "nothing" or "once". */
export function makeLedger(): Ledger {
	const entries: Entry[] = [];
	return {note: entry => entries.push(entry), entries: () => [...entries]};
}
