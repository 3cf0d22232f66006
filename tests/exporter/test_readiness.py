"""/readyz is honest: a site whose database does not answer is not ready, one without a database is."""

from tests.servers import Gunicorn, get


def test_public_site_is_ready_without_a_database() -> None:
    with Gunicorn() as server:
        assert get(f"{server.internal_url}/readyz").status == 200


def test_admin_site_is_ready_when_its_database_answers() -> None:
    with Gunicorn(site="admin", DATABASE_URL="sqlite://:memory:") as server:
        assert get(f"{server.internal_url}/readyz").status == 200
        assert get(f"{server.internal_url}/livez").status == 200


def test_admin_site_is_not_ready_when_its_database_is_away() -> None:
    away = "postgres://nobody:nothing@127.0.0.1:1/nowhere"
    with Gunicorn(site="admin", DATABASE_URL=away) as server:
        answer = get(f"{server.internal_url}/readyz")

        assert (answer.status, answer.text) == (503, "The database does not answer.\n")
        assert get(f"{server.internal_url}/livez").status == 200
