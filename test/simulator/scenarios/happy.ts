import type {Scenario} from '../simulator.ts';

export const happy: Scenario = {
	name: 'happy',
	title: 'Everything works; ready to log in after about twenty minutes, fully healthy after twenty-eight.',
	start: async simulator => simulator.log('a fresh machine, and nothing in its way'),
};
