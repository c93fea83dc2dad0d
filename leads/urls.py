"""The record's addresses: `urlpatterns` below /leads/, `desk` at the root."""

from django.urls import path

from leads.views import (
    board,
    board_moves,
    bulk,
    cells,
    companies,
    composing,
    contact,
    editing,
    erasing,
    exports,
    lead,
    listing,
    merging,
    moving,
    notices,
    queue_work,
    saved,
    today,
    undoing,
)
from leads.views import jobs as job_views

urlpatterns = [
    path("", listing.lead_list, name="lead_list"),
    path("counts/", listing.lead_counts, name="lead_counts"),
    path("bulk/", bulk.lead_bulk, name="lead_bulk"),
    path("export/", exports.lead_export, name="lead_export"),
    path("views/new/", saved.view_new, name="view_new"),
    path("views/restore/", saved.view_restore, name="view_restore"),
    path("views/<int:view_id>/", saved.view_change, name="view_change"),
    path("views/<int:view_id>/shift/", saved.view_shift, name="view_shift"),
    path("views/<int:view_id>/delete/", saved.view_delete, name="view_delete"),
    path("new/", editing.lead_new, name="lead_new"),
    path("board/", board.board, name="board"),
    path("board/more/", board.board_more, name="board_more"),
    path("board/<int:lead_id>/undo/", board_moves.board_undo, name="board_undo"),
    path("board/<int:lead_id>/<slug:step>/", board_moves.board_move, name="board_move"),
    path("<int:lead_id>/", lead.lead, name="lead"),
    path("<int:lead_id>/edit/", editing.lead_edit, name="lead_edit"),
    path("<int:lead_id>/cell/<slug:fact>/", cells.lead_cell, name="lead_cell"),
    path("<int:lead_id>/consent/", contact.lead_consent, name="lead_consent"),
    path("<int:lead_id>/contact/", contact.lead_key, name="lead_key"),
    path("<int:lead_id>/contact/remove/", contact.lead_key_remove, name="lead_key_remove"),
    path("<int:lead_id>/move/<slug:step>/", moving.lead_move, name="lead_move"),
    path("<int:lead_id>/override/", moving.lead_override, name="lead_override"),
    path("<int:lead_id>/undo/", moving.lead_undo, name="lead_undo"),
    path("<int:lead_id>/touch/", composing.lead_touch, name="lead_touch"),
    path("<int:lead_id>/note/", composing.lead_note, name="lead_note"),
    path("<int:lead_id>/plan/", composing.lead_plan, name="lead_plan"),
    path("<int:lead_id>/unplan/", composing.lead_unplan, name="lead_unplan"),
    path("<int:lead_id>/colleagues/", composing.lead_colleagues, name="lead_colleagues"),
    path("<int:lead_id>/merge/", merging.lead_merge, name="lead_merge"),
    path("<int:lead_id>/erase/", erasing.lead_erase, name="lead_erase"),
    path("edits/<int:edit_id>/undo/", undoing.edit_undo, name="edit_undo"),
]

desk = [
    path("today/", today.today, name="today"),
    path("today/news/", today.today_news, name="today_news"),
    path("today/<int:lead_id>/call/", queue_work.today_call, name="today_call"),
    path("today/<int:lead_id>/why/", queue_work.today_why, name="today_why"),
    path("today/<int:lead_id>/undo/", queue_work.today_undo, name="today_undo"),
    path("today/<int:lead_id>/<slug:step>/", queue_work.today_step, name="today_step"),
    path("companies/", companies.company_list, name="company_list"),
    path("companies/<int:company_id>/", companies.company, name="company"),
    path("companies/<int:company_id>/edit/", companies.company_edit, name="company_edit"),
    path("companies/edits/<int:edit_id>/undo/", companies.company_undo, name="company_undo"),
    path("notices/", notices.notice_list, name="notices"),
    path("notices/unread/", notices.notices_unread, name="notices_unread"),
    path("notices/read/", notices.notices_read, name="notices_read"),
    path("notices/<int:notice_id>/", notices.notice, name="notice"),
]

# Below /jobs/.
jobs = [
    path("", job_views.job_list, name="job_list"),
    path("<int:job_id>/", job_views.job, name="job"),
    path("<int:job_id>/run/", job_views.job_run, name="job_run"),
    path("<int:job_id>/cancel/", job_views.job_cancel, name="job_cancel"),
    path("<int:job_id>/undo/", job_views.job_undo, name="job_undo"),
    path("<int:job_id>/refused/", job_views.job_refused, name="job_refused"),
]
