"""The record's addresses, below /leads/."""

from django.urls import path

from leads.views import bulk, cells, contact, editing, exports, jobs, lead, listing, moving, saved

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
    path("<int:lead_id>/", lead.lead, name="lead"),
    path("<int:lead_id>/edit/", editing.lead_edit, name="lead_edit"),
    path("<int:lead_id>/cell/<slug:fact>/", cells.lead_cell, name="lead_cell"),
    path("<int:lead_id>/consent/", contact.lead_consent, name="lead_consent"),
    path("<int:lead_id>/contact/", contact.lead_key, name="lead_key"),
    path("<int:lead_id>/contact/remove/", contact.lead_key_remove, name="lead_key_remove"),
    path("<int:lead_id>/move/<slug:step>/", moving.lead_move, name="lead_move"),
    path("<int:lead_id>/override/", moving.lead_override, name="lead_override"),
    path("<int:lead_id>/undo/", moving.lead_undo, name="lead_undo"),
]

# Below /jobs/.
jobs_patterns = [
    path("", jobs.job_list, name="job_list"),
    path("<int:job_id>/", jobs.job, name="job"),
    path("<int:job_id>/run/", jobs.job_run, name="job_run"),
    path("<int:job_id>/cancel/", jobs.job_cancel, name="job_cancel"),
    path("<int:job_id>/undo/", jobs.job_undo, name="job_undo"),
    path("<int:job_id>/refused/", jobs.job_refused, name="job_refused"),
]
