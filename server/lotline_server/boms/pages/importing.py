"""A file taken in as a BOM: pasted or read by the browser, then every row's fate, then exactly that."""

from fastapi.responses import Response

from lotline_server.boms import service
from lotline_server.boms.preview import Preview
from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid
from lotline_server.core.web import Needs
from lotline_server.parts.pages.frame import framed
from lotline_server.web import forms
from lotline_server.web.forms import Filled
from lotline_server.web.links import part_url, query
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router
from lotline_server.web.shown import sentence

router = pages_router()


@router.get("/parts/{part_number:path}/bom/import")
def show_import(part_number: str, needs: Needs, page: Shown, revision: str = "") -> Response:
    """Show where a file is pasted."""
    return _shown(needs, page, part_number, Filled(values={"revision": revision}), None)


@router.post("/parts/{part_number:path}/bom/import")
def preview_import(part_number: str, needs: Needs, page: Shown, form: forms.Sent) -> Response:
    """Show every row's fate. Nothing is written."""
    seen = _preview(needs, part_number, form)
    return _shown(needs, page, part_number, form, seen)


@router.post("/parts/{part_number:path}/bom/import/commit")
def commit_import(part_number: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Do exactly what was shown, or show what it would be by now."""
    if not form.errors:
        try:
            with needs.database.write() as connection:
                done = service.commit_import(
                    connection,
                    part_number=part_number,
                    text=form.values.get("csv", ""),
                    revision=form.text("revision") or None,
                    digest=form.text("digest"),
                    at=page.now,
                    who=by.name,
                )
            said = page.say_many(
                "The BOM was imported: %(num)s line.", "The BOM was imported: %(num)s lines.",
                len(done.rows) - done.counts["removed"],
            )  # fmt: skip
            return page.done(query(f"{part_url(part_number)}/bom", revision=done.revision), said)
        except (Conflict, Invalid) as error:
            form.errors[""] = sentence(error)
    return _shown(needs, page, part_number, form, _preview(needs, part_number, form))


def _preview(needs: Needs, part_number: str, form: Filled) -> Preview | None:
    try:
        with needs.database.read() as connection:
            return service.preview_import(
                connection,
                part_number=part_number,
                text=form.values.get("csv", ""),
                revision=form.text("revision") or None,
            )
    except Invalid as error:
        form.errors["csv"] = sentence(error)
        return None


def _shown(needs: Needs, page: Page, part_number: str, form: Filled, seen: Preview | None) -> Response:
    with needs.database.read() as connection:
        frame = framed(connection, part_number, "bom")
        revision = form.text("revision") or frame["part"].revision
        bom = service.get_bom(connection, part_number, revision)
    show = page.again if form.errors else page.html
    return show("bom_import.html", form=form, **frame, seen=seen, bom=bom)
