import type {Scenario} from '../simulator.ts';
import {happy} from './happy.ts';

/** Every scenario, in the order they are offered. */
export const scenarios: readonly Scenario[] = [happy];
