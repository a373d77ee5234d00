"""The file of the ledger: private, never laid through a link, never another's, never overwritten when damaged."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from tests.store.cases import USD, answer, finish, intent, key, start
from visionask.core.errors import StateError
from visionask.core.ledger import Thumbnail
from visionask.store import schema
from visionask.store.database import Database, connect
from visionask.store.files import NETWORK, can_be_written, file_system
from visionask.store.ledger import open_copy, open_ledger
from visionask.store.reader import open_reader
from visionask.store.schema import UNRELEASED_ID

posix = pytest.mark.skipif(os.name == "nt", reason="permissions of files")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777], ids=oct)
def test_the_ledger_is_the_users_alone(tmp_path, umask):
    path = tmp_path / "made" / "state" / "ledger.db"
    before = os.umask(umask)
    try:
        with open_ledger(str(path)) as ledger:
            ledger.begin(intent())
            files = {each.name: mode(each) for each in path.parent.iterdir() if "-run-" not in each.name}
            (run_file,) = (each for each in path.parent.iterdir() if "-run-" in each.name)
            files["run"] = mode(run_file)
    finally:
        os.umask(before)
    assert files == dict.fromkeys(("ledger.db", "ledger.db-wal", "ledger.db-shm", "run"), 0o600)
    assert [mode(folder) for folder in (path.parent, path.parent.parent)] == [0o700, 0o700]


def test_a_link_to_a_ledger_is_followed_and_a_link_to_nothing_is_not(tmp_path):
    with open_ledger(str(tmp_path / "real.db")):
        pass
    link = tmp_path / "link.db"
    link.symlink_to("real.db")
    with open_ledger(str(link)) as ledger:
        ledger.settle(ledger.begin(intent()), answer(), usd=USD)
    with open_ledger(str(tmp_path / "real.db")) as ledger:
        assert ledger.find(key("a")) is not None
    (tmp_path / "bad.db").symlink_to("victim")
    with pytest.raises(StateError, match="a link to nothing"):
        open_ledger(str(tmp_path / "bad.db"))
    assert not (tmp_path / "victim").exists()


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(StateError, match="is not a file"):
        open_ledger(str(tmp_path))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StateError, match="cannot be opened"):
        open_ledger(str(tmp_path / "file" / "ledger.db"))


def test_an_odd_name_is_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (":memory:", "file:x?mode=memory", "a b'c.db"):
        with open_ledger(name) as ledger:
            ledger.settle(ledger.begin(intent()), answer(), usd=USD)
        assert (tmp_path / name).stat().st_size > 4096


def test_an_empty_file_becomes_a_ledger(tmp_path):
    path = tmp_path / "ledger.db"
    path.touch()
    with open_ledger(str(path)) as ledger:
        ledger.settle(ledger.begin(intent()), answer(), usd=USD)


@pytest.mark.parametrize(
    ("data", "fact"),
    [
        pytest.param(b"no database at all " * 100, "is no ledger", id="garbage"),
        pytest.param(b"SQLite format 3\0" + b"\xff" * 5000, "is no ledger|is damaged", id="header only"),
    ],
)
def test_a_damaged_ledger_is_left_as_it_is(tmp_path, data, fact):
    path = tmp_path / "ledger.db"
    path.write_bytes(data)
    with pytest.raises(StateError, match=fact) as caught:
        open_ledger(str(path))
    assert str(path) in caught.value.message
    assert "move it aside" in caught.value.hint
    assert path.read_bytes() == data


def test_a_ledger_that_is_cut_is_told(path):
    with open_ledger(path) as ledger:
        for number in range(100):
            ledger.settle(ledger.begin(intent(number)), answer("long " * 100), usd=USD)
    data = Path(path).read_bytes()[: 4096 * 5]
    Path(path).write_bytes(data)
    with pytest.raises(StateError, match="is damaged"), open_ledger(path) as ledger:
        list(ledger.logs.answers())
    assert Path(path).read_bytes()[: 4096 * 5][100:] == data[100:]


def test_another_programs_database_is_not_touched(tmp_path):
    path = tmp_path / "places.sqlite"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE answers (theirs)")
    db.close()
    data = path.read_bytes()
    with pytest.raises(StateError, match="another program's database"):
        open_ledger(str(path))
    assert path.read_bytes() == data


def test_a_ledger_of_a_newer_visionask_asks_for_an_upgrade(path):
    with open_ledger(path):
        pass
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    data = Path(path).read_bytes()
    with pytest.raises(StateError, match="newer visionask") as caught:
        open_ledger(path)
    assert "upgrade visionask" in caught.value.hint
    assert Path(path).read_bytes() == data


def test_a_ledger_from_before_the_first_release_is_refused_with_a_hint(path):
    with open_ledger(path):
        pass
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA application_id = {UNRELEASED_ID}")
    db.close()
    data = Path(path).read_bytes()
    with pytest.raises(StateError, match="before the first release") as caught:
        open_ledger(path)
    assert "move it aside" in caught.value.hint
    assert Path(path).read_bytes() == data


@pytest.mark.parametrize("version", range(1, schema.VERSION))
def test_a_ledger_of_an_older_version_is_brought_up_to_date(path, version):
    of_version(path, version)
    with open_ledger(path) as ledger:
        assert list(ledger.batches.shards()) == []
        thumbnail = Thumbnail(b"n" * 32, b"small")
        ledger.settle(ledger.begin(intent(thumbnail=thumbnail)), answer(), usd=USD)
        assert ledger.find_thumbnails([b"n" * 32]) == {b"n" * 32: b"small"}
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    assert "points" in [column[1] for column in db.execute("PRAGMA table_info(batches)")]
    db.close()


@pytest.mark.parametrize("version", range(1, schema.VERSION))
@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everything")
def test_a_ledger_of_an_older_version_that_cannot_be_written_is_looked_into(path, version):
    of_version(path, version)
    Path(path).chmod(0o400)
    with open_copy(path) as ledger:
        assert list(ledger.logs.answers()) == []
        assert ledger.find_thumbnails([b"n" * 32]) == {}
    assert not can_be_written(path)


def test_a_ledger_of_an_older_version_is_read_before_anything_is_asked(path):
    of_version(path, 1)
    data = Path(path).read_bytes()
    with open_reader(path) as reader:
        assert reader.answered([key("a")]) == set()
        assert not reader.has_answers("m", "q")
        assert reader.failure(key("a")) is None
        assert reader.usual_output("m", "q") is None
        assert reader.answered_names(key("scan"), ["a.jpg"]) == set()
    assert Path(path).read_bytes() == data


def of_version(path, version):
    """Make a ledger as an older visionask made it."""
    Path(path).parent.mkdir(exist_ok=True)
    db = sqlite3.connect(path)
    for script in schema.MIGRATIONS[:version]:
        db.executescript(script)
    db.executescript(f"PRAGMA user_version = {version}; PRAGMA application_id = {schema.APPLICATION_ID}")
    db.close()


def test_a_step_to_another_version_that_fails_changes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "old.db"
    with open_ledger(str(path)):
        pass
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE more (n); CREATE TABLE turns (n)"))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    with pytest.raises(StateError, match="turns already exists"):
        open_ledger(str(path))
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION - 1,)
    assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone() == (0,)
    db.close()


MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/home /home nfs4 rw,vers=4.2 0 0
tmpfs /home/me/my\\040box tmpfs rw 0 0
//nas/share /mnt/nas cifs rw 0 0
me@host: /mnt/nas/ssh fuse.sshfs rw 0 0
cut
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/var/ledger.db", "ext4"),
        ("/homes/ledger.db", "ext4"),
        ("/home/me/ledger.db", "nfs4"),
        ("/home/me/my box/ledger.db", "tmpfs"),
        ("/mnt/nas/a/b.db", "cifs"),
        ("/mnt/nas/ssh/b.db", "fuse.sshfs"),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(path, expected):
    assert file_system(path, MOUNTS) == expected
    assert (expected in NETWORK) == (expected not in ("ext4", "tmpfs"))


def test_a_ledger_on_a_network_keeps_no_shared_memory(tmp_path):
    path = str(tmp_path / "ledger.db")
    with open_ledger(path) as ledger:
        assert ledger.notices == ()
        ledger.settle(ledger.begin(intent()), answer(), usd=USD)
    one, other = (Database(connect(path, wait_s=5, is_shared=True), path) for _ in range(2))
    one.write(lambda db: db.execute("UPDATE answers SET text = 'changed'"))
    assert other.read(lambda db: db.execute("SELECT text FROM answers").fetchone()[0]) == "changed"
    assert sorted(os.listdir(tmp_path)) == ["ledger.db"], "neither -wal nor -shm"
    assert one.read(lambda db: db.execute("PRAGMA journal_mode").fetchone()[0]) == "delete"
    one.close()
    other.close()


def test_a_commit_is_on_the_disk(ledger):
    assert ledger._database.read(lambda db: db.execute("PRAGMA synchronous").fetchone()[0]) == 2  # FULL


def test_what_is_paid_is_on_the_disk_also_after_a_claim_that_need_not_be(ledger):
    def synchronous():
        return ledger._database.read(lambda db: db.execute("PRAGMA synchronous").fetchone()[0])

    seen = []
    ledger._database.write(lambda db: seen.append(db.execute("PRAGMA synchronous").fetchone()[0]), outlives_power=False)
    within = 2 if ledger._database.path is None else 1  # NORMAL, where there is a disk
    assert (seen, synchronous()) == ([within], 2)
    ledger.begin(intent())
    assert synchronous() == 2
    with pytest.raises(ZeroDivisionError):
        ledger._database.write(lambda _: 1 / 0, outlives_power=False)
    assert synchronous() == 2


def test_without_a_log_to_write_ahead_every_commit_outlives_a_power_cut(tmp_path):
    shared = Database(connect(str(tmp_path / "ledger.db"), wait_s=5, is_shared=True), str(tmp_path / "ledger.db"))
    query = "PRAGMA synchronous"
    assert shared.write(lambda db: db.execute(query).fetchone()[0], outlives_power=False) == 2  # FULL
    shared.close()


LEFT_ALONE = ("ledger.db", "ledger.db-wal", "ledger.db-shm")


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def empty(file: Path) -> None:
    os.truncate(file, 0)


def replace(file: Path) -> None:
    other = file.with_name("other")
    other.write_bytes(file.read_bytes())
    os.replace(other, file)


@posix
@pytest.mark.parametrize(
    ("name", "harm", "fact"),
    [
        ("ledger.db", Path.unlink, "was removed"),
        ("ledger.db", replace, "was replaced"),
        ("ledger.db", cut, "was cut"),
        ("ledger.db", empty, "was cut"),
        ("ledger.db-wal", Path.unlink, "was removed"),
        ("ledger.db-wal", replace, "was replaced"),
        ("ledger.db-wal", empty, "was cut"),
        ("ledger.db-shm", Path.unlink, "was removed"),
    ],
)
def test_a_ledger_that_is_harmed_while_it_is_open_lets_nothing_more_be_sent(tmp_path, name, harm, fact):
    path = tmp_path / "ledger.db"
    with open_ledger(str(path)) as ledger:
        for number in range(30):
            ledger.settle(ledger.begin(intent(number)), answer("long " * 200), usd=USD)
    with open_ledger(str(path)) as ledger:
        ticket = ledger.begin(intent("under way"))
        harm(tmp_path / name)
        for step in (
            lambda: ledger.begin(intent("later")),
            lambda: ledger.settle(ticket, answer(), usd=USD),
            lambda: ledger.renew(ticket, maybe_billed=True),
        ):
            with pytest.raises(StateError, match=fact) as caught:
                step()
        assert "run the same again" in caught.value.hint
    if fact == "was cut":
        aside = tmp_path / name.replace("ledger.db", "ledger.db.damaged-1")
        assert aside.exists()
        assert str(aside) in caught.value.hint
    kept = int(finish(start("count", path)))  # in a sound ledger, or a new one
    assert kept == (0 if name == "ledger.db" and harm is not replace else 30)


@posix
def test_answers_are_not_lost_with_the_name_of_the_log(tmp_path):
    path = tmp_path / "ledger.db"
    with open_ledger(str(path)) as ledger:
        ledger.settle(ledger.begin(intent()), answer(), usd=USD)
        (tmp_path / "ledger.db-wal").unlink()
        with pytest.raises(StateError):
            ledger.begin(intent("later"))
    with open_ledger(str(path)) as ledger:
        assert ledger.find(key("a")) is not None


@posix
def test_the_log_of_another_ledger_in_its_place_is_left_alone(tmp_path):
    """Begin another ledger where one was removed: it loses nothing when the first is closed."""
    path = tmp_path / "ledger.db"
    first = open_ledger(str(path))
    first.settle(first.begin(intent("first")), answer(), usd=USD)
    for name in LEFT_ALONE:
        (tmp_path / name).unlink()
    with open_ledger(str(path)) as second:
        second.settle(second.begin(intent("second")), answer(), usd=USD)
        with pytest.raises(StateError):
            first.begin(intent("third"))
        first.close()
        second.settle(second.begin(intent("fourth")), answer(), usd=USD)
    with open_ledger(str(path)) as ledger:
        assert [ledger.find(key(name)) is not None for name in ("second", "fourth")] == [True, True]


@posix
def test_a_run_whose_lock_was_removed_asks_nothing_more(tmp_path):
    with open_ledger(str(tmp_path / "ledger.db")) as ledger:
        ledger.settle(ledger.begin(intent()), answer(), usd=USD)
        (lock,) = tmp_path.glob("*-run-*")
        lock.unlink()
        with pytest.raises(StateError, match="lock file"):
            ledger.begin(intent("later"))


@posix
@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_submit_whose_lock_is_another_file_begins_nothing_more(tmp_path, is_replaced):
    with open_ledger(str(tmp_path / "ledger.db")) as ledger:
        with ledger.batches.alone("batch submit"):
            ledger.batches.open_shard("b", "{id}")
            (lock,) = tmp_path.glob("*-run-batch-submit")
            lock.unlink()
            if is_replaced:
                lock.touch()
            with pytest.raises(StateError, match="lock file"):
                ledger.batches.open_shard("b", "{id}")
        assert lock.exists() == is_replaced
        ledger.batches.open_shard("b", "{id}")


def test_a_ledger_that_others_shrink_goes_on(tmp_path):
    path = str(tmp_path / "ledger.db")
    with open_ledger(path) as ledger, open_ledger(path) as other:
        for number in range(50):
            ledger.settle(ledger.begin(intent(number)), answer("long " * 200), usd=USD)
        other._database.alone(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())
        before = os.path.getsize(path)
        ledger.begin(intent("again"))
        other._database.write(lambda db: db.execute("DELETE FROM answers"))
        other._database.alone(lambda db: db.execute("VACUUM"))
        other._database.alone(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())
        assert os.path.getsize(path) < before
        ledger.settle(ledger.begin(intent("later")), answer(), usd=USD)
