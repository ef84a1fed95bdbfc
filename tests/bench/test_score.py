"""The score of an answer to "who is who", on tables small enough to count by hand."""

import json
import subprocess
import sys

import duckdb
import pytest

from bench.identity.score import ScoreError, scored

# Ann has three records and Bob two, in one house; Cid has one, elsewhere
TRUTH = [
    ("a1", "till", "ann", "home"),
    ("a2", "shop", "ann", "home"),
    ("a3", "shop", "ann", "home"),
    ("b1", "till", "bob", "home"),
    ("b2", "shop", "bob", "home"),
    ("c1", "till", "cid", "away"),
]
RIGHT = {"a1": "A", "a2": "A", "a3": "A", "b1": "B", "b2": "B", "c1": "C"}


def figures(answer, truth=TRUTH, columns=("record_id", "source", "person_id", "household_id"), **options):
    con = duckdb.connect()
    con.execute(f"CREATE TABLE truth ({', '.join(f'{column} VARCHAR' for column in columns)})")
    con.executemany(f"INSERT INTO truth VALUES ({', '.join('?' * len(columns))})", truth)
    con.execute("CREATE TABLE answer (record_id VARCHAR, profile_id VARCHAR)")
    con.executemany("INSERT INTO answer VALUES (?, ?)", list(answer.items() if isinstance(answer, dict) else answer))
    return scored(con, "truth", "answer", **options)


def part(of, **expected):
    assert {key: of[key] for key in expected} == expected


def test_the_truth_itself_is_faultless():
    part(figures(RIGHT), p=1, r=1, f1=1, b3_f1=1, true_pairs=4, found_pairs=4, false_pairs=0, over_merged=0)
    part(figures(RIGHT), records=6, persons=3, clusters=3, largest_cluster=3, false_pairs_in_household=None)


def test_counts_pairs_that_are_false_and_pairs_that_are_missed():
    # {a1 a2 b1} {a3} {b2 c1}: four pairs told, one of them right; four are true
    found = figures(RIGHT | {"b1": "A", "a3": "X", "b2": "C"})
    part(found, found_pairs=4, false_pairs=3, missed_pairs=3, p=0.25, r=0.25, f1=0.25)
    part(found, clusters=3, largest_cluster=3, over_merged=2)


def test_b_cubed_is_the_mean_of_what_each_record_sees():
    # {a1 a2 b1} {a3} {b2 c1}: precision 2/3 2/3 1 | 1/3 1/2 | 1/2, recall 2/3 2/3 1/3 | 1/2 1/2 | 1
    found = figures(RIGHT | {"b1": "A", "a3": "X", "b2": "C"})
    p, r = (2 / 3 + 2 / 3 + 1 + 1 / 3 + 1 / 2 + 1 / 2) / 6, (2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2 + 1) / 6
    part(found, b3_p=round(p, 6), b3_r=round(r, 6), b3_f1=round(2 * p * r / (p + r), 6))


def test_tells_how_many_false_pairs_lie_in_one_household():
    # all in one cluster: 15 pairs, 4 right; of the 11 false ones Ann and Bob make 6, Cid makes 5 with strangers
    found = figures(dict.fromkeys(RIGHT, "A"))
    part(found, false_pairs=11, false_pairs_in_household=round(6 / 11, 4))


def test_a_record_without_a_household_is_in_nobodys_household():
    truth = [(*row[:3], None) for row in TRUTH]
    part(figures(dict.fromkeys(RIGHT, "A"), truth), false_pairs=11, false_pairs_in_household=0)


def test_a_link_counts_pairs_across_sources_only():
    # of Ann's three pairs a2-a3 is in one source; of the 9 pairs across sources 3 are true
    part(figures(RIGHT, link=True), true_pairs=3, found_pairs=3, f1=1)
    part(figures(dict.fromkeys(RIGHT, "A"), link=True), true_pairs=3, found_pairs=9, p=round(1 / 3, 6), r=1)


def test_a_link_needs_to_know_the_source():
    rows = [(row[0], row[2]) for row in TRUTH]
    with pytest.raises(ScoreError, match="no column 'source'"):
        figures(RIGHT, rows, ("record_id", "person_id"), link=True)


def test_a_record_without_an_answer_is_a_profile_of_its_own():
    found = figures({key: value for key, value in RIGHT.items() if key != "a3"})
    part(found, unanswered=1, clusters=4, found_pairs=2, missed_pairs=2, p=1, r=0.5)


def test_an_answer_that_joins_nothing_is_precise_and_finds_nothing():
    part(figures({"a1": "A"}), p=1, r=0, f1=0, b3_p=1, largest_cluster=1)


def test_refuses_a_record_that_is_in_two_profiles():
    with pytest.raises(ScoreError, match="answer: 1 record ids"):
        figures([*RIGHT.items(), ("a1", "B")])


def test_counts_the_clusters_of_ten_persons():
    truth = [(f"r{n}", "till", f"p{n}", None) for n in range(19)]
    answer = {f"r{n}": "ten" if n < 10 else "nine" for n in range(19)}
    part(figures(answer, truth), clusters_of_10_persons=1, over_merged=2, largest_cluster=10)


def test_the_command_prints_one_line_of_json(tmp_path):
    con = duckdb.connect()
    con.execute(
        f"COPY (SELECT 'r' || i AS record_id, i // 2 AS person_id FROM range(4) t(i)) TO '{tmp_path}/t.parquet'"
    )
    con.execute(
        f"COPY (SELECT 'r' || i AS record_id, i // 2 AS profile_id FROM range(4) t(i)) TO '{tmp_path}/a.parquet'"
    )
    command = [sys.executable, "-m", "bench.identity.score", "--truth", f"{tmp_path}/t.parquet"]
    out = subprocess.run([*command, "--answer", f"{tmp_path}/a.parquet"], capture_output=True, text=True, check=True)
    assert json.loads(out.stdout)["f1"] == 1
