/** The report page's own script: plots, timeline, zoom, copy, deep links. Everything else of the page stands without it. */

import { dataOfPage } from "./data.js";
import { showPage } from "./show.js";

void dataOfPage().then((data) => showPage(data, new AbortController().signal));
