"""The log can be deleted from inside an erasure, and nowhere else."""

import pytest
from django.db import IntegrityError, transaction

from leads.erasure import erasure
from leads.models import StageChange
from tests.factories import make_lead


def delete_log(lead):
    with transaction.atomic():
        return StageChange.objects.filter(lead=lead)._raw_delete("default")


def test_a_line_can_be_deleted_inside(lead):
    with erasure():
        delete_log(lead)
    assert not StageChange.objects.filter(lead=lead).exists()


def test_a_line_cannot_be_deleted_without(lead):
    with pytest.raises(IntegrityError, match="append-only"):
        delete_log(lead)


def test_it_is_off_after_the_block_even_in_the_same_transaction(lead):
    with erasure():
        pass
    with pytest.raises(IntegrityError, match="append-only"):
        delete_log(lead)


def test_it_is_off_after_an_error_even_in_the_same_transaction(lead):
    def fail():
        with erasure():
            delete_log(lead)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(IntegrityError, match="append-only"):
        delete_log(lead)
    assert StageChange.objects.filter(lead=lead).count() == 1


def test_an_inner_block_does_not_end_the_outer_one(lead):
    with erasure():
        with erasure():
            pass
        assert delete_log(lead) == 1
    with pytest.raises(IntegrityError, match="append-only"):
        delete_log(make_lead())


@pytest.mark.django_db(transaction=True)
def test_it_ends_with_its_own_transaction():
    lead = make_lead()
    with erasure():
        pass
    with pytest.raises(IntegrityError, match="append-only"):
        delete_log(lead)
