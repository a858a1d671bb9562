import {render} from 'preact';
import {makeStore} from '../../../shared/view/store.ts';
import {App} from './app.ts';
import {html} from './html.ts';
import style from './page.css';

const sheet = new CSSStyleSheet();
sheet.replaceSync(style);
document.adoptedStyleSheets = [sheet];

const root = document.getElementById('page');
if (root) render(html`<${App} makeStore=${() => makeStore(Date.now())} />`, root);
