"""Every object is looked at once at a time, soon after any event, and again when its outcome says so."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemasync.kube.queue import LONGEST_DELAY, STEP, Outcome, Queue, Schedule, delay, where
from testbed.processes import wait_until

SECONDS = 20


def schedule() -> Schedule[str]:
    return Schedule(lambda: 0.0)


def test_many_events_are_one_entry() -> None:
    queue = schedule()
    for moment in range(5):
        queue.add("a", moment)
    assert queue.take(10) == "a"
    queue.done("a", Outcome(), 10)
    assert queue.take(10) is None
    assert queue.next_due() is None


def test_an_event_during_a_run_runs_it_again_after_that() -> None:
    queue = schedule()
    queue.add("a", 0)
    assert queue.take(0) == "a"
    queue.add("a", 1)
    assert queue.take(1) is None
    queue.done("a", Outcome(requeue_after=600), 2)
    assert queue.take(2) == "a"
    queue.done("a", Outcome(), 3)
    assert queue.next_due() is None


def test_an_event_that_is_no_news_adds_nothing() -> None:
    queue = schedule()
    queue.add("a", 0, lambda: False)
    assert queue.next_due() is None


def test_what_a_run_has_read_by_its_end_is_no_news() -> None:
    queue = schedule()
    queue.add("a", 0)
    queue.take(0)
    read: list[str] = []
    queue.add("a", 1, lambda: not read)
    read.append("it")
    queue.done("a", Outcome(), 2)
    assert queue.next_due() is None


def test_what_has_been_due_for_longest_comes_first() -> None:
    queue = schedule()
    queue.add("b", 1)
    queue.add("a", 2)
    assert [queue.take(5), queue.take(5), queue.take(5)] == ["b", "a", None]


def test_an_outcome_may_ask_for_a_moment() -> None:
    queue = schedule()
    queue.add("a", 0)
    queue.take(0)
    queue.done("a", Outcome(requeue_after=0.5), 10)
    assert queue.next_due() == 10.5
    assert queue.take(10.4) is None
    assert queue.take(10.5) == "a"


def test_failures_in_a_row_are_waited_for_longer_and_longer() -> None:
    queue = schedule()
    queue.add("a", 0)
    waited = []
    now = 0.0
    for _ in range(7):
        assert queue.take(now) == "a"
        queue.done("a", Outcome(back_off=True), now)
        due = queue.next_due()
        assert due is not None
        waited.append(due - now)
        now = due
    assert waited == [1, 2, 4, 8, 16, 30, 30]


def test_a_success_forgets_the_failures() -> None:
    queue = schedule()
    for outcome in (Outcome(back_off=True), Outcome(requeue_after=0), Outcome(back_off=True)):
        queue.add("a", 0)
        queue.take(0)
        queue.done("a", outcome, 0)
    assert queue.next_due() == 1


def test_an_event_ends_a_wait() -> None:
    queue = schedule()
    queue.add("a", 0)
    queue.take(0)
    queue.done("a", Outcome(requeue_after=600), 0)
    queue.add("a", 5)
    assert queue.take(5) == "a"


@given(st.integers(min_value=1, max_value=10_000), st.floats(min_value=0, max_value=1, exclude_max=True))
def test_a_delay_is_never_longer_than_thirty_seconds_and_never_nothing(failures: int, chance: float) -> None:
    assert 0.5 <= delay(failures, lambda: chance) <= LONGEST_DELAY


class Recorder:
    """Work that can be held up, and that knows how much of it went on at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.gate = threading.Event()
        self.ran: list[str] = []
        self.running: list[str] = []
        self.most = 0
        self.begun = threading.Semaphore(0)

    def __call__(self, key: str) -> Outcome:
        with self.lock:
            assert key not in self.running
            self.running.append(key)
            self.most = max(self.most, len(self.running))
        self.begun.release()
        assert self.gate.wait(SECONDS)
        with self.lock:
            self.running.remove(key)
            self.ran.append(key)
        if key == "broken":
            raise RuntimeError("s3cr3t")
        return Outcome()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def queue(recorder: Recorder) -> Iterator[Queue[str]]:
    made = Queue(recorder, lambda: 0.0, 2)
    made.start()
    yield made
    recorder.gate.set()
    assert made.stop(SECONDS)


def test_no_more_run_at_once_than_there_are_workers(queue: Queue[str], recorder: Recorder) -> None:
    for key in "abcde":
        queue.add(key)
    for _ in range(2):
        assert recorder.begun.acquire(timeout=SECONDS)
    recorder.gate.set()
    for _ in range(3):
        assert recorder.begun.acquire(timeout=SECONDS)
    assert queue.stop(SECONDS)
    assert sorted(recorder.ran) == list("abcde")
    assert recorder.most == 2


def test_what_runs_is_waited_for_at_the_end_and_nothing_else_begins(
    queue: Queue[str], recorder: Recorder
) -> None:
    queue.add("a")
    assert recorder.begun.acquire(timeout=SECONDS)
    assert not queue.stop(0)
    queue.add("b")
    recorder.gate.set()
    assert queue.stop(SECONDS)
    assert recorder.ran == ["a"]


def test_what_does_not_end_within_its_grace_is_interrupted(queue: Queue[str], recorder: Recorder) -> None:
    queue.add("a")
    assert recorder.begun.acquire(timeout=SECONDS)
    assert queue.stop(0, SECONDS, recorder.gate.set)
    assert recorder.ran == ["a"]


def test_an_error_of_one_object_does_not_end_the_queue(
    queue: Queue[str], recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.gate.set()
    queue.add("broken")
    assert recorder.begun.acquire(timeout=SECONDS)
    queue.add("a")
    assert recorder.begun.acquire(timeout=SECONDS)
    assert queue.problem() is None
    assert queue.stop(SECONDS)
    assert "a" in recorder.ran
    assert "RuntimeError" in caplog.text
    assert "s3cr3t" not in caplog.text


def test_a_run_that_does_not_get_on_is_a_problem_until_it_does(recorder: Recorder) -> None:
    now = [0.0]
    queue = Queue(recorder, lambda: 0.0, 1, clock=lambda: now[0])
    queue.start()
    queue.add("a")
    assert recorder.begun.acquire(timeout=SECONDS)
    now[0] = STEP
    assert queue.problem() is None
    now[0] = STEP + 1
    assert queue.problem() == "no progress of a"
    queue.allow("a", 10)
    assert queue.problem() is None
    now[0] = STEP + 12
    assert queue.problem() == "no progress of a"
    queue.allow("a", None)
    now[0] = 1e9
    assert queue.problem() is None
    recorder.gate.set()
    assert queue.stop(SECONDS)


def test_a_worker_that_has_died_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)

    def work(_: str) -> Outcome:
        raise SystemExit

    queue = Queue(work, lambda: 0.0, 1)
    queue.start()
    assert queue.problem() is None
    queue.add("a")
    assert wait_until(lambda: queue.problem() == "a worker has died", SECONDS)


def test_an_unexpected_error_is_told_by_kind_and_place_without_its_text() -> None:
    try:
        raise KeyError("s3cr3t")  # noqa: TRY301 - it must have come through here
    except KeyError as error:
        told = where(error)
    assert told.startswith("KeyError in test_an_unexpected_error")
    assert "s3cr3t" not in told


def test_no_group_keeps_all_workers_busy() -> None:
    schedule: Schedule[str] = Schedule(lambda: 0.0, 2, lambda key: key[0])
    for key in ("a1", "a2", "a3", "b1"):
        schedule.add(key, 1.0)
    assert [schedule.take(2.0) for _ in range(4)] == ["a1", "a2", "b1", None]
    assert schedule.next_due() is None
    schedule.done("a2", Outcome(), 3.0)
    assert (schedule.next_due(), schedule.take(3.0)) == (1.0, "a3")
