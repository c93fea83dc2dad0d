"""The record's addresses, below /leads/."""

from django.urls import path

from leads.views import board, board_moves, contact, editing, lead, listing, moving

urlpatterns = [
    path("", listing.lead_list, name="lead_list"),
    path("new/", editing.lead_new, name="lead_new"),
    path("board/", board.board, name="board"),
    path("board/more/", board.board_more, name="board_more"),
    path("board/<int:lead_id>/undo/", board_moves.board_undo, name="board_undo"),
    path("board/<int:lead_id>/<slug:step>/", board_moves.board_move, name="board_move"),
    path("<int:lead_id>/", lead.lead, name="lead"),
    path("<int:lead_id>/edit/", editing.lead_edit, name="lead_edit"),
    path("<int:lead_id>/consent/", contact.lead_consent, name="lead_consent"),
    path("<int:lead_id>/contact/", contact.lead_key, name="lead_key"),
    path("<int:lead_id>/contact/remove/", contact.lead_key_remove, name="lead_key_remove"),
    path("<int:lead_id>/move/<slug:step>/", moving.lead_move, name="lead_move"),
    path("<int:lead_id>/override/", moving.lead_override, name="lead_override"),
    path("<int:lead_id>/undo/", moving.lead_undo, name="lead_undo"),
]
