// What happens in the browser: node pages.mjs, with the job as JSON on standard input; see screenshots.py.
// Prints one JSON line for each picture: {name, file, complaints}.
import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const STILL = `*, *::before, *::after {
    animation: none !important; transition: none !important; caret-color: transparent !important;
    scroll-behavior: auto !important;
}`;
const READY = ".o_action_manager .o_content, .o_action_manager .o_view_controller, .modal.o_technical_modal .modal-content, #wrapwrap";
// parts of Odoo itself whose buttons have no name
const NOT_OURS = ".o_optional_columns_dropdown, .o-mail-Chatter, .o_control_panel";
const PATIENCE = 30000;

const input = [];
for await (const chunk of process.stdin) {
    input.push(chunk);
}
const job = JSON.parse(Buffer.concat(input).toString());
const { chromium } = createRequire(join(job.playwright, "package.json"))("playwright-core");
const browser = await chromium.launch({
    executablePath: job.browser,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--hide-scrollbars", "--font-render-hinting=none"],
});

function say(line) {
    process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** A page of somebody who is logged in, with what went wrong on it since it was last asked. */
class Visit {
    constructor(role) {
        this.role = role;
        this.complaints = [];
        this.fetching = new Set();
    }

    async open(width, height) {
        const context = await browser.newContext({
            viewport: { width, height }, reducedMotion: "reduce", locale: job.locale, timezoneId: "UTC",
        });
        this.page = await context.newPage();
        this.page.on("pageerror", (error) => this.complain(`error: ${error.message}`));
        this.page.on("console", (message) => {
            // that something could not be fetched is told by the response below, with its address
            if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
                this.complain(`console: ${message.text()}`);
            }
        });
        this.page.on("request", (request) => this.fetching.add(request));
        this.page.on("requestfinished", (request) => this.fetching.delete(request));
        this.page.on("requestfailed", (request) => this.fetching.delete(request));
        this.page.on("response", (response) => {
            if (response.status() >= 400 && new URL(response.url()).origin === job.base) {
                this.complain(`${response.status()} ${new URL(response.url()).pathname}`);
            }
        });
        await this.page.goto(`${job.base}/web/login`);
        const login = job.logins[this.role];
        await this.page.fill("input[name=login]", login);
        await this.page.fill("input[name=password]", login);
        await Promise.all([this.page.waitForNavigation(), this.page.click(".oe_login_form button[type=submit]")]);
    }

    async resize(width, height) {
        await this.page.setViewportSize({ width, height });
    }

    complain(text) {
        this.complaints.push(text.split("\n").slice(0, 3).join(" ").slice(0, 400));
    }

    taken() {
        return this.complaints.splice(0);
    }

    async go(path) {
        this.fetching.clear();
        await this.page.goto(`${job.base}${path}`);
        await this.page.waitForSelector(READY, { timeout: PATIENCE });
        await this.settle();
    }

    /** Wait until nothing is being fetched or drawn any more. */
    async settle() {
        // of what a worker fetches the browser never says that it has come
        const busy = () => [...this.fetching].some((request) => !request.url().includes("worker"));
        const until = Date.now() + PATIENCE;
        for (let quiet = 0; quiet < 3; quiet = busy() ? 0 : quiet + 1) {
            await this.page.waitForTimeout(100);
            if (Date.now() > until) {
                throw new Error("it doesn't come to rest");
            }
        }
        await this.page.addStyleTag({ content: STILL });
        await this.page.evaluate(() => document.fonts.ready.then(() => new Promise(requestAnimationFrame)));
    }

    /** Ask the server as whoever is logged in. */
    async ask(model, method, args, kwargs = {}) {
        const answer = await this.page.evaluate(
            async ([model, method, args, kwargs]) => {
                const response = await fetch(`/web/dataset/call_kw/${model}/${method}`, {
                    method: "POST",
                    headers: { "Content-Type": "application/json" },
                    body: JSON.stringify({ jsonrpc: "2.0", params: { model, method, args, kwargs } }),
                });
                return response.json();
            },
            [model, method, args, kwargs]
        );
        if (answer.error) {
            throw new Error(`${model}.${method}: ${answer.error.data?.message || answer.error.message}`);
        }
        return answer.result;
    }

    /** A step: a selector to click, or one of {fill: [selector, text]}, {press: key}, {show: selector}, {top: selector}. */
    async take(step) {
        const [[what, how]] = typeof step === "string" ? [["click", step]] : Object.entries(step);
        if (what === "fill") {
            await this.page.fill(how[0], how[1], { timeout: PATIENCE });
        } else if (what === "press") {
            await this.page.keyboard.press(how);
        } else if (what === "show") {
            await this.page.waitForSelector(how, { timeout: PATIENCE });
        } else if (what === "top") {
            await this.page.locator(how).first().evaluate((element) => element.scrollIntoView({ block: "start" }));
        } else if (what === "click") {
            await this.page.locator(how).first().click({ timeout: PATIENCE });
        } else {
            throw new Error(`no step is called ${what}`);
        }
        await this.settle();
    }

    /** What the page itself says is wrong, and what one would see at a glance. */
    async look() {
        const seen = await this.page.evaluate((NOT_OURS) => {
            const visible = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
            const found = [];
            for (const told of document.querySelectorAll(".o_error_dialog, .o_dialog_error, .o_notification_bar.bg-danger")) {
                found.push(`told: ${told.innerText.replace(/\s+/g, " ").slice(0, 300)}`);
            }
            // what lies behind a dialog was looked at before it was opened
            const dialog = [...document.querySelectorAll(".o_dialog .modal-content")].at(-1);
            const main = dialog || document.querySelector(".o_action_manager, #wrapwrap") || document.body;
            for (const [word] of main.innerText.matchAll(/\bundefined\b|\bNaN\b|\[object \w+\]|\bInvalid (?:Date|DateTime)\b/g)) {
                found.push(`text: ${word}`);
            }
            for (const button of main.querySelectorAll("button, a.btn, [role=button]")) {
                const name = button.innerText.trim() || button.title || button.ariaLabel || button.dataset.tooltip
                    || button.querySelector("img[alt], [title], [aria-label]");
                if (visible(button) && !name && !button.closest(NOT_OURS)) {
                    found.push(`button without a name: ${button.outerHTML.slice(0, 160)}`);
                }
            }
            for (const label of main.querySelectorAll("label.o_form_label")) {
                if (visible(label) && !label.innerText.trim()) {
                    found.push(`empty label: ${label.getAttribute("for")}`);
                }
            }
            const beyond = document.documentElement.scrollWidth - window.innerWidth;
            if (beyond > 1) {
                found.push(`the page is ${beyond} px too wide`);
            }
            for (const sheet of main.querySelectorAll(".o_form_sheet, .o_content, .o_credit_dashboard, .modal-body")) {
                if (visible(sheet) && !sheet.querySelector(".o_list_renderer, .o_pivot") && sheet.scrollWidth - sheet.clientWidth > 2) {
                    found.push(`${sheet.className.split(" ")[0]} is ${sheet.scrollWidth - sheet.clientWidth} px too wide`);
                }
            }
            return found;
        }, NOT_OURS);
        seen.forEach((text) => this.complain(text));
    }

    async picture(name, clip) {
        await this.look();
        const file = join(job.folder, `${name}.png`);
        mkdirSync(join(file, ".."), { recursive: true });
        const what = clip ? this.page.locator(clip).first() : this.page;
        await this.page.mouse.move(0, 0);
        await what.screenshot({ path: file, animations: "disabled", caret: "hide", scale: "css" });
        say({ name, file, complaints: this.taken() });
    }
}

/** The pictures that the job lists, each as its role sees it. */
async function show() {
    const visits = {};
    for (const picture of job.pictures) {
        const visit = (visits[picture.role] ||= new Visit(picture.role));
        try {
            const size = [picture.width || 1200, picture.height || 750];
            await (visit.page ? visit.resize(...size) : visit.open(...size));
            let path = picture.path;
            if (picture.record) {
                const [model, domain] = picture.record;
                const [id] = await visit.ask(model, "search", [domain], { limit: 1, order: "id" });
                if (!id) {
                    throw new Error(`the ${picture.role} finds no ${model} with ${JSON.stringify(domain)}`);
                }
                path = `${path}/${id}`;
            }
            await visit.go(path);
            for (const step of picture.steps || []) {
                await visit.take(step);
            }
            await visit.picture(picture.name, picture.clip);
        } catch (error) {
            visit.complain(error.message);
            say({ name: picture.name, complaints: visit.taken() });
        }
    }
}

/** Every menu of ours, every way of looking at it, the first record with each of its pages: as a role, in a width. */
async function walk({ role, width, height }) {
    const visit = new Visit(role);
    const where = `${role}-${width}`.replace(/ /g, "_");
    await visit.open(width, height);
    await visit.page.waitForSelector(".o_main_navbar", { timeout: PATIENCE });
    await visit.settle();
    const menus = await visit.page.evaluate(() => {
        const service = odoo.__WOWL_DEBUG__.root.env.services.menu;
        const ours = (menu) => (menu.xmlid || "").startsWith("credit_management");
        return service.getAll().filter((menu) => ours(menu) && menu.actionID).map((menu) => [menu.xmlid.split(".")[1], menu.actionID]);
    });
    say({ name: `${where}: ${menus.length} menus`, complaints: visit.taken() });
    const seen = new Set();
    for (const [menu, action] of [...menus, ...(job.further || [])]) {
        if (seen.has(action)) {
            continue;
        }
        seen.add(action);
        const name = `${where}/${menu}`;
        try {
            await visit.go(`/odoo/action-${action}`);
            await visit.picture(name);
            await ways(visit, name);
            await visit.go(`/odoo/action-${action}`);
            await record(visit, name);
        } catch (error) {
            visit.complain(error.message);
            say({ name, complaints: visit.taken() });
        }
    }
}

async function ways(visit, name) {
    const switches = visit.page.locator(".o_cp_switch_buttons button.o_switch_view");
    const kinds = await switches.evaluateAll((buttons) => buttons.filter((button) => button.checkVisibility() && !button.classList.contains("active")).map((button) => [...button.classList].find((name) => name.startsWith("o_") && name !== "o_switch_view")));
    for (const kind of kinds.filter(Boolean)) {
        await visit.take(`.o_cp_switch_buttons button.${kind}`);
        await visit.picture(`${name}-${kind.slice(2)}`);
    }
}

async function record(visit, name) {
    const first = visit.page.locator(".o_list_view .o_data_row td.o_data_cell:not(.o_list_record_selector), .o_kanban_record:not(.o_kanban_ghost):visible").first();
    if (!(await first.count()) || (await visit.page.locator(".o_list_view.o_field_x2many").count())) {
        return;
    }
    await first.click();
    await visit.settle();
    if (!(await visit.page.locator(".o_form_view").count())) {
        return;
    }
    await visit.picture(`${name}-form`);
    const pages = visit.page.locator(".o_form_view .o_notebook_headers a.nav-link");
    for (let number = 1; number < (await pages.count()); number++) {
        await pages.nth(number).click();
        await visit.settle();
        await visit.picture(`${name}-form-${number}`);
    }
}

try {
    if (job.pictures) {
        await show();
    }
    for (const round of job.walks || []) {
        await walk(round);
    }
} finally {
    await browser.close();
}
