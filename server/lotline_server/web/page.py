"""One request's page: its template, what every page shows, and the answers a form gives."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, cast

import jinja2
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from lotline_contract import look
from lotline_server.boms.table import ranged
from lotline_server.core import etags
from lotline_server.core.caller import Caller, known_caller
from lotline_server.core.web import Deps
from lotline_server.site import queries as site
from lotline_server.site.calendar import Calendar
from lotline_server.web import forms, gauge, links, marks, outline, shown, unit_words, vendor
from lotline_server.web.forms import Filled
from lotline_server.web.language import LANGUAGES, N_, Language, language, language_of
from lotline_server.web.tables import View

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An entry of the sidebar. key: the letter that follows `g`."""

    name: str
    href: str
    icon: str
    key: str


PLACES = (
    Place(name=N_("Production"), href="/", icon="production", key="p"),
    Place(name=N_("Lots"), href="/lots", icon="lots", key="l"),
    Place(name=N_("Parts"), href="/parts", icon="parts", key="b"),
    Place(name=N_("Purchasing"), href="/purchasing", icon="purchasing", key="o"),
    Place(name=N_("Stock"), href="/stock", icon="stock", key="k"),
    Place(name=N_("Projects"), href="/projects", icon="projects", key="j"),
    Place(name=N_("Stations"), href="/stations", icon="stations", key="s"),
    Place(name=N_("Activity"), href="/activity", icon="activity", key="a"),
    Place(name=N_("Settings"), href="/settings", icon="settings", key="e"),
)


class Shell:
    """What all pages share: templates in each language, and the name of this build of what browsers load."""

    def __init__(self, deps: Deps) -> None:
        self.deps = deps
        self.build = _digest_of_what_browsers_load()
        self.templates = {code: self._environment(language(code)) for code in LANGUAGES}

    def _environment(self, spoken: Language) -> jinja2.Environment:
        templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader([FOLDER / "templates", look.TEMPLATES]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        cast("Any", templates).install_gettext_translations(spoken.words, newstyle=True)
        templates.policies["ext.i18n.trimmed"] = True
        templates.globals.update(
            spoken=spoken,
            languages=LANGUAGES,
            static=f"/static/{self.build}",
            places=PLACES,
            statuses=marks.STATUSES,
            held_mark=marks.HELD,
            unit_said=unit_words.SAID,
            unit_marked=unit_words.MARKED,
            lot_url=links.lot_url,
            part_url=links.part_url,
            order_url=links.order_url,
            supplier_url=links.supplier_url,
            stock_url=links.stock_url,
            project_url=links.project_url,
            unit_url=links.unit_url,
            subject_url=links.subject_url,
            query=links.query,
            gauge_of=gauge.gauge,
            outline_width=outline.WIDTH,
            outline_height=outline.HEIGHT,
            state_name=forms.STATE_FIELD,
            state_of=etags.digest,
        )
        templates.filters.update(
            count=shown.count,
            amount=shown.amount,
            money=shown.money,
            order_mark=marks.order_mark,
            ranged=ranged,
            percent=shown.percent,
            duration=shown.duration,
            exact=shown.exact,
            clock_time=shown.clock_time,
            number=shown.number,
            status_mark=marks.status_mark,
            outcome_mark=marks.outcome_mark,
        )
        return templates


class Page:
    """The answer to one request."""

    def __init__(self, request: Request, shell: Shell) -> None:
        self.request = request
        self.now: datetime = shell.deps.clock()
        self._calendar: Calendar | None = None
        self.language = language_of(request)
        self._shell = shell
        self.me: Caller | None = known_caller(request)
        self._form_secret = forms.secret_of(request)

    @property
    def calendar(self) -> Calendar:
        """Give the site's calendar, as it was when this page first asked for it."""
        if self._calendar is None:
            with self._shell.deps.database.read() as connection:
                self._calendar = site.calendar(connection)
        return self._calendar

    def html(
        self,
        template: str,
        *,
        place: str = "",
        form: Filled | None = None,
        status: int = 200,
        **shown_: object,
    ) -> Response:
        """Render a template. place: the href of its entry in the sidebar. form: what was sent."""
        cookies = self.request.cookies
        fresh = not self._form_secret
        form_secret = self._form_secret or forms.new_cookie()
        said = cookies.get(forms.SAID_COOKIE)
        text = (
            self._shell.templates[self.language.code]
            .get_template(template)
            .render(
                now=self.now,
                place=place,
                path=self.request.url.path,
                form=form or Filled(),
                form_key=forms.key_of(form_secret),
                key_field=forms.KEY_FIELD,
                theme=cookies.get("lotline_theme")
                if cookies.get("lotline_theme") in {"light", "dark"}
                else "",
                side="folded" if cookies.get("lotline_side") == "folded" else "",
                said=None if said is None else forms.unseal(said),
                relative=lambda moment: shown.relative(moment, self.now, self.language),
                day=lambda day: self.language.day(day, self.calendar.wall_date(self.now)),
                asked=self.request.query_params,
                me=self.me,
                may=self.may,
                **shown_,
            )
        )
        answer = HTMLResponse(text, status, headers={"Cache-Control": "no-store"})
        if fresh:
            answer.set_cookie(forms.COOKIE, form_secret, secure=True, httponly=True, samesite="strict")
        if said is not None:
            answer.delete_cookie(forms.SAID_COOKIE, httponly=True, samesite="strict")
        return answer

    def table(self, template: str, view: View[Any], *, place: str = "", **shown_: Any) -> Response:
        """Render a page that is about one table, as `view`; or its CSV, where the address asks for it."""
        if not view.asked.csv:
            return self.html(template, place=place, view=view, **shown_)
        headers = {
            "Content-Disposition": f'attachment; filename="{view.asked.table.name}.csv"',
            "Cache-Control": "no-store",
        }
        return Response(view.csv(), media_type="text/csv; charset=utf-8", headers=headers)

    def say(self, text: str, /, **values: object) -> str:
        """Give a sentence in the reader's language. Values stand in it as %(name)s."""
        return self.language.say(text, **values)

    def say_many(self, one: str, many: str, how_many: int, /, **values: object) -> str:
        """Give a sentence about a count, which stands in it as %(num)s, in the reader's language."""
        return self.language.say_many(one, many, how_many, **values)

    def may(self, permission: str) -> bool:
        """Tell whether who reads this page has a permission; nobody has none."""
        return self.me is not None and self.me.may(permission)

    def again(self, template: str, form: Filled, *, place: str, **shown_: object) -> Response:
        """Show a form that was not taken, with what is wrong."""
        return self.html(template, place=place, form=form, status=422, **shown_)

    def done(self, address: str, said: str) -> Response:
        """Go on to a page after something was written, and say there what was done."""
        answer = RedirectResponse(address, 303)
        answer.set_cookie(forms.SAID_COOKIE, forms.seal(said), httponly=True, samesite="strict", max_age=60)
        return answer


async def page_of(request: Request) -> Page:
    """Give a request its page. Times are the site's from here on; its calendar is read where one is shown."""
    page = Page(request, cast("Shell", request.app.state.shell))
    shown.SITE.set(lambda: page.calendar)
    return page


Shown = Annotated[Page, Depends(page_of)]
"""A route's parameter `page: Shown` is the request's page."""


def _digest_of_what_browsers_load() -> str:
    """Name the files that pages load: a browser keeps them for a year, under this name only."""
    digest = hashlib.sha256()
    for folder in (STATIC, look.WEB):
        for file in sorted(each for each in folder.iterdir() if each.is_file()):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    digest.update(vendor.uplot().read_bytes())
    return digest.hexdigest()[:16]
