"""Lines on a pipe: whole whatever the pipe cuts, and a signal ends the waiting only."""

from __future__ import annotations

import os
import signal
import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.store.lines import CHUNK_BYTES, Pipe, put


def through_a_pipe(*blocks: bytes) -> list[bytes]:
    """Write blocks into a pipe one by one; return the lines that come out."""
    out, into = os.pipe()

    def write() -> None:
        for each in blocks:
            put(each, into)
        os.close(into)

    writer = threading.Thread(target=write)
    writer.start()
    lines = [line for some in Pipe(out).chunks() for line in some]
    writer.join()
    os.close(out)
    return lines


@settings(max_examples=40, deadline=None)
@given(lines=st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line), max_size=8), cut=st.integers(1, 9))
def test_lines_come_out_as_they_went_in_however_they_are_cut(lines: list[bytes], cut: int) -> None:
    whole = b"".join(line + b"\n" for line in lines)
    blocks = [whole[start : start + cut] for start in range(0, len(whole), cut)]
    assert through_a_pipe(*blocks) == lines


def test_a_last_line_without_an_end_is_a_line() -> None:
    assert through_a_pipe(b"a\nb") == [b"a", b"b"]


def test_a_line_longer_than_the_buffer_stays_whole() -> None:
    long = b"x" * (3 * CHUNK_BYTES + 7)
    assert through_a_pipe(b"a\n" + long + b"\nb\n") == [b"a", long, b"b"]


def test_nothing_is_no_line() -> None:
    assert through_a_pipe() == []


def test_a_signal_ends_the_waiting_and_keeps_what_was_read() -> None:
    out, into = os.pipe()
    pipe = Pipe(out)
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    pipe.obey_signals()
    try:
        put(b"whole\nhalf", into)
        lines = []
        for some in pipe.chunks():
            lines += some
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, handler)
        os.close(out)
        os.close(into)
    assert pipe.stopped
    assert lines == [b"whole"]
