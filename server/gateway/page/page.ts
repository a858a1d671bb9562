import {render} from 'preact';
import {makeStore} from '../../../shared/view/store.ts';
import {App} from './app.ts';
import {html} from './html.ts';

const root = document.getElementById('page');
if (root) render(html`<${App} makeStore=${() => makeStore(Date.now())} />`, root);
